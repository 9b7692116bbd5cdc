//! The usual cases, as the C border asks for them: each is found and handed out by one function. What is none is for
//! [`Connection::send`], [`Connection::receive`], [`Connection::get_action`] and [`Connection::complete_action`].

use super::Connection;
use crate::error::Result;
use crate::session::action::{Action, ActionId, BufferType, Queue, Work};
use crate::session::course::{Course, SendTeller, Teller};
use crate::session::keys::KeyPool;
use crate::session::memory::{Context, Region};
use crate::session::receive::Usual;
use crate::session::send::{Payload, UsualSend};

impl Connection {
    /// See [`super::Session::receive_first`].
    #[inline(always)]
    pub fn receive_first(&mut self, target: Option<Region>, context: Context) -> bool {
        // What has room there may be less than what was awaited of the frame.
        let is_usual = target.is_none() || !self.receive.is_inside_frame();
        is_usual && self.receive.queue_first(target, context)
    }

    /// Whether what is remembered is still true.
    fn remembers_well(&mut self) -> bool {
        let mut found = self.find_course();
        let Connection { receive, memory, course, .. } = self;
        if course.teller.is_between_messages() && receive.is_frame_awaited(memory, course.awaited) {
            found.awaited = course.awaited;
        }
        course.is_part_of(found)
    }

    /// A read, where it is known that nothing else can be due of this queue, or who may tell. The caller has room for a
    /// buffer.
    #[inline(always)]
    pub fn next_read(&mut self, queue: Queue) -> Result<Action, Teller> {
        let is_asked_for = match queue {
            Queue::Receive => true,
            // A send goes first.
            Queue::All => self.send.is_idle(),
            Queue::Send => false,
        };
        if !is_asked_for || self.receive_out.is_some() {
            return Err(Teller::Any);
        }
        debug_assert!(self.remembers_well(), "something changed, and nobody looked around");
        let context = self.receive.next_context().ok_or(Teller::Any)?;
        match self.receive.next_read(&self.memory, self.course.awaited) {
            Some(read) => Ok(self.hand_out_usual(read, context)),
            None => Err(self.course.teller),
        }
    }

    /// What comes next of the receive track, where that is a short message that has come whole. To be asked for where
    /// [`Connection::next_read`] says so. `None`: it is for [`Connection::next_message`].
    #[inline(always)]
    pub fn next_short(&mut self) -> Option<Action> {
        debug_assert!(self.receive_out.is_none() && self.course.teller == Teller::Short);
        let Connection { receive, memory, course, .. } = self;
        let (buffer_type, octets, context) = receive.next_short(memory, &mut course.awaited)?;
        Some(self.hand_out_usual(Usual::Indicate(buffer_type, octets), context))
    }

    /// What comes next of the receive track, where that is a message that has come whole, or the first read for the
    /// rest of one. To be asked for where [`Connection::next_read`] says so. `None`: it is for
    /// [`Connection::behind_message`] to say who tells, and for that one to be asked before anybody else: there may
    /// be no room yet for what is awaited.
    #[inline(always)]
    pub fn next_message(&mut self) -> Option<Action> {
        debug_assert!(self.receive_out.is_none() && self.course.teller.is_between_messages());
        let found = self.receive.next_message(&mut self.memory, &mut self.course);
        self.hand_out_found(found)
    }

    /// Who may tell what comes next, where it is neither.
    #[inline(always)]
    pub fn behind_message(&mut self) -> Teller {
        self.receive.teller_of_frame(&mut self.memory, self.course.awaited)
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
        // Who comes here for anything else has looked for a read.
        if self.course.teller.is_between_messages() {
            self.receive.make_room(&mut self.memory, &mut self.course.awaited);
            if self.receive.is_receiving()
                && let Ok(read) = self.next_read(Queue::Receive)
            {
                return Some(read);
            }
        }
        let Some((usual, context)) = self.receive.next_piece(&mut self.memory) else {
            // A frame of another kind may have begun.
            self.course = Course::UNKNOWN;
            return None;
        };
        self.course = Course::of(&self.receive);
        Some(self.hand_out_usual(usual, context))
    }

    /// The same for the first read of a message of which the header is there. `None`: it is for
    /// [`Connection::next_piece`].
    #[inline(always)]
    pub fn begin_message(&mut self) -> Option<Action> {
        debug_assert!(self.receive_out.is_none() && self.course.teller.is_between_messages());
        let found = self.receive.begin_message(&mut self.memory, &mut self.course);
        self.hand_out_found(found)
    }

    /// The same where a frame of data has begun. `None`: it is for [`Connection::next_piece`].
    #[inline(always)]
    pub fn next_of_begun(&mut self) -> Option<Action> {
        debug_assert!(self.receive_out.is_none() && self.course.teller == Teller::Begun);
        let found = self.receive.next_of_begun(&mut self.memory, &mut self.course);
        self.hand_out_found(found)
    }

    #[inline(always)]
    fn hand_out_found(&mut self, found: Option<(Usual, Context)>) -> Option<Action> {
        let (usual, context) = found?;
        Some(self.hand_out_usual(usual, context))
    }

    #[inline(always)]
    fn hand_out_usual(&mut self, usual: Usual, context: Context) -> Action {
        let id = self.ids.next();
        self.receive_out = Some(id);
        let mut action = Action::new(Work::ReceiveFromNetwork, context, id);
        match usual {
            Usual::Read(region) => action.show([region, Region::NONE]),
            Usual::Indicate(buffer_type, octets) => {
                action.work = Work::IndicateReceiveComplete;
                action.buffer_type = Some(buffer_type);
                action.show([octets, Region::NONE]);
            }
        }
        action
    }

    /// See [`super::Session::send_first`].
    #[inline(always)]
    pub fn send_first(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        context: Context,
    ) -> bool {
        !self.aborted && self.send.queue_whole(buffer_type, payload, context)
    }

    /// What comes next of the send track alone, where that is that the only send is over. `None`: it is for
    /// [`Connection::send_teller`] to say who tells.
    #[inline(always)]
    pub fn next_last_sent(&mut self) -> Option<Action> {
        if self.send_out.is_some() {
            return None;
        }
        let (buffer_type, context) = self.send.sent()?;
        if !self.send.take_last_sent() {
            return None;
        }
        Some(self.hand_out_of_sends(Work::IndicateSendComplete, buffer_type, context))
    }

    /// Who may tell where it is not.
    #[inline(always)]
    pub fn send_teller(&self) -> SendTeller {
        if self.send_out.is_some() || self.aborted {
            return SendTeller::Any;
        }
        self.send.teller(&self.keys)
    }

    /// The same where others wait behind it. For this and all that follows: to be asked for where
    /// [`Connection::send_teller`] says so; and `None`: it is for [`Connection::get_action`].
    #[inline(always)]
    pub fn next_sent(&mut self) -> Option<Action> {
        debug_assert_eq!(self.send_teller(), SendTeller::Sent);
        let (buffer_type, context) = self.send.sent()?;
        self.send.take_sent();
        Some(self.hand_out_of_sends(Work::IndicateSendComplete, buffer_type, context))
    }

    /// The same where it is a frame that is not masked. The caller has room for two buffers.
    #[inline(always)]
    pub fn next_frame(&mut self) -> Option<Action> {
        debug_assert_eq!(self.send_teller(), SendTeller::Frame);
        let frame = self.send.usual_frame(&mut self.memory)?;
        Some(self.hand_out_usual_send(frame))
    }

    /// The same where it is a masked frame, or the first piece of it.
    #[inline(always)]
    pub fn next_masked_frame(&mut self) -> Option<Action> {
        debug_assert_eq!(self.send_teller(), SendTeller::MaskedFrame);
        let Connection { send, memory, keys: KeyPool::Random(pool), failure, .. } = self else {
            return None;
        };
        let frame = send.usual_masked_frame(memory, pool, failure)?;
        Some(self.hand_out_usual_send(frame))
    }

    /// The same for the rest of a frame that goes out in pieces.
    #[inline(always)]
    pub fn next_send_piece(&mut self) -> Option<Action> {
        debug_assert_eq!(self.send_teller(), SendTeller::Piece);
        let piece = self.send.usual_rest(&mut self.memory)?;
        Some(self.hand_out_usual_send(piece))
    }

    #[inline(always)]
    fn hand_out_of_sends(
        &mut self,
        work: Work,
        buffer_type: BufferType,
        context: Context,
    ) -> Action {
        let mut action = Action::new(work, context, self.ids.next());
        self.send_out = Some(action.id);
        action.buffer_type = Some(buffer_type);
        action
    }

    #[inline(always)]
    fn hand_out_usual_send(&mut self, (octets, buffer_type, context): UsualSend) -> Action {
        let mut action = self.hand_out_of_sends(Work::SendToNetwork, buffer_type, context);
        action.show(octets);
        action
    }

    /// What comes next of the sends, in the usual cases: the receive track has nothing to do, or is not asked
    /// for. `slots`: how many buffers the caller can take.
    #[inline(always)]
    pub fn usual_send(&mut self, queue: Queue, slots: usize) -> Option<Action> {
        let sends = queue != Queue::Receive && !self.send.is_idle() && self.send_out.is_none();
        let receives = queue != Queue::Send && self.receive_out.is_none();
        let is_usual = sends && !receives && !self.pong.is_pending() && self.failure.is_none();
        if slots == 0 || !is_usual {
            return None;
        }
        self.hand_out_send(slots).map_err(|error| self.failure = Some(error)).ok()
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
}
