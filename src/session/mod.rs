//! One WebSocket connection: the handshake, then two tracks of operations. The caller turns
//! the crank; nothing happens between its calls.

mod action;
mod config;
mod keys;
mod memory;
mod pong;
mod receive;
mod send;
mod window;

pub use action::{Action, ActionId, BufferType, Indication, Queue, Work};
pub use config::{Config, Role};
pub use memory::{Context, Region};
pub use send::Payload;

use action::ActionIds;
use config::Masking;
use keys::KeyPool;
use memory::Memory;
use pong::PongSlot;
use receive::{ReceiveOut, ReceiveTrack, Step};
use send::{SendOut, SendTrack};

use crate::error::{Error, Result};
use crate::handshake::client::Selection;
use crate::handshake::{Header, HeaderBlock, client, server};
use crate::random;

/// How far the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Created,
    /// A handshake was begun; on a server any session call ends it.
    Begun,
    Open,
}

/// A connection.
#[derive(Debug)]
pub struct Session {
    config: Config,
    stage: Stage,
    headers: HeaderBlock,
    /// Whether a server's handshake, while it is begun, selected an extension.
    extensions: bool,
    connection: Option<Connection>,
}

impl Session {
    /// A connection that is not begun.
    pub fn new(config: Config) -> Result<Session> {
        config.check()?;
        Ok(Session {
            config,
            stage: Stage::Created,
            headers: HeaderBlock::default(),
            extensions: false,
            connection: None,
        })
    }

    /// The headers that the handshake made for the caller to send.
    pub fn headers(&self) -> &HeaderBlock {
        &self.headers
    }

    fn expect(&self, role: Role, stage: Stage) -> Result<()> {
        let right = self.config.role == role && self.stage == stage;
        if right { Ok(()) } else { Err(Error::InvalidOperation) }
    }

    /// Begins the client's handshake (RFC 6455 §4.1).
    pub fn begin_client<'a>(
        &mut self,
        subprotocols: impl Iterator<Item = &'a [u8]> + Clone,
        extensions: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<()> {
        self.expect(Role::Client, Stage::Created)?;
        self.headers = client::begin(subprotocols, extensions)?;
        self.stage = Stage::Begun;
        Ok(())
    }

    /// Ends the client's handshake. `room`: how many selected extensions the caller can take, if
    /// it wants to know them.
    pub fn end_client<'a>(
        &mut self,
        response: impl Iterator<Item = Header<'a>> + Clone,
        room: Option<usize>,
    ) -> Result<Selection> {
        self.expect(Role::Client, Stage::Begun)?;
        if room.is_some_and(|room| room < client::offered_extensions(&self.headers)) {
            return Err(Error::InvalidArgument);
        }
        let selection = client::end(&self.headers, &response)?;
        self.open(!selection.extensions.is_empty())?;
        Ok(selection)
    }

    /// Begins the server's handshake (RFC 6455 §4.2).
    pub fn begin_server<'a, 'b>(
        &mut self,
        request: impl Iterator<Item = Header<'a>> + Clone,
        subprotocol: Option<&[u8]>,
        extensions: impl Iterator<Item = &'b [u8]> + Clone,
    ) -> Result<()> {
        self.expect(Role::Server, Stage::Created)?;
        self.headers = server::begin(&request, subprotocol, extensions.clone())?;
        self.extensions = extensions.clone().next().is_some();
        self.stage = Stage::Begun;
        Ok(())
    }

    /// Ends the server's handshake. If a session call has done so already, that is fine.
    pub fn end_server(&mut self) -> Result<()> {
        if self.config.role != Role::Server {
            return Err(Error::InvalidOperation);
        }
        self.connection().map(drop)
    }

    fn open(&mut self, extensions: bool) -> Result<()> {
        self.connection = Some(Connection::new(self.config, extensions)?);
        self.stage = Stage::Open;
        Ok(())
    }

    /// The open connection. A server's handshake that was begun is ended by asking.
    fn connection(&mut self) -> Result<&mut Connection> {
        if self.config.role == Role::Server && self.stage == Stage::Begun {
            self.open(self.extensions)?;
        }
        self.connection.as_mut().ok_or(Error::InvalidOperation)
    }

    /// Queues a send.
    pub fn send(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        context: Context,
    ) -> Result<()> {
        let connection = self.connection()?;
        connection.check_not_aborted()?;
        connection.send.queue(buffer_type, payload, context)
    }

    /// Queues a receive into the caller's buffer, or into ours.
    pub fn receive(&mut self, target: Option<Region>, context: Context) -> Result<()> {
        let connection = self.connection()?;
        connection.check_not_aborted()?;
        connection.receive.queue(target, context)
    }

    /// The next thing to do. `slots`: how many buffers the caller can take.
    pub fn get_action(&mut self, queue: Queue, slots: usize) -> Result<Option<Action>> {
        self.connection()?.get_action(queue, slots)
    }

    /// An action is done. An id that is not out changes nothing.
    pub fn complete_action(&mut self, id: ActionId, octets: u64) {
        if let Some(connection) = &mut self.connection {
            connection.complete_action(id, octets);
        }
    }

    /// Gives up the connection: from now on operations are only handed back. Without an open
    /// connection there is nothing to give up.
    pub fn abort(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.abort();
        }
    }
}

/// What exists from the end of the handshake on.
#[derive(Debug)]
struct Connection {
    memory: Memory,
    keys: KeyPool,
    pong: PongSlot,
    send: SendTrack,
    receive: ReceiveTrack,
    send_out: Option<(ActionId, SendOut)>,
    receive_out: Option<(ActionId, ReceiveOut)>,
    ids: ActionIds,
    aborted: bool,
}

impl Connection {
    fn new(config: Config, extensions: bool) -> Result<Connection> {
        let mut keys = KeyPool::new();
        if config.masking() == Masking::RandomKey {
            keys.reserve()?;
        }
        let mut start = [0u8; size_of::<usize>()];
        random::fill(&mut start)?;
        Ok(Connection {
            memory: Memory::new(config.sizes(), config.lent)?,
            keys,
            pong: PongSlot::new(&config),
            send: SendTrack::new(&config, extensions),
            receive: ReceiveTrack::new(&config, extensions),
            send_out: None,
            receive_out: None,
            ids: ActionIds::new(usize::from_ne_bytes(start)),
            aborted: false,
        })
    }

    fn check_not_aborted(&self) -> Result<()> {
        if self.aborted { Err(Error::InvalidOperation) } else { Ok(()) }
    }

    /// A pong, then the caller's sends, then what is received: a caller that waits in a read
    /// before it has sent could wait for a peer that waits for it.
    fn get_action(&mut self, queue: Queue, slots: usize) -> Result<Option<Action>> {
        let step = match queue {
            Queue::Send => Ok(Step::Idle),
            Queue::Receive | Queue::All => self.receive_step(),
        };
        // Asked for receives alone, a fault is all that there is to say.
        let pong_allowed = match queue {
            Queue::Send => false,
            Queue::Receive => step.is_ok(),
            Queue::All => true,
        };
        if pong_allowed
            && self.pong_may_go()
            && let Some(action) = self.hand_out_pong(slots)?
        {
            return Ok(Some(action));
        }
        if queue != Queue::Receive
            && let Some(action) = self.hand_out_send(slots)?
        {
            return Ok(Some(action));
        }
        self.hand_out_receive(step?, slots)
    }

    /// Whether the send track is free for a pong: nothing is out, and no frame is half sent.
    fn pong_may_go(&self) -> bool {
        self.send_out.is_none() && !self.send.is_inside_frame()
    }

    fn receive_step(&mut self) -> Result<Step> {
        if self.receive_out.is_some() {
            return Ok(Step::Idle);
        }
        if self.aborted {
            return Ok(self.receive.drain());
        }
        if matches!(self.send_out, Some((_, SendOut::Pong))) {
            return self.receive.fault().map_or(Ok(Step::Idle), |fault| Err(fault.into()));
        }
        let pong_may_go = self.pong_may_go();
        Ok(self.receive.step(&mut self.memory, &mut self.pong, pong_may_go)?)
    }

    fn hand_out_pong(&mut self, slots: usize) -> Result<Option<Action>> {
        if !self.pong.is_pending() {
            return Ok(None);
        }
        if slots == 0 {
            return Err(Error::InvalidArgument);
        }
        let Some(frame) = self.pong.take(&mut self.memory, &mut self.keys)? else {
            return Ok(None);
        };
        let id = self.ids.next();
        self.send_out = Some((id, SendOut::Pong));
        let work = Work::SendToNetwork(BufferType::PingPong, [frame, Region::NONE]);
        Ok(Some(Action { work, context: Context::NONE, id }))
    }

    fn hand_out_send(&mut self, slots: usize) -> Result<Option<Action>> {
        if self.send_out.is_some() {
            return Ok(None);
        }
        let next = self.send.next(&mut self.memory, &mut self.keys, slots, self.aborted)?;
        Ok(next.map(|(work, out, context)| {
            let id = self.ids.next();
            self.send_out = Some((id, out));
            Action { work, context, id }
        }))
    }

    fn hand_out_receive(&mut self, step: Step, slots: usize) -> Result<Option<Action>> {
        if slots == 0 && matches!(step, Step::Read(_) | Step::Indicate(_)) {
            return Err(Error::InvalidArgument);
        }
        Ok(self.receive.hand_out(step, &self.memory).map(|(work, out, context)| {
            let id = self.ids.next();
            self.receive_out = Some((id, out));
            Action { work, context, id }
        }))
    }

    fn complete_action(&mut self, id: ActionId, octets: u64) {
        match (self.send_out, self.receive_out) {
            (Some((out, kind)), _) if out == id => {
                self.send_out = None;
                if let SendOut::Piece(piece) = kind {
                    self.send.complete_piece(piece, octets);
                }
            }
            (_, Some((out, kind))) if out == id => {
                self.receive_out = None;
                if let ReceiveOut::Network(len) = kind {
                    self.receive.complete_read(len, octets);
                }
                if self.aborted {
                    self.receive.abort();
                }
            }
            _ => {}
        }
    }

    fn abort(&mut self) {
        self.aborted = true;
        self.pong.clear();
        self.receive.abort();
    }
}

#[cfg(test)]
mod write_once;
