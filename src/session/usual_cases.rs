//! The usual cases come to the same as the long way: one session takes every shortcut, another none,
//! and both are asked the same.

#[cfg(test)]
mod driven;
#[cfg(test)]
mod wire;

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;

    use super::driven::tests::{Buffer, Call, Id, Octets, Setting, drive, drive_counted};
    use super::wire::tests::{self as wire, Frames};
    use crate::codec::{KEY, NO_STATUS};
    use crate::session::pairs::Found;
    use crate::session::{BufferType, COMPRESSION_IS_PRESENT, ExtensionFrame, Queue, Role};

    /// Miri interprets: making long texts up takes it longer than all that is done with them.
    const LETTERS: usize = if cfg!(miri) { 12 } else { 150 };
    const FRAMES: usize = if cfg!(miri) { 5 } else { 12 };
    const CALLS: core::ops::Range<usize> = if cfg!(miri) { 20..40 } else { 100..300 };
    /// How often a payload is repeated.
    const TIMES: core::ops::Range<usize> = if cfg!(miri) { 1..2 } else { 1..12 };

    /// As many octets as there is room for.
    const ALL: usize = 100_000;

    fn queue() -> impl Strategy<Value = Queue> {
        prop_oneof![
            2 => Just(Queue::Send),
            4 => Just(Queue::Receive),
            3 => Just(Queue::All),
        ]
    }

    fn slots() -> impl Strategy<Value = usize> {
        prop_oneof![1 => Just(0usize), 10 => Just(1), 20 => Just(2), 1 => Just(3)]
    }

    fn len() -> impl Strategy<Value = usize> {
        prop_oneof![4 => 0..20usize, 4 => 0..700usize, 1 => 0..6000usize]
    }

    /// As a rule whole messages, which are what is usual.
    fn sent_type() -> impl Strategy<Value = BufferType> {
        let data = (any::<bool>(), prop::bool::weighted(0.8))
            .prop_map(|(text, fin)| BufferType::data(text, fin));
        let control = prop::sample::select(vec![BufferType::PingPong, BufferType::UnsolicitedPong]);
        let extension = prop::sample::select(vec![0x81u8, 0xA2, 0x21, 0x80, 0x00, 0xC1, 0x89])
            .prop_map(|first| BufferType::Extension(ExtensionFrame::new(first, false)));
        prop_oneof![
            100 => data,
            12 => control,
            6 => extension,
            1 => Just(BufferType::Close),
        ]
    }

    /// What belongs to the type, and now and then something else.
    fn send() -> impl Strategy<Value = Call> {
        let status = prop::sample::select(vec![1000u16, 1001, NO_STATUS, 0]);
        (sent_type(), len(), status, 0..20u8, prop::bool::weighted(0.1)).prop_map(
            |(buffer_type, len, status, odd, plain)| {
                let buffer = match (buffer_type, odd) {
                    (_, 0) => Buffer::Close(status, len % 130),
                    (_, 1) => Buffer::Data(len),
                    (_, 2) => Buffer::None,
                    (BufferType::Close, 3..12) => Buffer::Close(status, len % 124),
                    (BufferType::PingPong | BufferType::UnsolicitedPong | BufferType::Close, _) => {
                        Buffer::None
                    }
                    _ => Buffer::Data(len),
                };
                Call::Send { buffer_type, buffer, plain }
            },
        )
    }

    /// How many octets are said to have been transferred.
    fn octets() -> impl Strategy<Value = Octets> {
        let read = prop_oneof![3 => 0..3usize, 3 => 0..400usize, 4 => ALL..=ALL];
        prop_oneof![
            300 => read.prop_map(Octets::Right),
            8 => Just(Octets::None),
            2 => (0..20u64).prop_map(Octets::Fewer),
            1 => (1..20u64).prop_map(Octets::More),
        ]
    }

    fn id() -> impl Strategy<Value = Id> {
        prop_oneof![
            40 => any::<usize>().prop_map(Id::Out),
            10 => any::<usize>().prop_map(Id::Stale),
            2 => any::<usize>().prop_map(Id::Even),
        ]
    }

    fn call() -> impl Strategy<Value = Call> {
        prop_oneof![
            120 => prop::option::weighted(0.2, len()).prop_map(Call::Receive),
            40 => send(),
            250 => (queue(), slots(), octets())
                .prop_map(|(queue, slots, octets)| Call::Turn { queue, slots, octets }),
            30 => (queue(), slots()).prop_map(|(queue, slots)| Call::Ask(queue, slots)),
            50 => (id(), octets()).prop_map(|(id, octets)| Call::Done { id, octets }),
            1 => Just(Call::Abort),
        ]
    }

    /// The first octets of the frames of a message, or of one that stands alone; as a rule they are
    /// allowed.
    fn first_octets() -> impl Strategy<Value = Vec<u8>> {
        let whole =
            prop::sample::select(vec![0x81u8, 0x81, 0x82, 0x81, 0x82, 0x89, 0x8A, 0xC1, 0xC2]);
        let begin = prop::sample::select(vec![0x01u8, 0x02, 0x21, 0x41, 0x42]);
        let between = prop::sample::select(vec![0x00u8, 0x00, 0x89, 0x8A, 0x10]);
        let fragmented = (begin, prop::collection::vec(between, 0..3)).prop_map(|(begin, rest)| {
            let mut octets = vec![begin];
            octets.extend(rest);
            octets.push(0x80);
            octets
        });
        prop_oneof![
            150 => whole.prop_map(|first| vec![first]),
            30 => fragmented,
            1 => prop::sample::select(vec![0xA1u8, 0xE2, 0x88]).prop_map(|first| vec![first]),
            1 => any::<u8>().prop_map(|first| vec![first]),
        ]
    }

    fn spoiled(text: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
        (text, any::<prop::sample::Index>()).prop_map(|(mut text, at)| {
            text.push(b' ');
            // In the middle, or by a character that is cut at the end.
            match at.index(2 * text.len()) {
                at if at < text.len() => text[at] = 0xFF,
                _ => text.push(0xE2),
            }
            text
        })
    }

    fn payload() -> impl Strategy<Value = Vec<u8>> {
        let letters = prop::sample::select(vec!["a", "Я", "€", "𐍈", "\u{7f}"]);
        let text = prop::collection::vec(letters, 0..LETTERS)
            .prop_map(|letters| letters.concat().into_bytes());
        let spoiled = spoiled(text.clone());
        let status = text.clone().prop_map(|text| [&[3, 0xE8], &text[..]].concat());
        let one = prop_oneof![60 => text, 3 => spoiled, 1 => status];
        // Some are so long that other kernels take them, and the buffers may be longer as well.
        let times = prop_oneof![4 => 1..2usize, 1 => TIMES];
        (one, times).prop_map(|(payload, times)| payload.repeat(times))
    }

    fn frames() -> impl Strategy<Value = Frames> {
        frames_of(first_octets(), payload(), 0.98)
    }

    /// `by_rule`: how many are masked as they should be.
    fn frames_of(
        first_octets: impl Strategy<Value = Vec<u8>>,
        payload: impl Strategy<Value = Vec<u8>>,
        by_rule: f64,
    ) -> impl Strategy<Value = Frames> {
        (first_octets, payload, any::<[u8; KEY]>(), prop::bool::weighted(by_rule))
            .prop_map(|(firsts, payload, key, by_rule)| Frames { firsts, payload, key, by_rule })
    }

    fn setting() -> impl Strategy<Value = Setting> {
        let compressed = prop::bool::weighted(if COMPRESSION_IS_PRESENT { 0.3 } else { 0.0 });
        let send_len = prop::sample::select(vec![16u32, 40, 256, 4096]);
        let receive_len = prop::sample::select(vec![256u32, 256, 257, 700, 1024, 5000]);
        let booleans = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
        let lens = (send_len, receive_len);
        (any::<bool>(), prop::bool::weighted(0.8), compressed, lens, booleans).prop_map(
            |(client, utf8, compressed, (send_len, receive_len), booleans)| {
                let (extension, masking_disabled, lent, implied) = booleans;
                let role = if client { Role::Client } else { Role::Server };
                Setting {
                    role,
                    utf8,
                    extension,
                    masking_disabled,
                    compressed,
                    send_len,
                    receive_len,
                    lent,
                    one_receive: false,
                    implied,
                }
            },
        )
    }

    /// The second frame is longer than the second receive takes, so that it stays where it began; the third
    /// takes it whole, for which there is no room there.
    #[test]
    fn a_frame_that_fits_behind_a_cancelled_receive_is_moved() {
        let frame = |len| {
            let (firsts, payload) = (vec![0x82], vec![b'x'; len]);
            Frames { firsts, payload, key: [0; KEY], by_rule: true }
        };
        let setting = Setting {
            role: Role::Client,
            utf8: true,
            extension: false,
            masking_disabled: false,
            compressed: false,
            send_len: 256,
            receive_len: 256,
            lent: true,
            one_receive: false,
            implied: false,
        };
        let turn = |octets| Call::Turn { queue: Queue::Receive, slots: 1, octets };
        let calls = [
            Call::Receive(None),
            Call::Receive(Some(150)),
            Call::Receive(None),
            turn(Octets::Right(180)),
            turn(Octets::Right(0)),
            turn(Octets::None),
            turn(Octets::Right(0)),
            turn(Octets::Right(ALL)),
            turn(Octets::Right(0)),
        ];
        let wire = wire::write(&[frame(100), frame(200)], setting);
        let long = drive(false, setting, &wire, &calls);
        assert_eq!(drive(true, setting, &wire, &calls), long);
    }

    /// Short messages, one behind the other, and now and then something else.
    fn short_frames() -> impl Strategy<Value = Frames> {
        let ascii = prop::collection::vec(0..0x80u8, 0..36);
        let octets = prop::collection::vec(any::<u8>(), 0..36);
        let letters = prop::sample::select(vec!["a", "ä", "€", "😀", "\u{7f}"]);
        let text =
            prop::collection::vec(letters, 0..12).prop_map(|text| text.concat().into_bytes());
        let payload = prop_oneof![20 => ascii, 1 => octets, 2 => text, 2 => payload()];
        let whole = prop::sample::select(vec![0x81u8, 0x82]).prop_map(|first| vec![first]);
        let first_octets = prop_oneof![25 => whole, 1 => first_octets()];
        frames_of(first_octets, payload, 0.995)
    }

    /// As a rule a read brings all that it has room for.
    fn short_call() -> impl Strategy<Value = Call> {
        let all = || (ALL..=ALL).prop_map(Octets::Right);
        let some = (0..60usize).prop_map(Octets::Right);
        let octets = prop_oneof![300 => all(), 100 => some, 1 => octets()];
        prop_oneof![
            120 => prop::option::weighted(0.05, len()).prop_map(Call::Receive),
            10 => send(),
            250 => (queue(), 1..3usize, octets)
                .prop_map(|(queue, slots, octets)| Call::Turn { queue, slots, octets }),
            20 => (queue(), slots()).prop_map(|(queue, slots)| Call::Ask(queue, slots)),
            40 => (id(), all()).prop_map(|(id, octets)| Call::Done { id, octets }),
        ]
    }

    /// Both ways come to the same, as a rule with one receive at a time. Returns what was found in all.
    fn come_to_the_same(
        setting: impl Strategy<Value = Setting>,
        frames: impl Strategy<Value = Vec<Frames>>,
    ) -> Found {
        let one_receive = prop::bool::weighted(0.95);
        let calls = prop::collection::vec(short_call(), CALLS.start..2 * CALLS.end);
        let found = Cell::new(Found::default());
        let property = |(setting, one_receive, frames, calls): (_, _, Vec<_>, Vec<_>)| {
            let setting = Setting { one_receive, ..setting };
            let wire = wire::write(&frames, setting);
            let (short, counts) = drive_counted(true, setting, &wire, &calls);
            found.set(found.get() + counts);
            prop_assert_eq!(short, drive(false, setting, &wire, &calls));
            Ok(())
        };
        TestRunner::default().run(&(setting, one_receive, frames, calls), property).unwrap();
        found.get()
    }

    /// Miri tries one, which may have none.
    fn is_found(count: usize) -> bool {
        cfg!(miri) || count > 0
    }

    /// Of a server, since what a client gets is not masked.
    #[test]
    fn short_messages_come_to_the_same() {
        let of_server = setting().prop_map(|setting| Setting { role: Role::Server, ..setting });
        let frames = prop::collection::vec(short_frames(), 2 * FRAMES..5 * FRAMES);
        let found = come_to_the_same(of_server, frames);
        assert!(is_found(found.next_short), "{found:?}");
    }

    /// Payloads that are longer than most receive buffers, and now and then something else.
    fn long_frames() -> impl Strategy<Value = Frames> {
        let octets = prop::collection::vec(any::<u8>(), 100..500);
        let letters = prop::sample::select(vec!["a", "ä", "€", "😀", "\u{7f}"]);
        let text =
            prop::collection::vec(letters, 20..90).prop_map(|text| text.concat().into_bytes());
        let one = prop_oneof![4 => octets, 8 => text, 1 => payload()];
        let long = (one, 1..12usize).prop_map(|(payload, times)| payload.repeat(times)).boxed();
        let payload = prop_oneof![30 => long.clone(), 1 => spoiled(long)];
        let whole = prop::sample::select(vec![0x81u8, 0x82]).prop_map(|first| vec![first]);
        let first_octets = prop_oneof![25 => whole, 3 => first_octets()];
        frames_of(first_octets, payload, 0.995)
    }

    #[test]
    fn long_messages_come_to_the_same() {
        let found = come_to_the_same(setting(), prop::collection::vec(long_frames(), 1..FRAMES));
        assert!(is_found(found.begin_message) && is_found(found.next_of_begun), "{found:?}");
    }

    /// Frames that have one length, one behind the other: many are cut by the end of the buffer.
    fn run() -> impl Strategy<Value = Vec<Frames>> {
        let one = (first_octets(), payload(), any::<[u8; KEY]>(), 2..30usize);
        one.prop_map(|(firsts, payload, key, times)| {
            vec![Frames { firsts, payload, key, by_rule: true }; times]
        })
    }

    #[test]
    fn runs_of_frames_come_to_the_same() {
        let runs = prop::collection::vec(run(), 1..4).prop_map(|runs| runs.concat());
        let found = come_to_the_same(setting(), runs);
        assert!(is_found(found.begin_message), "{found:?}");
    }

    proptest! {
        #[test]
        fn shortcuts_come_to_the_same(
            setting in setting(),
            frames in prop::collection::vec(frames(), 0..FRAMES),
            calls in prop::collection::vec(call(), CALLS),
        ) {
            let wire = wire::write(&frames, setting);
            let short = drive(true, setting, &wire, &calls);
            prop_assert_eq!(short, drive(false, setting, &wire, &calls));
        }
    }
}
