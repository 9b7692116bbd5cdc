//! The action loop of an open connection: which action comes next, and what becomes of it.

use super::action::{Action, ActionId, ActionIds, BufferType, Queue, Work};
use super::config::{Compressed, Config};
use super::course::{Course, Teller};
use super::keys::KeyPool;
use super::memory::{Context, Memory, Region};
use super::pong::PongSlot;
use super::receive::{self, ReceiveTrack, Step};
use super::send::{self, Payload, SendTrack};
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
        self.course = Course::UNKNOWN;
        self.send.queue(buffer_type, payload, plain, context)
    }

    /// Queues a receive into the caller's buffer, or into ours.
    pub fn receive(&mut self, target: Option<Region>, context: Context) -> Result<()> {
        let queued = self.receive.queue(target, context);
        self.look_around();
        queued
    }

    /// See [`super::Session::receive_first`].
    #[inline(always)]
    pub fn receive_first(&mut self, target: Option<Region>, context: Context) -> bool {
        // What has room there may be less than what was awaited of the frame.
        let is_usual = target.is_none() || !self.receive.is_inside_frame();
        is_usual && self.receive.queue_first(target, context)
    }

    /// See [`super::Session::send_first`].
    #[inline(always)]
    pub fn send_first(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        context: Context,
    ) -> bool {
        let is_queued = !self.aborted && self.send.queue_whole(buffer_type, payload, context);
        if is_queued {
            self.course = Course::UNKNOWN;
        }
        is_queued
    }

    /// Looks what can be due: behind whatever can change that.
    #[inline(always)]
    fn look_around(&mut self) {
        self.course = self.find_course();
    }

    #[inline(always)]
    fn find_course(&self) -> Course {
        let is_quiet = self.send.is_idle()
            && !self.pong.is_pending()
            && !self.pong_is_out
            && self.receive.is_receiving();
        if is_quiet { Course::of(&self.receive) } else { Course::UNKNOWN }
    }

    /// Whether what is remembered is still true.
    fn remembers_well(&mut self) -> bool {
        let mut found = self.find_course();
        let Connection { receive, memory, course, .. } = self;
        if course.teller == Teller::Message && receive.is_frame_awaited(memory, course.awaited) {
            found.awaited = course.awaited;
        }
        course.is_part_of(found)
    }

    /// A read, where it is known that nothing else can be due, or who may tell. The caller has room for a buffer.
    #[inline(always)]
    pub fn next_read(&mut self) -> Result<Action, Teller> {
        if self.receive_out.is_some() {
            return Err(Teller::Any);
        }
        debug_assert!(self.remembers_well(), "something changed, and nobody looked around");
        let context = self.receive.next_context().ok_or(Teller::Any)?;
        match self.receive.next_read(&self.memory, self.course.awaited) {
            Some(read) => Ok(self.hand_out_usual(read, context)),
            None => Err(self.course.teller),
        }
    }

    /// What comes next of the receive track, where that is a message that has come whole. To be asked for where
    /// [`Connection::next_read`] says so. `None`: it is for [`Connection::behind_message`] to say who tells, and for
    /// that one to be asked before anybody else: there may be no room yet for what is awaited.
    #[inline(always)]
    pub fn next_message(&mut self) -> Option<Action> {
        debug_assert!(self.receive_out.is_none() && self.course.teller == Teller::Message);
        let Connection { receive, memory, course, .. } = self;
        let (usual, context) = receive.next_message(memory, &mut course.awaited)?;
        Some(self.hand_out_usual(usual, context))
    }

    /// Who may tell what comes next, where it is not a message.
    #[inline(always)]
    pub fn behind_message(&mut self) -> Teller {
        if self.receive.is_before_fragment(&mut self.memory) {
            Teller::Fragment
        } else {
            Teller::Piece
        }
    }

    /// The same for a fragment that has come whole. `None`: it is for [`Connection::next_piece`].
    #[inline(always)]
    pub fn next_fragment(&mut self) -> Option<Action> {
        debug_assert!(self.receive_out.is_none() && self.course.teller != Teller::Any);
        let (usual, context) = self.receive.next_fragment(&mut self.memory)?;
        self.course = Course::between_frames(&self.receive);
        Some(self.hand_out_usual(usual, context))
    }

    /// The same for a message that comes in pieces, and for a read. `None`: it is for [`Connection::get_action`]
    /// to find, from where this has left off.
    #[inline(always)]
    pub fn next_piece(&mut self) -> Option<Action> {
        debug_assert!(self.receive_out.is_none() && self.course.teller != Teller::Any);
        self.receive.make_room(&mut self.memory, &mut self.course.awaited);
        if self.receive.is_receiving()
            && let Ok(read) = self.next_read()
        {
            return Some(read);
        }
        let Some((usual, context)) = self.receive.next_piece(&mut self.memory) else {
            // A frame of another kind may have begun.
            self.course = Course::UNKNOWN;
            return None;
        };
        self.course = Course::of(&self.receive);
        Some(self.hand_out_usual(usual, context))
    }

    /// What comes next of the send track alone, where that is usual. The caller has room for two buffers.
    #[inline(always)]
    pub fn next_send(&mut self) -> Option<Action> {
        if self.send_out.is_some() || self.aborted {
            return None;
        }
        let Connection { send, memory, keys, failure, .. } = self;
        let (usual, buffer_type, context) = send.usual(memory, keys, failure)?;
        let id = self.ids.next();
        self.send_out = Some(id);
        let mut action = Action::new(Work::IndicateSendComplete, context, id);
        action.buffer_type = Some(buffer_type);
        match usual {
            send::Usual::Send(octets) => {
                action.work = Work::SendToNetwork;
                action.show(octets);
            }
            send::Usual::Indicate => self.look_around(),
        }
        Some(action)
    }

    /// The same for the rest of a frame that goes out in pieces.
    #[inline(always)]
    pub fn next_send_piece(&mut self) -> Option<Action> {
        if self.send_out.is_some() || self.aborted {
            return None;
        }
        let (octets, buffer_type, context) = self.send.usual_rest(&mut self.memory)?;
        let mut action = Action::new(Work::SendToNetwork, context, self.ids.next());
        self.send_out = Some(action.id);
        action.buffer_type = Some(buffer_type);
        action.show(octets);
        Some(action)
    }

    /// What comes next of the sends, in the usual cases: the receive track has nothing to do, or is not asked
    /// for. `slots`: how many buffers the caller can take.
    #[inline(always)]
    pub fn usual_send(&mut self, queue: Queue, slots: usize) -> Option<Action> {
        let usual = self.find_usual_send(queue, slots);
        self.look_around();
        usual
    }

    #[inline(always)]
    fn find_usual_send(&mut self, queue: Queue, slots: usize) -> Option<Action> {
        let sends = queue != Queue::Receive && !self.send.is_idle() && self.send_out.is_none();
        let receives = queue != Queue::Send && self.receive_out.is_none();
        let is_usual = sends && !receives && !self.pong.is_pending() && self.failure.is_none();
        if slots == 0 || !is_usual {
            return None;
        }
        self.hand_out_send(slots).map_err(|error| self.failure = Some(error)).ok()
    }

    #[inline(always)]
    fn hand_out_usual(&mut self, usual: receive::Usual, context: Context) -> Action {
        let id = self.ids.next();
        self.receive_out = Some(id);
        let mut action = Action::new(Work::ReceiveFromNetwork, context, id);
        match usual {
            receive::Usual::Read(region) => action.show([region, Region::NONE]),
            receive::Usual::Indicate(buffer_type, octets) => {
                action.work = Work::IndicateReceiveComplete;
                action.buffer_type = Some(buffer_type);
                action.show([octets, Region::NONE]);
            }
        }
        action
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

    /// See [`super::Session::complete_usual`].
    #[inline(always)]
    pub fn complete_usual(&mut self, id: ActionId, octets: u64) -> bool {
        if self.receive_out == Some(id) {
            let is_usual = self.receive.complete_usual(octets);
            if is_usual {
                self.receive_out = None;
            }
            return is_usual;
        }
        let is_usual =
            self.send_out == Some(id) && !self.pong_is_out && self.send.complete_usual(octets);
        if is_usual {
            self.send_out = None;
        }
        is_usual
    }

    pub fn complete_action(&mut self, id: ActionId, octets: u64) {
        if self.receive_out == Some(id) {
            self.receive_out = None;
            self.receive.complete(octets);
            self.look_around();
        } else if self.send_out == Some(id) {
            self.send_out = None;
            if !std::mem::take(&mut self.pong_is_out) {
                self.send.complete(octets);
            }
            self.look_around();
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
