//! UTF-8 that arrives in pieces (RFC 6455 §8.1). A fault is reported at the first octet that
//! cannot be part of valid text, even before its code point is complete.

use super::Violation;

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
            if !is_prefix(cut) {
                return Err(Violation::InvalidUtf8);
            }
            self.cut[..cut.len()].copy_from_slice(cut);
            self.cut_len = cut.len() as u8;
        }
        if last && self.cut_len > 0 { Err(Violation::InvalidUtf8) } else { Ok(()) }
    }

    /// The same for so many octets that are known to be ASCII.
    pub fn push_ascii(&mut self, octets: usize, last: bool) -> Result<(), Violation> {
        // No code point goes on with them.
        let is_cut_for_good = self.cut_len > 0 && (octets > 0 || last);
        if is_cut_for_good { Err(Violation::InvalidUtf8) } else { Ok(()) }
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

    fn octets() -> impl Strategy<Value = Vec<u8>> {
        let text = any::<String>().prop_map(String::into_bytes);
        let spoiled = (any::<String>(), any::<u8>(), any::<prop::sample::Index>()).prop_map(
            |(text, octet, at)| {
                let mut octets = text.into_bytes();
                octets.push(b' ');
                let at = at.index(octets.len());
                octets[at] = octet;
                octets
            },
        );
        prop_oneof![text, spoiled, prop::collection::vec(any::<u8>(), 0..100)]
    }

    proptest! {
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
