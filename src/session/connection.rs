//! The action loop of an open connection: which action comes next, and what becomes of it.

use super::action::{Action, ActionId, ActionIds, BufferType, Queue, Work};
use super::config::{Compressed, Config};
use super::keys::KeyPool;
use super::memory::{Context, Memory, Region};
use super::pong::PongSlot;
use super::receive::{ReceiveOut, ReceiveTrack, Step};
use super::send::{Payload, SendOut, SendTrack};
use crate::codec::Violation;
use crate::error::{Error, Result};
use crate::random;

/// What exists from the end of the handshake on. Each track has one action out at the most.
#[derive(Debug)]
pub struct Connection {
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
    pub fn new(
        config: Config,
        extensions: bool,
        compressed: Option<Compressed>,
    ) -> Result<Connection> {
        Ok(Connection {
            memory: Memory::new(config.sizes(compressed.is_some()), config.lent)?,
            keys: KeyPool::new(config.masking())?,
            pong: PongSlot::new(&config),
            send: SendTrack::new(extensions, compressed)?,
            receive: ReceiveTrack::new(&config, extensions, compressed)?,
            send_out: None,
            receive_out: None,
            ids: ActionIds::new(random::scattered()?),
            aborted: false,
        })
    }

    /// Whether operations are only handed back.
    pub fn is_aborted(&self) -> bool {
        self.aborted
    }

    /// Queues a send.
    pub fn send(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        plain: bool,
        context: Context,
    ) -> Result<()> {
        if let Payload::Data(octets) = payload
            && self.memory.is_where_we_deflate(octets)
        {
            return Err(Error::InvalidArgument);
        }
        self.send.queue(buffer_type, payload, plain, context)
    }

    /// Queues a receive into the caller's buffer, or into ours.
    pub fn receive(&mut self, target: Option<Region>, context: Context) -> Result<()> {
        self.receive.queue(target, context)
    }

    /// A pong, then the caller's sends, then what is received: a caller that waits in a read
    /// before it has sent could wait for a peer that waits for it.
    pub fn get_action(&mut self, queue: Queue, slots: usize) -> Result<Option<Action>> {
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
            && self.pong.is_pending()
            && self.pong_may_go()
            && let Some(action) = self.hand_out_pong(slots)?
        {
            return Ok(Some(action));
        }
        if queue != Queue::Receive
            && !self.send.is_idle()
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
        self.receive.step(&mut self.memory, &mut self.pong, pong_may_go)
    }

    #[cold]
    fn hand_out_pong(&mut self, slots: usize) -> Result<Option<Action>> {
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

    #[inline(never)]
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

    pub fn complete_action(&mut self, id: ActionId, octets: u64) {
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
            }
            _ => {}
        }
    }

    /// The close code for what the peer did wrong, once GetAction has failed by it.
    pub fn close_status(&self) -> Option<u16> {
        self.receive.fault().map(Violation::close_status)
    }

    pub fn abort(&mut self) {
        self.aborted = true;
        self.pong.clear();
    }
}
