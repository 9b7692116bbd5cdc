//! Headers made by a handshake: names and values in one piece of memory, each followed by a
//! NUL, which stays where it is for as long as the block lives.

use crate::error::{Error, Result};
use crate::fallible;

/// Where a header stands in the text.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    name_start: usize,
    name_len: usize,
    value_len: usize,
}

/// Headers to be sent by the caller.
#[derive(Debug, Default)]
pub struct HeaderBlock {
    text: Vec<u8>,
    lines: [Line; HeaderBlock::MAX_LINES],
    count: usize,
}

impl HeaderBlock {
    /// The most headers that a handshake makes.
    pub const MAX_LINES: usize = 6;

    /// Adds a header whose value is the parts, separated by a comma and a space.
    pub fn push<'a, I>(&mut self, name: &str, parts: I) -> Result<()>
    where
        I: Iterator<Item = &'a [u8]> + Clone,
    {
        let value_len = joined_len(parts.clone())?;
        let line_len = value_len.checked_add(name.len() + 2).ok_or(Error::OutOfMemory)?;
        fallible::reserve(&mut self.text, line_len)?;
        let name_start = self.text.len();
        self.text.extend_from_slice(name.as_bytes());
        self.text.push(0);
        for (i, part) in parts.enumerate() {
            if i > 0 {
                self.text.extend_from_slice(b", ");
            }
            self.text.extend_from_slice(part);
        }
        self.text.push(0);
        self.lines[self.count] = Line { name_start, name_len: name.len(), value_len };
        self.count += 1;
        Ok(())
    }

    /// The headers in the order in which they were added, each string with its NUL.
    pub fn terminated(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.lines[..self.count].iter().map(|line| {
            let (name, rest) = self.text[line.name_start..].split_at(line.name_len + 1);
            (name, &rest[..line.value_len + 1])
        })
    }

    /// The value of a header of this block.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let mut lines = self.terminated();
        let (_, value) = lines.find(|(found, _)| found[..found.len() - 1] == *name.as_bytes())?;
        Some(&value[..value.len() - 1])
    }
}

/// Octets of the parts with a comma and a space between them. At the C border a length has 32 bits.
fn joined_len<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Result<usize> {
    let with_separators = parts.map(|part| part.len() as u64 + 2).sum::<u64>();
    let len = u32::try_from(with_separators.saturating_sub(2));
    Ok(len.map_err(|_| Error::InvalidArgument)? as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_too_long_is_refused_before_anything_is_allocated() {
        let part = [b'x'; 1 << 16];
        let parts = |count| core::iter::repeat_n(&part[..], count);
        let mut block = HeaderBlock::default();
        assert_eq!(block.push("A", parts((1 << 16) + 1)), Err(Error::InvalidArgument));
        assert_eq!((block.text.capacity(), block.count), (0, 0));
        assert_eq!(joined_len(parts(2)), Ok((2 << 16) + 2));
    }

    #[test]
    fn strings_end_with_a_nul() {
        let mut block = HeaderBlock::default();
        block.push("A", [&b"x"[..], b"y"].into_iter()).unwrap();
        assert!(block.terminated().eq([(&b"A\0"[..], &b"x, y\0"[..])]));
        assert_eq!(block.value("A"), Some(&b"x, y"[..]));
        assert_eq!(block.value("B"), None);
    }
}
