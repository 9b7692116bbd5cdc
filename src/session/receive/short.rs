//! The most usual case: a short message that has come whole, and goes where it is. It is found without a call, so
//! that no register has to be saved. `short_messages_come_to_the_same` in
//! `session/usual_cases.rs` holds it to the long way.

use super::ReceiveTrack;
use super::usual::{Awaited, is_text};
use crate::codec::{KEY, MASK, SHORT, unmask_short};
use crate::session::action::BufferType;
use crate::session::course::Course;
use crate::session::memory::{Context, Memory, Region};

/// Octets of the header of a masked frame that is as short as that.
const HEADER: usize = 2 + KEY;

impl ReceiveTrack {
    /// Whether the last message that [`ReceiveTrack::next_message`] found was one for [`ReceiveTrack::next_short`]: the
    /// next one may be.
    #[inline(always)]
    pub fn was_short(&self) -> bool {
        self.was_short
    }

    /// What comes next where neither a frame nor a message has begun: a masked message of up to [`SHORT`] octets. A
    /// text that is not ASCII is none. `None`: it is for [`ReceiveTrack::next_message`]; nothing is changed.
    #[inline(always)]
    pub fn next_short(
        &mut self,
        memory: &mut Memory,
        awaited: &mut Awaited,
    ) -> Option<(BufferType, Region, Context)> {
        let (octets, place) = self.window.first::<{ HEADER + SHORT }>(memory)?;
        let (header, payload) = octets.split_first_chunk_mut::<HEADER>()?;
        let [first, second, key @ ..] = *header;
        let len = usize::from(second.wrapping_sub(MASK));
        let is_text = is_text(first)?;
        if len > SHORT {
            return None;
        }
        debug_assert!(self.rules.masked.allows(second), "only masked ones are allowed, or any");
        let operation = self.usual_receive()?;
        if self.window.len() < HEADER + len {
            return None;
        }
        debug_assert!(len <= operation.limit.get(), "the smallest buffer is longer");
        debug_assert!(!self.window.has_unmasked(), "no short one is unmasked before");
        let only_ascii = is_text && self.rules.utf8;
        let is_ascii = unmask_short(payload.first_chunk_mut()?, len, key, only_ascii);
        if only_ascii && !is_ascii {
            return None;
        }
        let context = operation.context;
        self.queue.pop_only();
        self.window.consume(HEADER + len);
        self.await_any(awaited);
        Some((BufferType::data(is_text, true), place.part(HEADER, len), context))
    }

    /// Notes whether a message that [`ReceiveTrack::next_message`] found, for the operation at the front, was one for
    /// [`ReceiveTrack::next_short`]; not where frames are never masked. Where a frame may be masked and need not, one
    /// that is not counts as well, and the next is asked for in vain.
    #[cold]
    #[inline(never)]
    pub(super) fn note_short(&mut self, payload: &[u8], is_text: bool, course: &mut Course) {
        let is_usual = self.usual_receive().is_some();
        let is_plain = !(is_text && self.rules.utf8) || payload.is_ascii();
        self.was_short = payload.len() <= SHORT && is_usual && is_plain;
        course.teller = Course::between_frames(self).teller;
    }
}
