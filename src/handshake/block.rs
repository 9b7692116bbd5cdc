//! Headers made by a handshake: names and values in one piece of memory, each followed by a
//! NUL, which stays where it is for as long as the block lives.

use crate::error::{Error, Result};

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
        let value_len = parts.clone().map(|part| part.len() + 2).sum::<usize>().saturating_sub(2);
        // Lengths are 32 bits wide at the C border.
        u32::try_from(value_len).map_err(|_| Error::InvalidArgument)?;
        self.text.try_reserve(name.len() + value_len + 2).map_err(|_| Error::OutOfMemory)?;
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

    /// The headers in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.lines[..self.count].iter().map(|line| {
            let (name, rest) = self.text[line.name_start..].split_at(line.name_len);
            (name, &rest[1..1 + line.value_len])
        })
    }

    /// The value of a header of this block.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value)
    }
}
