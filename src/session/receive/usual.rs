//! The usual cases without detours: data frames, while there is no pong. What
//! is done here is what [`ReceiveTrack::step`] and [`ReceiveTrack::hand_out`] do, in one go; a frame
//! that has arrived whole is not even remembered. `docs/performance.md` says what that is worth,
//! `session/usual_cases.rs` holds the one to the other.

use super::indicate::place as shown_at;
use super::{ReceiveOperation, ReceiveTrack, Step};
use crate::codec::{
    FIN, FrameHeader, HeaderRules, KEY, MASK, Opcode, SHORT, Utf8, Violation, parse_behind_first,
    unmask,
};
use crate::session::action::BufferType;
use crate::session::course::{Course, Teller};
use crate::session::incoming::take_in_text;
use crate::session::memory::{Context, Memory, Region};
use crate::session::window::Window;

/// What comes next for the operation at the front.
pub enum Usual {
    Read(Region),
    /// The operation is over.
    Indicate(BufferType, Region),
}

/// What has to come before anything but a read can be due, as places in the window: where what is there has
/// to end, and where the last octet may that a read brings. The former lies behind the window where what is there
/// has to be moved first: see [`ReceiveTrack::make_room`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    until: usize,
    room: usize,
}

impl Awaited {
    /// Every octet has to be looked at.
    pub const NOTHING: Awaited = Awaited { until: 0, room: 0 };
    /// Where no frame has begun, any octet has to be.
    const ANY: usize = 1;

    /// All octets of a frame that ends there.
    #[inline(always)]
    fn frame(end: usize, window: &Window) -> Awaited {
        Awaited { until: end, room: window.end_of_read(end) }
    }

    /// So many octets of a frame of data from `start` on. `checked`: of a text, how many are there and checked;
    /// whatever comes behind them is looked at.
    #[inline(always)]
    pub(super) fn data(start: usize, len: usize, checked: Option<usize>, room: usize) -> Awaited {
        let looked_at = checked.map_or(len, |checked| len.min(checked + 1));
        Awaited { until: start + looked_at, room }
    }

    /// Whether what is there has to be moved first.
    #[inline(always)]
    fn has_no_room(self, window: &Window) -> bool {
        self.until > window.capacity()
    }

    /// Whether the same reads are let through. Where any octet is looked at nothing is there, and all of a read
    /// finds room.
    pub fn is_like(self, other: Awaited) -> bool {
        self.until == other.until && (self.until == Awaited::ANY || self.room == other.room)
    }

    /// Where the last octet may end that a read brings.
    pub(super) fn room(self) -> usize {
        self.room
    }

    #[cfg(test)]
    pub fn of(until: usize) -> Awaited {
        Awaited { until, room: until }
    }
}

impl ReceiveOperation {
    /// Whether it has no buffer of its own.
    #[inline(always)]
    fn is_usual(&self) -> bool {
        self.target.is_empty()
    }
}

impl ReceiveTrack {
    /// Whether receives are queued one at a time, and what is queued has no buffer of its own.
    #[inline(always)]
    pub(super) fn is_received_usually(&self) -> bool {
        !self.queue.had_others() && self.queue.first().is_none_or(ReceiveOperation::is_usual)
    }

    /// The only receive, where it has no buffer of its own.
    #[inline(always)]
    pub(super) fn usual_receive(&self) -> Option<&ReceiveOperation> {
        self.queue.only().filter(|operation| operation.is_usual())
    }

    /// Of the operation that comes next, if there is one.
    #[inline(always)]
    pub fn next_context(&self) -> Option<Context> {
        self.queue.first().map(|operation| operation.context)
    }

    /// A read for the operation that comes next, where nothing else can be due before that has come. `None`:
    /// something else may be; nothing is changed.
    #[inline(always)]
    pub fn next_read(&mut self, memory: &Memory, awaited: Awaited) -> Option<Usual> {
        debug_assert!(awaited.until <= self.window.capacity(), "room is to be made first");
        if self.window.end() >= awaited.until {
            return None;
        }
        // What has to be zeroed first is for others, who have registers to save.
        let place = self.window.offer_up_to(memory, awaited.room)?;
        self.is_reading = true;
        Some(Usual::Read(place))
    }

    /// What comes next where neither a frame nor a message has begun: a message that has come whole, or a read for
    /// its rest, which is awaited then. `None`: it is anything else than a message in one frame that may be indicated
    /// in one piece, or it has to be moved first for its rest, which is awaited then; else nothing is changed, but
    /// for a fault that was found in a text.
    #[inline(always)]
    pub fn next_message(
        &mut self,
        memory: &mut Memory,
        course: &mut Course,
    ) -> Option<(Usual, Context)> {
        let operation = self.queue.first()?;
        let limit = operation.limit.get();
        let (octets, place) = self.window.all(memory)?;
        let is_text = is_text(*octets.first()?)?;
        let opcode = if is_text { Opcode::Text } else { Opcode::Binary };
        let header = parse_behind_first(octets, opcode, self.plain_rules()).ok()??;
        if header.payload_len > limit as u64 {
            return None;
        }
        let len = header.payload_len as usize;
        let rest = octets.get_mut(header.header_len..)?;
        let arrived = rest.len();
        let Some(payload) = rest.get_mut(..len) else {
            let is_checked = is_text && self.rules.utf8;
            if arrived > 0 && !is_checked {
                // There is as much room as ever between messages, or it is to be made.
                let end = self.window.start() + header.header_len + len;
                course.awaited = Awaited::frame(end, &self.window);
                if end <= self.window.capacity() {
                    let context = operation.context;
                    return Some((self.next_read(memory, course.awaited)?, context));
                }
            }
            return None;
        };
        self.await_any(&mut course.awaited);
        let place = place.part(header.header_len, len);
        self.window.consume(header.header_len + len);
        if is_text && self.rules.utf8 {
            if let Err(fault) = take_in_whole_text(payload, header.key) {
                self.fail(fault.into());
                return None;
            }
        } else if let Some(key) = header.key {
            if self.window.has_unmasked() {
                self.window.unmask_rest(payload, key);
            } else {
                unmask(payload, key, 0);
            }
        }
        let &ReceiveOperation { target, context, .. } = operation;
        // Whose frames are never masked has nothing to note.
        if self.was_short || (len <= SHORT && self.rules.masked.allows(MASK)) {
            self.note_short(payload, is_text, course);
        }
        Some((self.indicate(memory, target, BufferType::data(is_text, true), place), context))
    }

    /// Behind a message, where nothing else was known to be due.
    #[inline(always)]
    pub(super) fn await_any(&self, awaited: &mut Awaited) {
        debug_assert!(awaited.room >= self.receive_len.get(), "as much as any read takes");
        awaited.until = Awaited::ANY;
    }

    /// Behind [`ReceiveTrack::next_message`], before a read: moves what is there to the front, where the message that
    /// is awaited finds no room behind it.
    #[inline(always)]
    pub fn make_room(&mut self, memory: &mut Memory, awaited: &mut Awaited) {
        if awaited.has_no_room(&self.window) {
            let start = self.window.start();
            self.move_unbegun_to_front(memory);
            *awaited = Awaited::frame(awaited.until - start, &self.window);
            debug_assert!(awaited.until <= self.window.capacity(), "one that fits has room there");
        }
    }

    /// Moves a frame to the front that is not looked at before it is whole. It is unmasked on the way, since all of
    /// it is read and written anyway.
    fn move_unbegun_to_front(&mut self, memory: &mut Memory) {
        match self.next_header(memory) {
            Ok(Some(FrameHeader { key: Some(key), header_len, payload_len, .. }))
                if payload_len > SHORT as u64 =>
            {
                self.window.move_masked_to_front(header_len, key, memory);
            }
            _ => self.window.move_to_front(memory),
        }
    }

    /// Who may tell of the frame at the start of the window, of which nothing else is known than what is awaited, where
    /// it is not for [`ReceiveTrack::next_message`].
    #[inline(always)]
    pub fn teller_of_frame(&self, memory: &mut Memory, awaited: Awaited) -> Teller {
        let first = self.window.all(memory).and_then(|(octets, _)| octets.first().copied());
        match first {
            // It is to be moved first.
            _ if awaited.has_no_room(&self.window) => Teller::Piece,
            Some(first) if first & FIN == 0 => Teller::Fragment,
            Some(first) if is_text(first).is_some() && self.usual_receive().is_some() => {
                Teller::NewMessage
            }
            _ => Teller::Piece,
        }
    }

    /// What comes next where a message may have begun, but no frame: a frame of data that has come whole. No pong
    /// is pending or out. `None`: it is anything else; nothing is changed, but for a fault in a text.
    #[inline(always)]
    pub fn next_fragment(&mut self, memory: &mut Memory) -> Option<(Usual, Context)> {
        let &ReceiveOperation { target, limit, context } = self.queue.first()?;
        if !self.is_receiving() || self.frame.is_some() {
            return None;
        }
        debug_assert!(!self.window.has_unmasked(), "a whole message is no fragment");
        let (octets, place) = self.window.all(memory)?;
        let first = *octets.first()?;
        // No reserved bit, and what may be in its place.
        let opcode = match &self.message {
            Some(message) if message.is_extension || message.is_compressed => return None,
            Some(_) if first & !FIN == Opcode::Continuation as u8 => Opcode::Continuation,
            None if first & !FIN == Opcode::Text as u8 => Opcode::Text,
            None if first & !FIN == Opcode::Binary as u8 => Opcode::Binary,
            _ => return None,
        };
        let header = parse_behind_first(octets, opcode, self.plain_rules()).ok()??;
        if header.payload_len > limit.get() as u64 {
            return None;
        }
        let len = header.payload_len as usize;
        let payload = octets.get_mut(header.header_len..)?.get_mut(..len)?;
        self.window.consume(header.header_len + len);
        if self.message.is_none() {
            self.message = Some(self.message_of(&header));
        }
        let message = self.message.as_mut()?;
        let buffer_type = BufferType::data(message.is_text, header.fin);
        if message.is_checked() {
            if let Err(fault) = message.take_in(payload, header.key, 0, header.fin) {
                self.fail(fault.into());
                return None;
            }
        } else if let Some(key) = header.key {
            unmask(payload, key, 0);
        }
        if header.fin {
            self.message = None;
        }
        let octets = place.part(header.header_len, len);
        Some((self.indicate(memory, target, buffer_type, octets), context))
    }

    /// The same for frames that come in parts, and where nothing has begun. `None`: as of [`ReceiveTrack::step`],
    /// a frame may have begun.
    #[inline(always)]
    pub fn next_piece(&mut self, memory: &mut Memory) -> Option<(Usual, Context)> {
        let &ReceiveOperation { target, limit, context } = self.queue.first()?;
        let limit = limit.get();
        if !self.is_receiving() {
            return None;
        }
        let part = match &self.frame {
            None => self.begin_part(memory, limit, target),
            Some(frame) if frame.is_shown_as_it_comes() => self.read_on(memory, limit, target),
            Some(_) => None,
        };
        Some((part?, context))
    }

    /// Behind a first octet that has been looked at.
    #[inline(always)]
    pub(super) fn plain_rules(&self) -> HeaderRules {
        HeaderRules { masked: self.rules.masked, reserved_bits: 0, in_message: false }
    }

    /// What is awaited where no frame has begun.
    #[inline(always)]
    pub fn awaited_between_frames(&self) -> Awaited {
        Awaited { until: Awaited::ANY, room: self.window.capacity() }
    }

    /// The same where one has. Where nothing is queued: if the next receive has no buffer of its own.
    #[inline(always)]
    pub fn awaited_of_frame(&self) -> Awaited {
        let (Some(frame), Some(message)) = (&self.frame, &self.message) else {
            return Awaited::NOTHING;
        };
        if !frame.is_shown_as_it_comes() {
            return Awaited::NOTHING;
        }
        let limit = self.queue.first().map_or(self.receive_len, |operation| operation.limit).get();
        let checked = message.is_checked().then(|| frame.checked());
        let len = frame.remaining().min(limit as u64) as usize;
        // Octets behind which there is no room for the rest are moved first.
        if !self.window.holds(len) {
            return Awaited::NOTHING;
        }
        self.awaited_of_data(len, checked, frame.fits(limit))
    }

    /// Of a frame of data the next `len` octets, for which there is room; as in [`Awaited::data`].
    #[inline(always)]
    pub(super) fn awaited_of_data(
        &self,
        len: usize,
        checked: Option<usize>,
        fits: bool,
    ) -> Awaited {
        let start = self.window.start();
        let room = if fits {
            self.window.end_of_read(start + len)
        } else {
            // What is there counts to what one read may bring.
            self.window.capacity().min(start + self.receive_len.get())
        };
        Awaited::data(start, len, checked, room)
    }

    /// Whether what is awaited is the whole frame at the start of the window; asked for by an assertion alone.
    pub fn is_frame_awaited(&self, memory: &mut Memory, awaited: Awaited) -> bool {
        let Ok(Some(header)) = self.next_header(memory) else { return false };
        let begin = self.window.start() + header.header_len;
        let until = (begin as u64).saturating_add(header.payload_len) as usize;
        awaited == Awaited::frame(until, &self.window)
    }

    /// A read, where the frame that has begun goes on; or an indication, where there is no more room.
    #[inline(always)]
    fn read_on(&mut self, memory: &mut Memory, limit: usize, target: Region) -> Option<Usual> {
        match self.advance_data(memory, limit) {
            Step::Read(max) => Some(self.read(memory, max)),
            Step::Indicate(len) => {
                let (buffer_type, octets) = self.take(len, memory)?;
                Some(self.indicate(memory, target, buffer_type, octets))
            }
            _ => None,
        }
    }

    /// Where no frame has begun.
    #[inline(never)]
    fn begin_part(&mut self, memory: &mut Memory, limit: usize, target: Region) -> Option<Usual> {
        if !self.begin_frame(memory).ok()? {
            // A cut header, or nothing: see `advance`.
            self.window.move_to_front(memory);
            return Some(self.read(memory, usize::MAX));
        }
        if !self.frame.as_ref()?.is_shown_as_it_comes() {
            return None;
        }
        self.read_on(memory, limit, target)
    }

    #[inline(always)]
    pub(super) fn read(&mut self, memory: &mut Memory, max: usize) -> Usual {
        self.is_reading = true;
        Usual::Read(self.window.offer(memory, max))
    }

    #[inline(always)]
    fn indicate(
        &mut self,
        memory: &Memory,
        target: Region,
        buffer_type: BufferType,
        octets: Region,
    ) -> Usual {
        self.queue.pop();
        Usual::Indicate(buffer_type, shown_at(octets, memory, target))
    }
}

/// Whether a message in one frame that begins with this octet is a text. `None`: it begins none, or a reserved bit is
/// set.
#[inline(always)]
pub(super) fn is_text(first: u8) -> Option<bool> {
    // FIN, and one of the two.
    const TEXT: u8 = FIN | Opcode::Text as u8;
    const BINARY: u8 = FIN | Opcode::Binary as u8;
    let kind = first.wrapping_sub(TEXT);
    (kind <= BINARY - TEXT).then_some(kind == 0)
}

/// Unmasks and checks all of a text.
#[inline(never)]
fn take_in_whole_text(octets: &mut [u8], key: Option<[u8; KEY]>) -> Result<(), Violation> {
    take_in_text(&mut Utf8::new(), octets, key, 0, true)
}
