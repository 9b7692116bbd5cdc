//! What can be due of the receive track, remembered so that GetAction need not find it out each time.

use super::receive::{Awaited, ReceiveTrack};

/// Who may tell what comes next of the receive track, where it is not a read that was awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teller {
    /// [`super::Connection::get_action`], for anything.
    Any,
    /// [`super::Connection::next_message`]: neither a frame nor a message has begun. For this and all that follows:
    /// there is no pong, as long as nothing else than data comes.
    Message,
    /// [`super::Connection::next_short`]: the same, and the last message that was found by one of the two was short.
    Short,
    /// [`super::Connection::next_fragment`]: no frame has begun.
    Fragment,
    /// [`super::Connection::next_piece`]: any other part of a frame.
    Piece,
    /// [`super::Connection::next_of_begun`]: a frame of data has begun, for a receive without a buffer of its own.
    Begun,
    /// [`super::Connection::begin_message`]: neither a frame nor a message has begun, and the next one has not come
    /// whole. This is found out each time, and not remembered.
    NewMessage,
}

impl Teller {
    /// Whether neither a frame nor a message has begun.
    pub fn is_between_messages(self) -> bool {
        matches!(self, Teller::Message | Teller::Short)
    }
}

/// Who may tell what comes next of the send track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendTeller {
    /// [`super::Connection::get_action`], for anything.
    Any,
    /// [`super::Connection::next_sent`]: what is at the front is over. For this and all that follows: nothing is out,
    /// and nothing was aborted.
    Sent,
    /// [`super::Connection::next_frame`]: what is at the front, if anything, has not begun, and is not masked.
    Frame,
    /// [`super::Connection::next_masked_frame`]: likewise, and is masked.
    MaskedFrame,
    /// [`super::Connection::next_send_piece`]: a part of a masked frame was sent.
    Piece,
}

/// What can be due, remembered from when it was last looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    pub teller: Teller,
    pub awaited: Awaited,
}

impl Course {
    /// Anything.
    pub const UNKNOWN: Course = Course { teller: Teller::Any, awaited: Awaited::NOTHING };

    /// Where there is no pong.
    #[inline(always)]
    pub fn of(receive: &ReceiveTrack) -> Course {
        if receive.is_inside_frame() {
            let teller = if receive.has_usually_begun() { Teller::Begun } else { Teller::Piece };
            return Course { teller, awaited: receive.awaited_of_frame() };
        }
        Course::between_frames(receive)
    }

    /// The same where no frame has begun.
    #[inline(always)]
    pub fn between_frames(receive: &ReceiveTrack) -> Course {
        let teller = match receive.is_inside_message() {
            true => Teller::Fragment,
            false if receive.was_short() => Teller::Short,
            false => Teller::Message,
        };
        Course { teller, awaited: receive.awaited_between_frames() }
    }

    /// Whether it says nothing that the other does not.
    pub fn is_part_of(self, all: Course) -> bool {
        let Course { teller, awaited } = self;
        (teller == all.teller || teller == Teller::Any)
            && (awaited.is_like(all.awaited) || awaited == Awaited::NOTHING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_may_say_less_and_not_more() {
        let (octets, none) = (Awaited::of(7), Awaited::NOTHING);
        let course = |teller, awaited| Course { teller, awaited };
        let all = course(Teller::Piece, octets);
        for (part, is_part) in [
            (Course::UNKNOWN, true),
            (course(Teller::Piece, none), true),
            (course(Teller::Any, octets), true),
            (all, true),
            (course(Teller::Message, octets), false),
            (course(Teller::Fragment, none), false),
            (course(Teller::Piece, Awaited::of(8)), false),
        ] {
            assert_eq!(part.is_part_of(all), is_part, "{part:?}");
        }
        assert!(!all.is_part_of(Course::UNKNOWN));
        assert!(!course(Teller::Message, none).is_part_of(Course::UNKNOWN));
    }
}
