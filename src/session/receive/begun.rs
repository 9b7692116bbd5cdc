//! Messages that come in more than one read: where a frame of data begins, and what comes of it then, while neither it
//! nor its message is anybody's extension. `session/usual_cases.rs` holds this to the long way.

use super::ReceiveTrack;
use super::usual::{Awaited, Usual, is_text};
use crate::codec::{Opcode, parse_behind_first};
use crate::session::action::BufferType;
use crate::session::course::{Course, Teller};
use crate::session::incoming::{Frame, Message};
use crate::session::memory::{Context, Memory};

impl ReceiveTrack {
    /// Whether a frame has begun of which [`ReceiveTrack::next_of_begun`] may tell.
    #[inline(always)]
    pub fn has_usually_begun(&self) -> bool {
        let (Some(frame), Some(message)) = (&self.frame, &self.message) else { return false };
        frame.is_shown_as_it_comes() && !message.is_extension && self.is_received_usually()
    }

    /// What comes next where neither a frame nor a message has begun: begins a message in one frame that has not come
    /// whole, and reads on. `None`: it is for [`ReceiveTrack::next_piece`], from where this has left off.
    #[inline(always)]
    pub fn begin_message(
        &mut self,
        memory: &mut Memory,
        course: &mut Course,
    ) -> Option<(Usual, Context)> {
        let context = self.usual_receive()?.context;
        let (octets, _) = self.window.all(memory)?;
        let opcode = if is_text(*octets.first()?)? { Opcode::Text } else { Opcode::Binary };
        let header = parse_behind_first(octets, opcode, self.plain_rules()).ok()??;
        let limit = self.receive_len.get();
        let fits = header.payload_len <= limit as u64;
        let len = if fits { header.payload_len as usize } else { limit };
        let arrived = octets.len() - header.header_len;
        let is_whole = arrived >= len;
        if is_whole || !self.is_receiving() || self.window.has_unmasked() {
            return None;
        }
        self.window.consume(header.header_len);
        // No reserved bit is set, and none can follow.
        let message = self.message.insert(Message::begin(&header, self.rules.utf8, false));
        let frame = self.frame.insert(Frame::begin(&header, false));
        if message.is_checked()
            && let Err(fault) = frame.check(&self.window, message, memory)
        {
            self.fail(fault.into());
            return None;
        }
        course.teller = Teller::Begun;
        let checked = message.is_checked().then_some(arrived);
        Some((self.read_part(memory, len, checked, fits, course)?, context))
    }

    /// What comes next inside a frame of data: a piece that is there, or of a text a read behind what is there. `None`:
    /// it is for [`ReceiveTrack::next_piece`], likewise.
    #[inline(always)]
    pub fn next_of_begun(
        &mut self,
        memory: &mut Memory,
        course: &mut Course,
    ) -> Option<(Usual, Context)> {
        let context = self.usual_receive()?.context;
        let (frame, message) = (self.frame.as_mut()?, self.message.as_mut()?);
        let limit = self.receive_len.get();
        let remaining = frame.remaining();
        let len = remaining.min(limit as u64) as usize;
        let (octets, place) = self.window.all(memory)?;
        let is_checked = message.is_checked();
        if is_checked {
            let arrived = octets.len().min(len);
            let is_end = arrived as u64 == remaining;
            if let Err(fault) = frame.check_octets(octets.get_mut(..arrived)?, is_end, message) {
                self.fail(fault.into());
                return None;
            }
            if arrived < len {
                let fits = frame.fits(limit);
                return Some((self.read_part(memory, len, Some(arrived), fits, course)?, context));
            }
        } else if !frame.unmask_first(octets.get_mut(..len)?) {
            return None;
        }
        let rest = remaining - len as u64;
        let fin = rest == 0 && frame.fin;
        let buffer_type = BufferType::data(message.is_text, fin);
        self.window.consume(len);
        if rest > 0 {
            frame.consume(len);
            let next = rest.min(limit as u64) as usize;
            // No read brings more than the piece, so that nothing is left. If it were, anything might be due.
            course.awaited = match self.window.start() {
                0 => Awaited::data(0, next, is_checked.then_some(0), limit),
                _ => Awaited::NOTHING,
            };
        } else {
            self.frame = None;
            if fin {
                self.message = None;
            }
            *course = Course::between_frames(self);
        }
        self.queue.pop_only();
        Some((Usual::Indicate(buffer_type, place.part(0, len)), context))
    }

    /// A read for the rest of a part, which is awaited then: see [`ReceiveTrack::awaited_of_data`]. `None`: there is no
    /// room for it.
    #[inline(always)]
    fn read_part(
        &mut self,
        memory: &mut Memory,
        len: usize,
        checked: Option<usize>,
        fits: bool,
        course: &mut Course,
    ) -> Option<Usual> {
        if !self.window.holds(len) {
            if !fits {
                return None;
            }
            self.move_begun_to_front(memory);
        }
        course.awaited = self.awaited_of_data(len, checked, fits);
        let max = course.awaited.room() - self.window.end();
        Some(self.read(memory, max))
    }
}
