//! One WebSocket connection: the handshake, then two tracks of operations. The caller turns
//! the crank; nothing happens between its calls.

mod action;
mod config;
mod connection;
mod deflater;
mod incoming;
mod inflater;
mod keys;
mod memory;
mod operations;
mod pong;
mod receive;
mod send;
mod window;

pub use action::{Action, ActionId, BufferType, Indication, Queue, Work};
pub use config::{CompressionSetting, Config, Role};
pub use connection::Connection;
pub use memory::{Context, Region};
pub use send::Payload;

/// Whether handles can compress at all.
pub use crate::codec::deflate::IS_PRESENT as COMPRESSION_IS_PRESENT;
use crate::error::{Error, Result};
use crate::handshake::client::Selection;
use crate::handshake::deflate::{self, Compression, Text};
use crate::handshake::{Header, HeaderBlock, Lines, client, server};

/// How far the connection is.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one in a handle, and most of the time open"
)]
enum Stage {
    Created,
    /// A handshake was begun; on a server any session call ends it. `extensions`: a server's
    /// selected one. `compressed`: what a server agreed to.
    Begun {
        extensions: bool,
        compressed: Option<Compression>,
    },
    Open(Connection),
}

/// A connection.
#[derive(Debug)]
pub struct Session {
    config: Config,
    stage: Stage,
    headers: HeaderBlock,
}

impl Session {
    /// A connection that is not begun.
    pub fn new(config: Config) -> Result<Session> {
        config.check()?;
        Ok(Session { config, stage: Stage::Created, headers: HeaderBlock::default() })
    }

    /// Whether compression was asked for, whatever the peer says.
    pub fn may_compress(&self) -> bool {
        self.config.compression.is_some()
    }

    /// The headers that the handshake made for the caller to send.
    pub fn headers(&mut self) -> &mut HeaderBlock {
        &mut self.headers
    }

    /// Refuses what is not allowed on this side, or not in this stage.
    fn expect(&self, role: Role, stage: impl Fn(&Stage) -> bool) -> Result<()> {
        let right = self.config.role == role && stage(&self.stage);
        if right { Ok(()) } else { Err(Error::InvalidOperation) }
    }

    /// Begins the client's handshake (RFC 6455 §4.1). Returns where the headers stand that it made.
    pub fn begin_client<'a>(
        &mut self,
        subprotocols: impl Iterator<Item = &'a [u8]> + Clone,
        extensions: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<Lines> {
        self.expect(Role::Client, |stage| matches!(stage, Stage::Created))?;
        let ours = self.config.compression.map(|setting| deflate::offer(setting.most));
        self.refuse_ours(extensions.clone())?;
        let (headers, lines) = client::begin(
            subprotocols,
            extensions.map(|offer: &[u8]| offer).chain(ours.iter().map(Text::as_bytes)),
        )?;
        self.headers = headers;
        self.stage = Stage::Begun { extensions: false, compressed: None };
        Ok(lines)
    }

    /// Ends the client's handshake. `room`: how many selected extensions the caller can take, if
    /// it wants to know them.
    pub fn end_client<'a>(
        &mut self,
        response: impl Iterator<Item = Header<'a>> + Clone,
        room: Option<usize>,
    ) -> Result<Selection> {
        self.expect(Role::Client, |stage| matches!(stage, Stage::Begun { .. }))?;
        let most = self.config.compression.map(|setting| setting.most);
        let ours = usize::from(most.is_some());
        if room.is_some_and(|room| room < client::offered_extensions(&self.headers) - ours) {
            return Err(Error::InvalidArgument);
        }
        let selection = client::end(&self.headers, &response, most)?;
        self.open(!selection.extensions.is_empty(), selection.compression)?;
        Ok(selection)
    }

    /// With compression of our own, the caller's extensions may not have it as well.
    fn refuse_ours<'a>(&self, mut extensions: impl Iterator<Item = &'a [u8]>) -> Result<()> {
        if self.may_compress() && extensions.any(deflate::is_ours) {
            return Err(Error::InvalidArgument);
        }
        Ok(())
    }

    /// Begins the server's handshake (RFC 6455 §4.2). Returns where the headers stand that it made.
    pub fn begin_server<'a, 'b>(
        &mut self,
        request: impl Iterator<Item = Header<'a>> + Clone,
        subprotocol: Option<&[u8]>,
        extensions: impl Iterator<Item = &'b [u8]> + Clone,
    ) -> Result<Lines> {
        self.expect(Role::Server, |stage| matches!(stage, Stage::Created))?;
        self.refuse_ours(extensions.clone())?;
        let most = self.config.compression.map(|setting| setting.most);
        let (headers, lines, compressed) =
            server::begin(&request, subprotocol, extensions.clone(), most)?;
        self.headers = headers;
        self.stage = Stage::Begun { extensions: extensions.clone().next().is_some(), compressed };
        Ok(lines)
    }

    /// Ends the server's handshake. If a session call has done so already, that is fine.
    pub fn end_server(&mut self) -> Result<()> {
        if self.config.role != Role::Server {
            return Err(Error::InvalidOperation);
        }
        self.connection().map(drop)
    }

    fn open(&mut self, extensions: bool, agreed: Option<Compression>) -> Result<()> {
        let Config { role, compression, .. } = self.config;
        let compressed =
            compression.zip(agreed).map(|(setting, agreed)| setting.agreed(role, agreed));
        self.stage = Stage::Open(Connection::new(self.config, extensions, compressed)?);
        Ok(())
    }

    /// The open connection. A server's handshake that was begun is ended by asking.
    fn connection(&mut self) -> Result<&mut Connection> {
        if let (Role::Server, &Stage::Begun { extensions, compressed }) =
            (self.config.role, &self.stage)
        {
            self.open(extensions, compressed)?;
        }
        match &mut self.stage {
            Stage::Open(connection) => Ok(connection),
            _ => Err(Error::InvalidOperation),
        }
    }

    /// The connection to queue an operation on, if it takes any: it must be open, and not aborted.
    pub fn operations(&mut self) -> Result<&mut Connection> {
        let connection = self.connection()?;
        if connection.is_aborted() { Err(Error::InvalidOperation) } else { Ok(connection) }
    }

    /// The next thing to do. `slots`: how many buffers the caller can take.
    pub fn get_action(&mut self, queue: Queue, slots: usize) -> Result<Option<Action>> {
        self.connection()?.get_action(queue, slots)
    }

    /// An action is done. An id that is not out changes nothing.
    pub fn complete_action(&mut self, id: ActionId, octets: u64) {
        if let Stage::Open(connection) = &mut self.stage {
            connection.complete_action(id, octets);
        }
    }

    /// The close code for the fault that ended the receive side; without one there is nothing to
    /// tell.
    pub fn close_status(&self) -> Result<u16> {
        match &self.stage {
            Stage::Open(connection) => connection.close_status(),
            _ => None,
        }
        .ok_or(Error::InvalidOperation)
    }

    /// Gives up the connection: from now on operations are only handed back. Without an open
    /// connection there is nothing to give up.
    pub fn abort(&mut self) {
        if let Stage::Open(connection) = &mut self.stage {
            connection.abort();
        }
    }
}

#[cfg(test)]
mod write_once;
