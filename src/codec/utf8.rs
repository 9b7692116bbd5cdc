//! UTF-8 that arrives in pieces (RFC 6455 §8.1). A fault is reported at the first octet that
//! cannot be part of valid text, even before its code point is complete.

use super::kernels::Before;
use super::mask::{unmask, unmask_text};
use super::{KEY, Violation};

/// The longest encoding of a code point.
const MAX_SEQUENCE: usize = 4;

/// What is known of a text between two of its pieces: the octets of a code point that was cut.
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8 {
    cut: [u8; MAX_SEQUENCE],
    cut_len: u8,
}

impl Utf8 {
    /// A text of which nothing has arrived.
    pub fn new() -> Self {
        Utf8::default()
    }

    /// Checks the next piece. `last`: the text ends with it, so that no code point may be cut.
    pub fn push(&mut self, mut octets: &[u8], last: bool) -> Result<(), Violation> {
        while self.cut_len > 0 {
            let Some((&octet, rest)) = octets.split_first() else { break };
            octets = rest;
            self.push_to_cut(octet)?;
        }
        if self.cut_len == 0 {
            let (whole, cut) = split_cut(octets);
            if !is_utf8(whole) {
                return Err(Violation::InvalidUtf8);
            }
            return self.keep_cut(cut, last);
        }
        // The piece did not complete it.
        if last { Err(Violation::InvalidUtf8) } else { Ok(()) }
    }

    /// Unmasks the next piece in place, all of it in any case, and checks it. `key` and `position` are as
    /// for [`unmask`].
    pub fn push_masked(
        &mut self,
        octets: &mut [u8],
        key: [u8; KEY],
        position: u64,
        last: bool,
    ) -> Result<(), Violation> {
        match unmask_text(octets, key, position, self.before()) {
            Some(true) => self.keep_end(octets, last),
            Some(false) => Err(Violation::InvalidUtf8),
            None if unmask(octets, key, position) => self.push_ascii(octets.len(), last),
            None => self.push(octets, last),
        }
    }

    /// The same for so many octets that are known to be ASCII.
    fn push_ascii(&mut self, octets: usize, last: bool) -> Result<(), Violation> {
        // No code point goes on with them.
        let is_cut_for_good = self.cut_len > 0 && (octets > 0 || last);
        if is_cut_for_good { Err(Violation::InvalidUtf8) } else { Ok(()) }
    }

    /// Keeps what is cut at the end of a piece that is valid but for that.
    fn keep_end(&mut self, octets: &[u8], last: bool) -> Result<(), Violation> {
        self.cut_len = 0;
        if octets.last().is_none_or(u8::is_ascii) {
            return Ok(());
        }
        self.keep_cut(split_cut(octets).1, last)
    }

    // Not inlined: that would cost the many pieces that end with ASCII.
    #[inline(never)]
    fn keep_cut(&mut self, cut: &[u8], last: bool) -> Result<(), Violation> {
        self.cut[..cut.len()].copy_from_slice(cut);
        self.cut_len = cut.len() as u8;
        let is_cut_for_good = (last && !cut.is_empty()) || !is_prefix(cut);
        if is_cut_for_good { Err(Violation::InvalidUtf8) } else { Ok(()) }
    }

    fn before(&self) -> Before {
        let unused = MAX_SEQUENCE as u32 - u32::from(self.cut_len);
        u32::from_le_bytes(self.cut).checked_shl(8 * unused).unwrap_or(0).to_le_bytes()
    }

    fn push_to_cut(&mut self, octet: u8) -> Result<(), Violation> {
        // A cut sequence has at most three octets: is_prefix accepts no more.
        self.cut[usize::from(self.cut_len)] = octet;
        self.cut_len += 1;
        let sequence = &self.cut[..usize::from(self.cut_len)];
        if core::str::from_utf8(sequence).is_ok() {
            self.cut_len = 0;
        } else if !is_prefix(sequence) {
            return Err(Violation::InvalidUtf8);
        }
        Ok(())
    }
}

fn is_utf8(octets: &[u8]) -> bool {
    if cfg!(feature = "plain-kernels-for-tests") {
        return core::str::from_utf8(octets).is_ok();
    }
    simdutf8::basic::from_utf8(octets).is_ok()
}

/// Splits off a code point at the end that is begun and not complete. If the text is valid so
/// far, the first part is valid by itself.
pub(super) fn split_cut(octets: &[u8]) -> (&[u8], &[u8]) {
    let len = octets.len();
    for back in 1..=len.min(MAX_SEQUENCE - 1) {
        let octet = octets[len - back];
        let sequence = match octet {
            0x80..=0xBF => continue,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xFF => 4,
            _ => 1,
        };
        return octets.split_at(if sequence > back { len - back } else { len });
    }
    octets.split_at(len)
}

/// Whether the octets are the beginning of valid text, a cut code point at the end included.
pub(super) fn is_prefix(octets: &[u8]) -> bool {
    match core::str::from_utf8(octets) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The number of octets after which a piecewise check fails, fed one by one.
    fn fails_at(octets: &[u8]) -> Option<usize> {
        let mut utf8 = Utf8::new();
        let len = octets.len();
        (0..len).find(|&i| utf8.push(&octets[i..=i], i + 1 == len).is_err()).map(|i| i + 1)
    }

    #[test]
    fn faults_are_seen_before_the_code_point_is_complete() {
        assert_eq!(fails_at(b"\xF4\x90\x80\x80"), Some(2)); // above U+10FFFF
        assert_eq!(fails_at(b"\xED\xA0\x80"), Some(2)); // a surrogate
        assert_eq!(fails_at(b"\xE0\x80\x80"), Some(2)); // overlong
        assert_eq!(fails_at(b"\xC0\x80"), Some(1));
        assert_eq!(fails_at(b"\xFE"), Some(1));
        assert_eq!(fails_at(b"\xE2\x82"), Some(2)); // cut at the end
        assert_eq!(fails_at("κόσμε €𐍈".as_bytes()), None);
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        any::<String>().prop_map(String::into_bytes)
    }

    fn octets() -> impl Strategy<Value = Vec<u8>> {
        let spoiled = (any::<String>(), any::<u8>(), any::<prop::sample::Index>()).prop_map(
            |(text, octet, at)| {
                let mut octets = text.into_bytes();
                octets.push(b' ');
                let at = at.index(octets.len());
                octets[at] = octet;
                octets
            },
        );
        prop_oneof![text(), spoiled, prop::collection::vec(any::<u8>(), 0..100)]
    }

    const MASK: [u8; KEY] = [0x37, 0xFA, 0x21, 0x3D];

    /// Checks a piece both ways, masked and not: the verdict is the same, and all of it is unmasked.
    fn push_both(utf8: &mut Utf8, text: &[u8], position: u64, last: bool) -> Result<(), Violation> {
        let mut masked = text.to_vec();
        unmask(&mut masked, MASK, position);
        let mut other = *utf8;
        let verdict = other.push_masked(&mut masked, MASK, position, last);
        assert!(masked == text);
        assert_eq!(utf8.push(text, last), verdict);
        let kept = |utf8: &Utf8| (utf8.cut_len, utf8.before());
        assert!(verdict.is_err() || kept(utf8) == kept(&other));
        verdict
    }

    #[test]
    fn ascii_ends_a_code_point_that_was_cut() {
        for (before, octets, last, is_valid) in [
            (&b""[..], 1, true, true),
            (b"", 0, true, true),
            (b"\xE2\x82", 1, false, false),
            (b"\xE2\x82", 0, false, true),
            (b"\xE2\x82", 0, true, false),
        ] {
            let mut utf8 = Utf8::new();
            utf8.push(before, false).unwrap();
            assert_eq!(utf8.push_ascii(octets, last).is_ok(), is_valid, "{before:?} {octets}");
        }
    }

    #[test]
    fn a_masked_text_can_be_cut_anywhere() {
        let text = "Grüße, κόσμε! 日本語 😀 ".repeat(if cfg!(miri) { 1 } else { 6 }).into_bytes();
        let ends =
            [&b"."[..], b"\xC3", b"\xE2\x82", b"\xF0\x9F\x98", b"\xC0", b"\xFF", b"\xED\xA0"];
        for end in ends {
            let text = [&text, end].concat();
            let (valid, begun) = (end == b".", is_prefix(end));
            for cut in 0..=text.len() {
                let mut utf8 = Utf8::new();
                let first = push_both(&mut utf8, &text[..cut], 0, false);
                let mut more = utf8;
                let rest = &text[cut..];
                assert_eq!(
                    first.and_then(|()| push_both(&mut more, rest, cut as u64, false)).is_ok(),
                    begun
                );
                assert_eq!(
                    first.and_then(|()| push_both(&mut utf8, rest, cut as u64, true)).is_ok(),
                    valid
                );
            }
        }
    }

    proptest! {
        #[test]
        fn masked_pieces_get_the_verdicts_of_unmasked_ones(
            parts in prop::collection::vec(prop_oneof![30 => text(), 1 => octets()], 0..30),
            cuts in prop::collection::vec(0usize..1000, 0..6),
        ) {
            let octets = parts.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(octets.len())).collect();
            cuts.sort_unstable();
            cuts.push(octets.len());
            let (mut utf8, mut start) = (Utf8::new(), 0);
            for (i, &cut) in cuts.iter().enumerate() {
                let (piece, last) = (&octets[start..cut], i + 1 == cuts.len());
                if push_both(&mut utf8, piece, start as u64, last).is_err() {
                    break;
                }
                start = cut;
            }
        }

        #[test]
        fn any_cut_gives_the_verdict_on_the_whole(
            octets in octets(), cuts in prop::collection::vec(0usize..100, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(octets.len())).collect();
            cuts.sort_unstable();
            cuts.push(octets.len());
            let (mut utf8, mut start, mut verdict) = (Utf8::new(), 0, Ok(()));
            for (i, &cut) in cuts.iter().enumerate() {
                let (piece, last) = (&octets[start..cut], i + 1 == cuts.len());
                let mut other = utf8;
                verdict = verdict.and(utf8.push(piece, last));
                if piece.is_ascii() {
                    prop_assert_eq!(other.push_ascii(piece.len(), last), verdict);
                }
                // As early as possible: a piece is accepted if and only if it is a prefix of text.
                if i + 1 < cuts.len() {
                    prop_assert_eq!(verdict.is_ok(), is_prefix(&octets[..cut]));
                }
                if verdict.is_err() {
                    break;
                }
                start = cut;
            }
            if verdict.is_ok() || start == octets.len() {
                prop_assert_eq!(verdict.is_ok(), core::str::from_utf8(&octets).is_ok());
            } else {
                prop_assert!(core::str::from_utf8(&octets).is_err());
            }
        }
    }
}
