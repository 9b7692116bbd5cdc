//! One WebSocket connection: the handshake, then two tracks of operations. The caller turns
//! the crank; nothing happens between its calls.

mod action;
mod config;
mod connection;
mod course;
mod deflater;
mod incoming;
mod inflater;
mod keys;
#[allow(unsafe_code)]
mod memory;
mod operations;
mod pong;
mod receive;
mod send;
mod window;

pub use action::{Action, ActionId, BufferType, ExtensionFrame, Queue, Work};
pub use config::{CompressionSetting, Config, Role};
pub use connection::Connection;
pub use course::{SendTeller, Teller};
pub use memory::{Context, Region};
pub use send::Payload;

/// Whether handles can compress at all.
pub use crate::codec::deflate::IS_PRESENT as COMPRESSION_IS_PRESENT;
use crate::error::{Error, Result};
use crate::handshake::client::Selection;
use crate::handshake::deflate::{self, Compression, Text};
use crate::handshake::{Header, HeaderBlock, Lines, client, server};

/// How far the connection is. What is needed only before or only behind the end of the handshake
/// shares its place.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one in a handle, and most of the time open"
)]
enum Stage {
    /// The handshake has not ended, and may not have begun.
    Before {
        config: Config,
        begun: Option<Begun>,
    },
    Open(Connection),
}

/// A handshake that was begun; on a server any session call ends it.
#[derive(Clone, Copy, Debug)]
struct Begun {
    /// A server selected an extension.
    extensions: bool,
    /// What a server agreed to.
    compressed: Option<Compression>,
}

/// A connection.
#[derive(Debug)]
pub struct Session {
    stage: Stage,
    headers: HeaderBlock,
    role: Role,
    may_compress: bool,
}

impl Session {
    /// A connection that is not begun. The properties have passed [`Config::check`].
    #[inline(always)]
    pub fn new(config: Config) -> Session {
        let Config { role, compression, .. } = config;
        Session {
            stage: Stage::Before { config, begun: None },
            headers: HeaderBlock::default(),
            role,
            may_compress: compression.is_some(),
        }
    }

    /// Whether compression was asked for, whatever the peer says.
    pub fn may_compress(&self) -> bool {
        self.may_compress
    }

    /// The headers that the handshake made for the caller to send.
    pub fn headers(&mut self) -> &mut HeaderBlock {
        &mut self.headers
    }

    /// What the handshake needs. Refused on the other side, and in any other stage than this.
    fn handshake(&self, role: Role, is_begun: bool) -> Result<&Config> {
        match &self.stage {
            Stage::Before { config, begun }
                if config.role == role && begun.is_some() == is_begun =>
            {
                Ok(config)
            }
            _ => Err(Error::InvalidOperation),
        }
    }

    /// The handshake has begun, with these headers.
    fn set_begun(&mut self, made: HeaderBlock, now: Begun) {
        self.headers = made;
        if let Stage::Before { begun, .. } = &mut self.stage {
            *begun = Some(now);
        }
    }

    /// Begins the client's handshake (RFC 6455 §4.1). Returns where the headers stand that it made.
    pub fn begin_client<'a>(
        &mut self,
        subprotocols: impl Iterator<Item = &'a [u8]> + Clone,
        extensions: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<Lines> {
        let config = self.handshake(Role::Client, false)?;
        let ours = config.compression.map(|setting| deflate::offer(setting.most));
        self.refuse_ours(extensions.clone())?;
        let (headers, lines) = client::begin(
            subprotocols,
            extensions.map(|offer: &[u8]| offer).chain(ours.iter().map(Text::as_bytes)),
        )?;
        self.set_begun(headers, Begun { extensions: false, compressed: None });
        Ok(lines)
    }

    /// Ends the client's handshake. `room`: how many selected extensions the caller can take, if
    /// it wants to know them.
    pub fn end_client<'a>(
        &mut self,
        response: impl Iterator<Item = Header<'a>> + Clone,
        room: Option<usize>,
    ) -> Result<Selection> {
        let config = self.handshake(Role::Client, true)?;
        let most = config.compression.map(|setting| setting.most);
        let ours = usize::from(most.is_some());
        if room.is_some_and(|room| room < client::offered_extensions(&self.headers) - ours) {
            return Err(Error::InvalidArgument);
        }
        let selection = client::end(&self.headers, &response, most)?;
        let (extensions, compressed) = (!selection.extensions.is_empty(), selection.compression);
        self.open(Begun { extensions, compressed })?;
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
        let config = self.handshake(Role::Server, false)?;
        self.refuse_ours(extensions.clone())?;
        let most = config.compression.map(|setting| setting.most);
        let (headers, lines, compressed) =
            server::begin(&request, subprotocol, extensions.clone(), most)?;
        let extensions = extensions.clone().next().is_some();
        self.set_begun(headers, Begun { extensions, compressed });
        Ok(lines)
    }

    /// Ends the server's handshake. If a session call has done so already, that is fine.
    pub fn end_server(&mut self) -> Result<()> {
        if self.role != Role::Server {
            return Err(Error::InvalidOperation);
        }
        self.connection().map(drop)
    }

    /// Ends the handshake, which agreed on this.
    fn open(&mut self, Begun { extensions, compressed }: Begun) -> Result<()> {
        if let Stage::Before { config, .. } = &self.stage {
            let compressed = config
                .compression
                .zip(compressed)
                .map(|(setting, agreed)| setting.agreed(config.role, agreed));
            self.stage = Stage::Open(Connection::new(*config, extensions, compressed)?);
        }
        Ok(())
    }

    /// Ends a server's handshake that was begun.
    #[cold]
    fn end_implied(&mut self) -> Result<()> {
        match self.stage {
            Stage::Before { begun: Some(begun), .. } if self.role == Role::Server => {
                self.open(begun)
            }
            _ => Err(Error::InvalidOperation),
        }
    }

    /// The connection, if it is open already.
    #[inline(always)]
    fn opened(&mut self) -> Option<&mut Connection> {
        match &mut self.stage {
            Stage::Open(connection) => Some(connection),
            Stage::Before { .. } => None,
        }
    }

    /// The open connection. A server's handshake that was begun is ended by asking.
    fn connection(&mut self) -> Result<&mut Connection> {
        if let Stage::Before { .. } = self.stage {
            self.end_implied()?;
        }
        self.opened().ok_or(Error::InvalidOperation)
    }

    /// The connection to queue an operation on, if it takes any: it must be open, and not aborted.
    pub fn operations(&mut self) -> Result<&mut Connection> {
        let connection = self.connection()?;
        if connection.is_aborted() { Err(Error::InvalidOperation) } else { Ok(connection) }
    }

    /// Queues a receive where none is queued. False, and nothing is changed, where that is not all:
    /// then it is for [`Session::operations`] and [`Connection::receive`].
    #[inline(always)]
    pub fn receive_first(&mut self, target: Option<Region>, context: Context) -> bool {
        self.opened().is_some_and(|connection| connection.receive_first(target, context))
    }

    /// Queues a message in one frame, where nothing is queued. False, and nothing is changed, where that is
    /// not all: then it is for [`Session::operations`] and [`Connection::send`].
    #[inline(always)]
    pub fn send_first(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        context: Context,
    ) -> bool {
        self.opened().is_some_and(|connection| connection.send_first(buffer_type, payload, context))
    }

    /// The next thing to do of the send track, where it is to say that the only send is over: see
    /// [`Connection::next_last_sent`].
    #[inline(always)]
    pub fn next_last_sent(&mut self) -> Option<Action> {
        self.opened()?.next_last_sent()
    }

    /// Who may tell where it is not: see [`Connection::send_teller`].
    #[inline(always)]
    pub fn send_teller(&self) -> SendTeller {
        match &self.stage {
            Stage::Open(connection) => connection.send_teller(),
            Stage::Before { .. } => SendTeller::Any,
        }
    }

    /// What this one tells.
    #[inline(always)]
    pub fn next_send(&mut self, teller: SendTeller) -> Option<Action> {
        let connection = self.opened()?;
        match teller {
            SendTeller::Any => None,
            SendTeller::Sent => connection.next_sent(),
            SendTeller::Frame => connection.next_frame(),
            SendTeller::MaskedFrame => connection.next_masked_frame(),
            SendTeller::Piece => connection.next_send_piece(),
        }
    }

    /// The next thing to do, where it is a read: see [`Connection::next_read`].
    #[inline(always)]
    pub fn next_read(&mut self, queue: Queue) -> Result<Action, Teller> {
        self.opened().ok_or(Teller::Any)?.next_read(queue)
    }

    /// The same for a short message that has come whole: see [`Connection::next_short`].
    #[inline(always)]
    pub fn next_short(&mut self) -> Option<Action> {
        self.opened()?.next_short()
    }

    /// The same for a message that has come whole, or a read for its rest: see [`Connection::next_message`].
    #[inline(always)]
    pub fn next_message(&mut self) -> Option<Action> {
        self.opened()?.next_message()
    }

    /// Who may tell where it is neither: see [`Connection::behind_message`].
    #[inline(always)]
    pub fn behind_message(&mut self) -> Teller {
        self.opened().map_or(Teller::Any, Connection::behind_message)
    }

    /// The same for a fragment: see [`Connection::next_fragment`].
    #[inline(always)]
    pub fn next_fragment(&mut self) -> Option<Action> {
        self.opened()?.next_fragment()
    }

    /// The same for a piece of a frame: see [`Connection::next_piece`].
    #[inline(always)]
    pub fn next_piece(&mut self) -> Option<Action> {
        self.opened()?.next_piece()
    }

    /// The same for the first read of a message: see [`Connection::begin_message`].
    #[inline(always)]
    pub fn begin_message(&mut self) -> Option<Action> {
        self.opened()?.begin_message()
    }

    /// The same where a frame of data has begun: see [`Connection::next_of_begun`].
    #[inline(always)]
    pub fn next_of_begun(&mut self) -> Option<Action> {
        self.opened()?.next_of_begun()
    }

    /// The next thing to do of the sends, where it is a usual one: see [`Connection::usual_send`].
    #[inline(always)]
    pub fn usual_send(&mut self, queue: Queue, slots: usize) -> Option<Action> {
        self.opened()?.usual_send(queue, slots)
    }

    /// The next thing to do. `slots`: how many buffers the caller can take.
    #[inline(never)]
    pub fn get_action(&mut self, queue: Queue, slots: usize) -> Result<Option<Action>> {
        self.connection()?.get_action(queue, slots)
    }

    /// An action is done as it should be. False, and nothing is changed, where that is not all: then
    /// it is for [`Session::complete_action`].
    #[inline(always)]
    pub fn complete_usual(&mut self, id: ActionId, octets: u64) -> bool {
        self.opened().is_some_and(|connection| connection.complete_usual(id, octets))
    }

    /// An action is done. An id that is not out changes nothing.
    pub fn complete_action(&mut self, id: ActionId, octets: u64) {
        if let Some(connection) = self.opened() {
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
        if let Some(connection) = self.opened() {
            connection.abort();
        }
    }
}

#[cfg(all(test, feature = "permessage-deflate"))]
mod compressed_cases;
#[cfg(test)]
mod extension_cases;
#[cfg(test)]
mod moved_cases;
#[cfg(test)]
mod order_cases;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod receive_cases;
#[cfg(test)]
mod send_shortcuts;
#[cfg(test)]
mod short_cases;
#[cfg(test)]
mod shortcuts;
#[cfg(test)]
mod usual_cases;
#[cfg(test)]
mod write_once;
