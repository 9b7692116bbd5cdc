//! Parts, their first use, and octets that overlap.

use super::*;
use std::panic::catch_unwind;

const SIZES: Sizes = Sizes { receive: 20, send: 30, pong: 40, inflated: 50, deflated: 60 };
/// Octets before and behind what is lent.
const AROUND: usize = 100;
const USED: u8 = 0xAA;

/// As memory that was allocated, of which nobody knows what it held before.
fn with_memory<T>(test: impl FnOnce(&mut Memory, Region) -> T) -> T {
    let mut octets = vec![USED; 200 + 2 * AROUND];
    let all = Region::of(&mut octets);
    let whole = all.part(AROUND, 200);
    let (sizes, owned) = (SIZES, false);
    test(&mut Memory { whole, sizes, clean: 0, clean_send: 0, written: 0, owned }, all)
}

#[test]
fn parts_stand_one_behind_the_other() {
    assert_eq!(SIZES.sum(), Some(200));
    assert_eq!(Sizes { pong: usize::MAX, ..SIZES }.sum(), None);
    with_memory(|memory, all| {
        let mut start = AROUND;
        for (part, len) in [
            (Part::Receive, 20),
            (Part::Send, 30),
            (Part::Pong, 40),
            (Part::Inflated, 50),
            (Part::Deflated, 60),
        ] {
            let found = memory.region(part, 3, len - 3);
            assert_eq!((memory.len_of(part), found.len()), (len, len - 3));
            assert_eq!(found.start(), all.part(start + 3, 0).start(), "{part:?}");
            assert!(memory.region(part, len, 0).is_empty());
            start += len;
            for (offset, len) in [(4, len - 3), (len + 1, 0), (0, len + 1)] {
                assert!(catch_unwind(|| memory.region(part, offset, len)).is_err());
            }
        }
    });
}

#[test]
fn what_is_lent_for_the_first_time_is_zeroed_and_nothing_else() {
    with_memory(|memory, all| {
        assert!(memory.lend_clean(0, 4).is_none() && memory.received_first::<1>(0, 0).is_none());
        let place = memory.lend(0, 4);
        assert_eq!(all.part(AROUND, 20).read(), [0; 20]);
        place.fill(&[1, 2, 3, 4]);
        assert_eq!(memory.lend_clean(2, 18).unwrap().start(), memory.lend(2, 18).start());
        assert!(memory.lend_clean(2, 19).is_none() && memory.lend_clean(21, 0).is_none());
        assert_eq!(memory.lend(2, 4).start(), all.part(AROUND + 2, 0).start());
        assert_eq!(all.part(AROUND, 6).read(), [1, 2, 3, 4, 0, 0]);
        assert_eq!(all.part(AROUND + 20, 1).read(), [USED]);
        assert!(memory.clean_start::<1>().is_none());
        memory.octets(Part::Send, 1, 2).copy_from_slice(&[5, 6]);
        assert_eq!(all.part(AROUND + 20, 4).read(), [0, 5, 6, USED]);
        assert_eq!(memory.octets(Part::Send, 0, 4), [0, 5, 6, 0]);
        assert_eq!(memory.octets(Part::Send, 4, 0), []);
        assert_eq!(all.part(AROUND + 20, 5).read(), [0, 5, 6, 0, USED]);
        assert!(memory.clean_start::<5>().is_none());
        let (octets, place) = memory.clean_start::<4>().unwrap();
        assert_eq!(*octets, [0, 5, 6, 0]);
        assert_eq!((place.start(), place.len()), (all.part(AROUND + 20, 0).start(), 4));
        assert_eq!(memory.received(1, 3).unwrap().0, [2, 3]);
        assert!(memory.received(3, 1).is_none() && memory.received(1, 21).is_none());
        let (octets, place) = memory.received_first::<17>(3, 4).unwrap();
        assert_eq!((octets[..2].to_vec(), octets.len()), (vec![4, 0], 17));
        assert_eq!(place.start(), all.part(AROUND + 3, 0).start());
        assert!(memory.received_first::<18>(3, 4).is_none());
        // Of lent memory only what has come may have been written to.
        memory.written = 2;
        assert!(memory.received_first::<4>(1, 4).is_none());
        assert_eq!(*memory.received_first::<3>(1, 4).unwrap().0, [2, 3, 4]);
        assert!(memory.received_first::<4>(18, 22).is_none(), "outside of the part");
        assert_eq!(memory.read_u16(1), 0x0203);
        assert_eq!(all.read()[..AROUND], [USED; AROUND]);
    });
}

#[test]
fn nothing_is_compressed_to_where_it_stands() {
    with_memory(|memory, all| {
        let (start, end) = (AROUND + 140, AROUND + 200);
        for (from, len, overlaps) in [
            (start - 10, 10, false),
            (start - 10, 11, true),
            (start, 1, true),
            (start + 5, 0, false),
            (end - 1, 1, true),
            (end, 1, false),
            (start - 10, 80, true),
            (0, 1, false),
        ] {
            let source = all.part(from, len);
            assert_eq!(memory.is_where_we_deflate(source), overlaps, "{len} at {from}");
        }
        let (source, output) = memory.deflating(all.part(0, 3));
        assert_eq!((source, output.len()), (&[USED; 3][..], 60));
        assert_eq!(memory.deflating(Region::NONE).0, []);
        let (input, output) = memory.inflating(2, 3);
        assert_eq!((input.len(), output.len()), (3, 50));
        memory.sizes.deflated = 0;
        assert!(!memory.is_where_we_deflate(all));
    });
}

/// So many that they take many registers.
#[test]
fn octets_are_masked_on_their_way_also_from_where_they_go() {
    const LEN: usize = 300;
    let octets: Vec<u8> = (0..LEN).map(|i| (i % 251) as u8).collect();
    let sizes = Sizes { receive: 20, send: 880, pong: 40, inflated: 0, deflated: 60 };
    // They go to the octets from 120 on: elsewhere, and before, at and behind their place.
    for (from, position) in [(500, 0), (115, 1), (119, 2), (120, 3), (121, 0), (125, 5), (420, 6)] {
        let mut masked = octets.clone();
        codec::unmask(&mut masked, [1, 20, 3, 40], position);
        let mut all = vec![0; 1000];
        let whole = Region::of(&mut all);
        // As what was lent is: it is not zeroed.
        let mut memory =
            Memory { whole, sizes, clean: 20, clean_send: 880, written: 0, owned: false };
        whole.part(from, LEN).fill(&octets);
        memory.mask_in((Part::Send, 100), whole.part(from, LEN), [1, 20, 3, 40], position);
        assert_eq!(memory.region(Part::Send, 100, LEN).read(), masked, "{from}");
    }
}

#[test]
fn what_is_copied_out_is_as_long_as_it_was() {
    with_memory(|memory, all| {
        let place = memory.lend(0, 4);
        place.fill(b"some");
        let copied = memory.copy_out(place, all.part(0, 50));
        assert_eq!((copied.start(), copied.read()), (all.start(), b"some".to_vec()));
        assert_eq!(all.part(4, 1).read(), [USED]);
    });
}
