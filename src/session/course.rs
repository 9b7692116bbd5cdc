//! What can be due of a connection, remembered so that GetAction need not find it out each time.

use super::receive::{Awaited, ReceiveTrack};

/// What can be due, remembered from when it was last looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Receives alone, and no pong, as long as nothing else than data comes.
    pub is_quiet: bool,
    /// In addition neither a frame nor a message has begun.
    pub is_calm: bool,
    pub awaited: Awaited,
}

impl Course {
    /// Anything.
    pub const UNKNOWN: Course =
        Course { is_quiet: false, is_calm: false, awaited: Awaited::NOTHING };

    /// Where it is quiet.
    #[inline(always)]
    pub fn of(receive: &ReceiveTrack) -> Course {
        let (is_calm, awaited) = (receive.is_between_messages(), receive.awaited());
        Course { is_quiet: true, is_calm, awaited }
    }

    /// The same where no frame has begun.
    #[inline(always)]
    pub fn between_frames(receive: &ReceiveTrack) -> Course {
        let is_calm = !receive.is_inside_message();
        Course { is_quiet: true, is_calm, awaited: receive.awaited_between_frames() }
    }

    /// Whether it says nothing that the other does not.
    pub fn is_part_of(self, all: Course) -> bool {
        let Course { is_quiet, is_calm, awaited } = self;
        (all.is_quiet || !is_quiet)
            && (all.is_calm || !is_calm)
            && (awaited == all.awaited || awaited == Awaited::NOTHING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_may_say_less_and_not_more() {
        let (octets, none) = (Awaited::of(7), Awaited::NOTHING);
        let course = |is_quiet, is_calm, awaited| Course { is_quiet, is_calm, awaited };
        let all = course(true, false, octets);
        for (part, is_part) in [
            (Course::UNKNOWN, true),
            (course(true, false, none), true),
            (course(false, false, octets), true),
            (all, true),
            (course(true, true, octets), false),
            (course(true, false, Awaited::of(8)), false),
        ] {
            assert_eq!(part.is_part_of(all), is_part, "{part:?}");
        }
        assert!(!all.is_part_of(Course::UNKNOWN));
        assert!(!course(true, false, none).is_part_of(Course::UNKNOWN));
        let calm = course(true, true, none);
        assert!(calm.is_part_of(calm) && all.is_part_of(course(true, true, octets)));
    }
}
