//! Headers made by a handshake, all in one piece of memory that stays where it is: the strings,
//! each followed by a NUL, one more NUL, and room for what the border makes of each header.

use super::headers::Field;
use crate::error::{Error, Result};
use crate::fallible;

/// Headers to be sent by the caller.
#[derive(Debug, Default)]
pub struct HeaderBlock {
    octets: Box<[u8]>,
}

/// Where the headers of a block stand: octets of each name and value, without their NULs.
#[derive(Debug, Default)]
pub struct Lines {
    lens: [(u32, u32); Lines::MAX],
    count: usize,
}

/// Takes the headers of a block.
pub struct Writer {
    /// With room for everything, or with none as long as headers are only counted.
    octets: Vec<u8>,
    writes: bool,
    lines: Lines,
}

impl HeaderBlock {
    /// Octets that the border has for each header.
    pub const RECORD: usize = 4 * size_of::<usize>();

    /// Makes a block of the headers that `fill` writes. It is called twice and has to write the same:
    /// the first time says how much memory is needed.
    pub fn make(fill: impl Fn(&mut Writer) -> Result<()>) -> Result<(HeaderBlock, Lines)> {
        let mut counted = Writer { octets: Vec::new(), writes: false, lines: Lines::default() };
        fill(&mut counted)?;
        let len = counted.lines.text_len().and_then(|len| len.checked_add(counted.lines.room()));
        let octets = fallible::vec(len.ok_or(Error::OutOfMemory)?)?;
        let mut written = Writer { octets, writes: true, lines: Lines::default() };
        fill(&mut written)?;
        let Writer { mut octets, lines, .. } = written;
        octets.extend(core::iter::repeat_n(0, lines.room()));
        Ok((HeaderBlock { octets: fallible::full(octets) }, lines))
    }

    /// The headers in the order in which they were added, each string with its NUL, and the room
    /// for a record of each, wherever an alignment of a pointer makes it begin.
    pub fn parts(
        &mut self,
        lines: &Lines,
    ) -> (impl ExactSizeIterator<Item = (&[u8], &[u8])>, &mut [u8]) {
        let (mut text, room) = self.octets.split_at_mut(self.octets.len() - lines.room());
        let strings = lines.lens[..lines.count].iter().map(move |&(name_len, value_len)| {
            let (name, rest) = core::mem::take(&mut text).split_at_mut(name_len as usize + 1);
            let (value, rest) = rest.split_at_mut(value_len as usize + 1);
            text = rest;
            (&*name, &*value)
        });
        (strings, &mut room[1..])
    }

    /// The value of a header of this block.
    pub fn value(&self, field: Field) -> Option<&[u8]> {
        let mut strings = self.octets.split(|&octet| octet == 0);
        loop {
            // An empty name stands behind the last value.
            let found = strings.next().filter(|name| !name.is_empty())?;
            let value = strings.next()?;
            if found == field.name().as_bytes() {
                return Some(value);
            }
        }
    }
}

impl Lines {
    /// The most headers that a handshake makes.
    pub const MAX: usize = 6;

    /// Octets of the strings with their NULs, if they can be counted.
    fn text_len(&self) -> Option<usize> {
        self.lens[..self.count].iter().try_fold(0usize, |sum, &(name_len, value_len)| {
            sum.checked_add(name_len as usize)?.checked_add(value_len as usize)?.checked_add(2)
        })
    }

    /// Octets behind the strings: a NUL, and the records, which are aligned like a pointer.
    fn room(&self) -> usize {
        1 + align_of::<usize>() - 1 + self.count * HeaderBlock::RECORD
    }
}

impl Writer {
    /// Adds a header. Inlined, so that what is constant is counted and copied as such.
    #[inline(always)]
    pub fn push(&mut self, field: Field, value: &[u8]) -> Result<()> {
        let value_len = u32::try_from(value.len()).map_err(|_| Error::InvalidArgument)?;
        self.add_line(field, value_len);
        if self.writes {
            self.octets.extend_from_slice(field.name().as_bytes());
            self.octets.push(0);
            self.octets.extend_from_slice(value);
            self.octets.push(0);
        }
        Ok(())
    }

    #[inline(always)]
    fn add_line(&mut self, field: Field, value_len: u32) {
        self.lines.lens[self.lines.count] = (field.name().len() as u32, value_len);
        self.lines.count += 1;
    }

    /// Adds a header whose value is the parts, separated by a comma and a space; none if there are
    /// no parts.
    pub fn push_list<'a, I>(&mut self, field: Field, parts: I) -> Result<()>
    where
        I: Iterator<Item = &'a [u8]> + Clone,
    {
        let Some(value_len) = joined_len(parts.clone())? else { return Ok(()) };
        self.add_line(field, value_len);
        if self.writes {
            self.octets.extend_from_slice(field.name().as_bytes());
            self.octets.push(0);
            for (i, part) in parts.enumerate() {
                if i > 0 {
                    self.octets.extend_from_slice(b", ");
                }
                self.octets.extend_from_slice(part);
            }
            self.octets.push(0);
        }
        Ok(())
    }
}

/// Octets of the parts with a comma and a space between them, if there are any. At the C border a
/// length has 32 bits.
fn joined_len<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Result<Option<u32>> {
    let with_separators = parts.map(|part| part.len() as u64 + 2).sum::<u64>();
    let Some(len) = with_separators.checked_sub(2) else { return Ok(None) };
    Ok(Some(u32::try_from(len).map_err(|_| Error::InvalidArgument)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_too_long_is_refused_before_anything_is_allocated() {
        let part = [b'x'; 1 << 16];
        let parts = |count| core::iter::repeat_n(&part[..], count);
        let made = HeaderBlock::make(|writer| {
            assert_eq!(writer.octets.capacity(), 0);
            writer.push_list(Field::Protocol, parts((1 << 16) + 1))
        });
        assert_eq!(made.unwrap_err(), Error::InvalidArgument);
        assert_eq!(joined_len(parts(2)), Ok(Some((2 << 16) + 2)));
    }

    #[test]
    fn strings_end_with_a_nul_and_records_have_room() {
        let (mut block, lines) = HeaderBlock::make(|writer| {
            writer.push_list(Field::Protocol, [&b"x"[..], b"y"].into_iter())?;
            writer.push_list(Field::Extensions, core::iter::empty())?;
            writer.push(Field::Host, b"z")
        })
        .unwrap();
        let (strings, room) = block.parts(&lines);
        assert!(
            strings.eq([(&b"Sec-WebSocket-Protocol\0"[..], &b"x, y\0"[..]), (b"Host\0", b"z\0"),])
        );
        assert_eq!(room.len(), 2 * HeaderBlock::RECORD + align_of::<usize>() - 1);
        room.fill(b'r');
        assert_eq!(block.value(Field::Protocol), Some(&b"x, y"[..]));
        assert_eq!(block.value(Field::Host), Some(&b"z"[..]));
        assert_eq!(block.value(Field::Extensions), None);
        assert_eq!(HeaderBlock::default().value(Field::Host), None);
    }
}
