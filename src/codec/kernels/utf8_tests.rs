//! What [`super::utf8`] does is held to the definition, [`super::plain`] and [`core::str::from_utf8`].

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use crate::codec::KEY;
    use crate::codec::kernels::tests::{ALIGNMENTS, KEYS, LONGEST, cases, most};
    use crate::codec::kernels::utf8::{NOTHING, unmask_text};
    use crate::codec::kernels::utf8_array::Array;
    use crate::codec::kernels::{self, Before, plain};
    use crate::codec::utf8::{is_prefix, split_cut};

    type Unmask = fn(&mut [u8], [u8; KEY], Before) -> bool;

    /// With the lengths for which it is tried: it can be called from two registers on.
    type Kernel = (&'static str, RangeInclusive<usize>, Unmask);

    fn kernels() -> Vec<Kernel> {
        // It is slow.
        let array: Kernel = ("array", 32..=600, unmask_text::<Array>);
        let chosen: Kernel = ("chosen", 0..=LONGEST, |octets, key, before| {
            kernels::unmask_text(octets, key, before)
                .unwrap_or_else(|| defined(octets, key, before))
        });
        [array, chosen].into_iter().chain(kernels_of_the_processor()).collect()
    }

    #[cfg(target_arch = "x86_64")]
    fn kernels_of_the_processor() -> Vec<Kernel> {
        // SAFETY: whoever calls it asks first whether the processor has it.
        let avx2: Unmask =
            |octets, key, before| unsafe { kernels::avx2::unmask_text(octets, key, before) };
        // SAFETY: likewise.
        let avx512: Unmask =
            |octets, key, before| unsafe { kernels::avx512::unmask_text(octets, key, before) };
        let avx2 = kernels::avx2::is_chosen().then_some(("avx2", 64..=LONGEST, avx2));
        let avx512 = kernels::avx512::is_chosen().then_some(("avx512", 128..=LONGEST, avx512));
        avx2.into_iter().chain(avx512).collect()
    }

    #[cfg(target_arch = "aarch64")]
    fn kernels_of_the_processor() -> Vec<Kernel> {
        vec![("neon", 32..=LONGEST, unmask_text::<kernels::lanes::Widest>)]
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn kernels_of_the_processor() -> Vec<Kernel> {
        Vec::new()
    }

    /// What of the text was cut, without the zeros in front.
    fn cut(before: Before) -> Vec<u8> {
        before.into_iter().filter(|&octet| octet != 0).collect()
    }

    fn defined(octets: &mut [u8], key: [u8; KEY], before: Before) -> bool {
        plain::unmask(octets, key);
        is_prefix(&[&cut(before), &*octets].concat())
    }

    /// Unmasks a text in both ways: the same octets, the same verdict.
    fn assert_as_defined(text: &[u8], before: Before, place: &str) -> bool {
        let key = KEYS[0];
        let mut masked = text.to_vec();
        plain::unmask(&mut masked, key);
        let verdict = is_prefix(&[&cut(before), text].concat());
        for (name, lengths, unmask) in kernels() {
            if !lengths.contains(&text.len()) {
                continue;
            }
            let mut octets = masked.clone();
            let valid = unmask(&mut octets, key, before) && is_prefix(split_cut(text).1);
            assert_eq!(valid, verdict, "{name} {place} {before:X?} {text:X?}");
            assert!(octets == text, "{name} {place}");
        }
        verdict
    }

    /// Code points of two, three and four octets, with what is next to the invalid among them.
    fn multi_octet(len: usize) -> Vec<u8> {
        let all = "\u{80}\u{7FF}\u{800}я\u{D7FF}日\u{E000}\u{FFFF}\u{10000}😀\u{10FFFF}";
        let text = all.chars().cycle().step_by(3).flat_map(|c| c.to_string().into_bytes());
        let mut text: Vec<u8> = text.take(len).collect();
        let whole = split_cut(&text).0.len();
        text[whole..].fill(b'.');
        text
    }

    /// Mostly ASCII, at the beginning and after code points of more octets.
    fn mixed(len: usize) -> Vec<u8> {
        let mut text: Vec<u8> = (0..len).map(|i| b' ' + (i % 95) as u8).collect();
        for at in (70..len.saturating_sub(4)).step_by(163) {
            text[at..at + 3].copy_from_slice("€".as_bytes());
        }
        text
    }

    /// In Miri not every place is tried.
    const STEP: usize = if cfg!(miri) { 29 } else { 1 };

    const TEXTS: [fn(usize) -> Vec<u8>; 2] = [multi_octet, mixed];

    #[test]
    fn all_equal_the_definition_and_write_nothing_else() {
        let around: Vec<u8> = (0..LONGEST + 2 * ALIGNMENTS).map(|i| (i * 7) as u8).collect();
        let texts = TEXTS.map(|text| text(LONGEST));
        for (name, lengths, unmask) in kernels() {
            for (start, len) in cases().filter(|(_, len)| lengths.contains(len)) {
                // What is cut at the end is for the caller to judge.
                let text = &texts[(start + len) % TEXTS.len()][..len];
                let mut expected = around.clone();
                expected[start..start + len].copy_from_slice(text);
                let mut octets = expected.clone();
                plain::unmask(&mut octets[start..start + len], KEYS[0]);
                let valid = unmask(&mut octets[start..start + len], KEYS[0], NOTHING);
                assert!(valid, "{name} {start} {len}");
                assert!(octets == expected, "{name} {start} {len}");
            }
        }
    }

    #[test]
    fn one_octet_that_is_changed_is_judged_as_defined_wherever_it_is() {
        let others = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
            0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xF8, 0xFF,
        ];
        for text in TEXTS {
            for &len in most(&[65, 32, 63, 64, 100, 128, 193, 300], 1) {
                let mut text = text(len);
                for at in (0..len).step_by(STEP) {
                    let octet = text[at];
                    for &other in most(&others, 6) {
                        text[at] = other;
                        assert_as_defined(&text, NOTHING, &format!("{len} {at}"));
                    }
                    text[at] = octet;
                }
            }
        }
    }

    #[test]
    fn one_octet_that_is_changed_in_a_long_text_is_seen() {
        for text in TEXTS {
            let mut text = text(LONGEST);
            for at in (0..LONGEST).step_by(3 * STEP).chain((LONGEST - 70..LONGEST).step_by(STEP)) {
                let octet = text[at];
                text[at] = if octet.is_ascii() { 0x80 } else { b'a' };
                assert!(!assert_as_defined(&text, NOTHING, &format!("{at}")));
                text[at] = octet;
            }
            assert!(assert_as_defined(&text, NOTHING, "unchanged"));
        }
    }

    const INVALID: [&[u8]; 24] = [
        b"\x80",
        b"\xBF",
        b"\xC0\x80",
        b"\xC1\xBF",
        b"\xC2",
        b"\xDF\xBF\x80",
        b"\xE0\x80\x80",
        b"\xE0\x9F\xBF",
        b"\xE0\xA0",
        b"\xE1\x80",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xEF\xBF\xBF\x80",
        b"\xF0\x80\x80\x80",
        b"\xF0\x8F\xBF\xBF",
        b"\xF0\x90\x80",
        b"\xF1\x80",
        b"\xF4",
        b"\xF4\x90\x80\x80",
        b"\xF4\x8F\xBF\xBF\x80",
        b"\xF5\x80\x80\x80",
        b"\xF8\x88\x80\x80\x80",
        b"\xFE",
        b"\xFF\xBF\xBF\xBF",
    ];

    #[test]
    fn all_that_is_invalid_is_seen_at_every_place_and_behind_every_cut() {
        for &fault in most(&INVALID, 3) {
            for &len in most(&[64, 100, 160], 1) {
                for at in (0..=len - fault.len()).step_by(STEP) {
                    let mut text = vec![b'a'; len];
                    text[at..at + fault.len()].copy_from_slice(fault);
                    let is_cut = at + fault.len() == len && is_prefix(fault);
                    let verdict = assert_as_defined(&text, NOTHING, &format!("{len} {at}"));
                    assert_eq!(verdict, is_cut, "{len} {at} {fault:X?}");
                }
            }
            for cut in 1..fault.len().min(4) {
                if is_prefix(&fault[..cut]) && split_cut(&fault[..cut]).0.is_empty() {
                    let text = [&fault[cut..], &[b'a'; 100]].concat();
                    assert!(!assert_as_defined(&text, before(&fault[..cut]), "cut"));
                }
            }
        }
    }

    fn before(cut: &[u8]) -> Before {
        let mut before = NOTHING;
        before[NOTHING.len() - cut.len()..].copy_from_slice(cut);
        before
    }

    #[test]
    fn what_was_cut_goes_on() {
        for text in TEXTS {
            let text = text(if cfg!(miri) { 100 } else { 300 });
            for at in (1..=text.len() - 64).step_by(STEP) {
                let cut = split_cut(&text[..at]).1;
                assert!(assert_as_defined(&text[at..], before(cut), &format!("{at}")));
            }
        }
        // ASCII does not continue it, and nor does it once more.
        for cut in ["я", "日", "😀"].map(str::as_bytes) {
            for text in [&[b'a'; 200], "я".repeat(100).as_bytes()] {
                assert!(!assert_as_defined(text, before(&cut[..1]), "not continued"));
            }
        }
    }
}
