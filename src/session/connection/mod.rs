//! The action loop of an open connection: which action comes next, and what becomes of it.

mod usual;

use super::action::{Action, ActionId, ActionIds, BufferType, Queue, Work};
use super::config::{Compressed, Config};
use super::course::Course;
use super::keys::KeyPool;
use super::memory::{Context, Memory, Region};
use super::pong::PongSlot;
use super::receive::{ReceiveTrack, Step};
use super::send::{Payload, SendTrack};
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
    /// What is out on each track, if anything is.
    send_out: Option<ActionId>,
    receive_out: Option<ActionId>,
    ids: ActionIds,
    /// It is the pong that is out on the send track.
    pong_is_out: bool,
    aborted: bool,
    course: Course,
    /// Why a shortcut has none, where that is an error: for [`Connection::get_action`] to tell.
    failure: Option<Error>,
}

impl Connection {
    pub fn new(
        config: Config,
        extensions: bool,
        compressed: Option<Compressed>,
    ) -> Result<Connection> {
        let receive = ReceiveTrack::new(&config, extensions, compressed)?;
        Ok(Connection {
            memory: Memory::new(config.sizes(compressed.is_some()), config.lent)?,
            keys: KeyPool::new(config.masking())?,
            pong: PongSlot::new(&config),
            send: SendTrack::new(extensions, compressed)?,
            course: Course::between_frames(&receive),
            receive,
            send_out: None,
            receive_out: None,
            ids: ActionIds::new(random::scattered()?),
            pong_is_out: false,
            aborted: false,
            failure: None,
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
        let queued = self.receive.queue(target, context);
        self.look_around();
        queued
    }

    /// Looks what can be due of the receive track: behind whatever can change that.
    #[inline(always)]
    fn look_around(&mut self) {
        self.course = self.find_course();
    }

    #[inline(always)]
    fn find_course(&self) -> Course {
        let has_pong = self.pong.is_pending() || self.pong_is_out;
        if self.receive.is_receiving() && !has_pong {
            Course::of(&self.receive)
        } else {
            Course::UNKNOWN
        }
    }

    /// A pong, then the caller's sends, then what is received: a caller that waits in a read
    /// before it has sent could wait for a peer that waits for it.
    pub fn get_action(&mut self, queue: Queue, slots: usize) -> Result<Option<Action>> {
        let action = self.find_action(queue, slots);
        self.look_around();
        action
    }

    #[inline(always)]
    fn find_action(&mut self, queue: Queue, slots: usize) -> Result<Option<Action>> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        let step = match queue {
            Queue::Send => Step::Idle,
            Queue::Receive | Queue::All => self.receive_step(),
        };
        if self.pong.is_pending()
            && let Some(pong) = self.hand_out_pong(queue, step, slots)?
        {
            return Ok(Some(pong));
        }
        if queue != Queue::Receive && !self.send.is_idle() && self.send_out.is_none() {
            return self.hand_out_send(slots).map(Some);
        }
        self.hand_out_receive(step, slots)
    }

    /// Whether the send track is free for a pong: nothing is out, and no frame is half sent.
    #[inline(always)]
    fn pong_may_go(&self) -> bool {
        self.send_out.is_none() && !self.send.is_inside_frame()
    }

    #[inline(always)]
    fn receive_step(&mut self) -> Step {
        if self.receive_out.is_some() {
            return Step::Idle;
        }
        if self.pong_is_out && !self.aborted {
            return self.receive.step_behind_pong();
        }
        let pong_may_go = self.pong_may_go();
        self.receive.step(&mut self.memory, &mut self.pong, pong_may_go)
    }

    #[cold]
    fn hand_out_pong(&mut self, queue: Queue, step: Step, slots: usize) -> Result<Option<Action>> {
        // Asked for receives alone, a fault is all that there is to say.
        let is_asked_for = match queue {
            Queue::Send => false,
            Queue::Receive => step != Step::Failed,
            Queue::All => true,
        };
        if !is_asked_for || !self.pong_may_go() {
            return Ok(None);
        }
        if slots == 0 {
            return Err(Error::InvalidArgument);
        }
        let Some(frame) = self.pong.take(&mut self.memory, &mut self.keys)? else {
            return Ok(None);
        };
        let mut action = Action::new(Work::SendToNetwork, Context::NONE, self.ids.next());
        action.buffer_type = Some(BufferType::PingPong);
        action.show([frame, Region::NONE]);
        (self.send_out, self.pong_is_out) = (Some(action.id), true);
        Ok(Some(action))
    }

    /// The send track is free, and something is queued.
    #[inline(always)]
    fn hand_out_send(&mut self, slots: usize) -> Result<Action> {
        let Connection { send, memory, keys, ids, aborted, .. } = self;
        let action = send.next(memory, keys, ids.next(), slots, *aborted)?;
        self.send_out = Some(action.id);
        Ok(action)
    }

    fn hand_out_receive(&mut self, step: Step, slots: usize) -> Result<Option<Action>> {
        match step {
            Step::Idle => return Ok(None),
            Step::Failed => return Err(self.receive.error()),
            Step::Read(_) | Step::Indicate(_) if slots == 0 => return Err(Error::InvalidArgument),
            _ => {}
        }
        let action = self.receive.hand_out(step, &mut self.memory, self.ids.next());
        self.receive_out = action.as_ref().map(|action| action.id);
        Ok(action)
    }

    pub fn complete_action(&mut self, id: ActionId, octets: u64) {
        if self.receive_out == Some(id) {
            self.receive_out = None;
            self.receive.complete(octets);
            self.look_around();
        } else if self.send_out == Some(id) {
            self.send_out = None;
            if std::mem::take(&mut self.pong_is_out) {
                self.look_around();
            } else {
                self.send.complete(octets);
            }
        }
    }

    /// The close code for what the peer did wrong, once GetAction has failed by it.
    pub fn close_status(&self) -> Option<u16> {
        self.receive.fault().map(Violation::close_status)
    }

    pub fn abort(&mut self) {
        self.aborted = true;
        self.pong.clear();
        self.receive.abort();
        self.look_around();
    }
}
