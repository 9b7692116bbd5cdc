//! Memory that is shared with the caller: what it lends to the library, and what the library
//! lends to it between GetAction and CompleteAction. This is the only file that looks inside.
//!
//! # Safety argument
//!
//! No reference to shared memory outlives a function of this file. The caller writes to the
//! part that a RECEIVE_FROM_NETWORK action lent to it and reads the parts that other actions
//! lent, while other threads may be inside the library; the session asks for a part of its own
//! memory only while that part is not lent (each track has at most one action out, and works in
//! its own [`Part`]). Regions of the caller are valid from the call that hands them in until
//! the indication that ends the operation, which is what the API asks of callers; after the
//! last network action of a send its region is not looked at any more.

use std::alloc::{self, Layout};
use std::ptr::{self, NonNull};

use crate::codec::{self, KEY};
use crate::error::{OutOfMemory, Result};

/// Octets somewhere in the caller's memory or in the memory of a session: an address and a
/// length, not to be followed outside this file.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    start: *mut u8,
    len: usize,
}

// SAFETY: a region is an address; whoever follows it has the argument above on their side.
unsafe impl Send for Region {}

impl Region {
    /// No octets at no address.
    pub const NONE: Region = Region { start: ptr::null_mut(), len: 0 };

    /// A region of the caller's.
    ///
    /// # Safety
    ///
    /// `len` octets at `start` stay readable, and writable if the region is handed in to be
    /// written, until the operation that they belong to is indicated complete.
    pub unsafe fn new(start: *mut u8, len: usize) -> Region {
        Region { start, len }
    }

    /// The address, for the caller.
    pub fn start(&self) -> *mut u8 {
        self.start
    }

    /// The number of octets.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `len` octets from `offset` on.
    pub fn part(&self, offset: usize, len: usize) -> Region {
        assert!(offset <= self.len && len <= self.len - offset);
        Region { start: self.start.wrapping_add(offset), len }
    }
}

/// A pointer of the caller's that is carried along and never followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context(pub *mut ());

// SAFETY: it is never followed.
unsafe impl Send for Context {}

impl Context {
    /// What is given where there is no context.
    pub const NONE: Context = Context(ptr::null_mut());
}

/// The parts of a session's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What came from the network.
    Receive,
    /// The frame that is being sent.
    Send,
    /// The pong that is pending or out.
    Pong,
    /// What was decompressed; empty where nothing is compressed.
    Inflated,
    /// The compressed frame that is being sent; likewise.
    Deflated,
}

/// Octets of each part.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub receive: usize,
    pub send: usize,
    pub pong: usize,
    pub inflated: usize,
    pub deflated: usize,
}

impl Sizes {
    /// Octets of all parts together, if they can be counted.
    pub fn sum(&self) -> Option<usize> {
        [self.receive, self.send, self.pong, self.inflated, self.deflated]
            .iter()
            .try_fold(0usize, |sum, &size| sum.checked_add(size))
    }
}

/// Octets from which on zeroed memory comes from the system, page by page as it is touched.
const LARGE: usize = 128 * 1024;

/// Octets of a receive part that the caller lent that are written to at once, so that a short message may be looked at
/// with what is behind it.
const FRONT: usize = 64;

/// So many octets, or fewer.
fn as_written(octets: usize) -> u32 {
    u32::try_from(octets).unwrap_or(u32::MAX)
}

/// The memory of a session: one piece, allocated or lent by the caller for the session's life.
#[derive(Debug)]
pub struct Memory {
    whole: Region,
    sizes: Sizes,
    /// Octets at the start of the receive part, all or none, and of the send part, that do not show any more what
    /// the memory held before.
    clean: usize,
    clean_send: usize,
    /// Octets at the start of the receive part that have been written to, whatever has come; a number that finds room
    /// beside the next.
    written: u32,
    owned: bool,
}

impl Memory {
    /// Uses what the caller lent, or allocates.
    pub fn new(sizes: Sizes, lent: Option<Region>) -> Result<Memory, OutOfMemory> {
        let len = sizes.sum().ok_or(OutOfMemory)?;
        if let Some(whole) = lent {
            assert!(len <= whole.len);
            let (clean, clean_send) = (sizes.receive, sizes.send);
            let written = FRONT as u32;
            let mut memory = Memory { whole, sizes, clean, clean_send, written, owned: false };
            memory.zero(memory.region(Part::Receive, 0, FRONT));
            return Ok(memory);
        }
        #[cfg(test)]
        crate::panics::pass();
        let layout = Layout::array::<u8>(len).map_err(|_| OutOfMemory)?;
        let is_large = len >= LARGE;
        let allocate = if is_large { alloc::alloc_zeroed } else { alloc::alloc };
        // SAFETY: the layout is not empty: its parts have sizes of at least 16.
        let start = unsafe { allocate(layout) };
        let start = NonNull::new(start).ok_or(OutOfMemory)?.as_ptr();
        let (clean, clean_send) = if is_large { (sizes.receive, sizes.send) } else { (0, 0) };
        let whole = Region { start, len };
        let written = as_written(clean);
        let mut memory = Memory { whole, sizes, clean, clean_send, written, owned: true };
        if !is_large {
            let put = sizes.receive + sizes.send + sizes.pong;
            if len > put {
                memory.zero(whole.part(put, len - put));
            }
        }
        Ok(memory)
    }

    /// Octets of a part.
    pub fn len_of(&self, part: Part) -> usize {
        match part {
            Part::Receive => self.sizes.receive,
            Part::Send => self.sizes.send,
            Part::Pong => self.sizes.pong,
            Part::Inflated => self.sizes.inflated,
            Part::Deflated => self.sizes.deflated,
        }
    }

    /// The place of `len` octets at `offset` of a part.
    #[inline(always)]
    pub fn region(&self, part: Part, offset: usize, len: usize) -> Region {
        #[cfg(test)]
        crate::panics::pass();
        let part_len = self.len_of(part);
        assert!(len <= part_len && offset <= part_len - len);
        self.place(part, offset, len)
    }

    /// The same for octets that are inside the part.
    #[inline(always)]
    fn place(&self, part: Part, offset: usize, len: usize) -> Region {
        let start = match part {
            Part::Receive => 0,
            Part::Send => self.sizes.receive,
            Part::Pong => self.sizes.receive + self.sizes.send,
            Part::Inflated => self.sizes.receive + self.sizes.send + self.sizes.pong,
            Part::Deflated => self.whole.len - self.sizes.deflated,
        };
        // The part itself is inside the whole: `new` has added the sizes up.
        Region { start: self.whole.start.wrapping_add(start + offset), len }
    }

    /// The place of octets of the receive part that the caller is to fill. Zeroed before it is lent
    /// for the first time, because a caller may report octets that it did not write; not earlier,
    /// because many a connection ends before that, and none begins with it.
    #[inline(always)]
    pub fn lend(&mut self, offset: usize, len: usize) -> Region {
        #[cfg(test)]
        crate::panics::pass();
        if self.clean == 0 {
            self.clean_receive();
        }
        self.region(Part::Receive, offset, len)
    }

    /// The same where nothing has to be zeroed; otherwise, and for octets outside of the part, `None`.
    #[inline(always)]
    pub fn lend_clean(&self, offset: usize, len: usize) -> Option<Region> {
        (offset + len <= self.clean).then(|| self.place(Part::Receive, offset, len))
    }

    #[cold]
    fn clean_receive(&mut self) {
        self.zero(self.region(Part::Receive, 0, self.sizes.receive));
        self.clean = self.sizes.receive;
        self.written = as_written(self.clean);
    }

    /// Of the send part.
    #[cold]
    fn clean_send_up_to(&mut self, end: usize) {
        // Refuses what is outside of the part, before that counts as clean.
        self.zero(self.region(Part::Send, self.clean_send, end - self.clean_send));
        self.clean_send = end;
    }

    /// Writes to octets of ours that nobody has written to.
    fn zero(&mut self, region: Region) {
        // SAFETY: regions of ours are in bounds and not lent now.
        unsafe { ptr::write_bytes(region.start, 0, region.len) };
    }

    /// Octets of a part that is not lent now. Those of the receive part were lent before, so that
    /// they have been written to, and those of the pong part were put there; those of the send part are
    /// written to when they are asked for first.
    #[inline(always)]
    pub fn octets(&mut self, part: Part, offset: usize, len: usize) -> &mut [u8] {
        let region = self.region(part, offset, len);
        if part == Part::Send && offset + len > self.clean_send {
            self.clean_send_up_to(offset + len);
        }
        debug_assert!(part != Part::Receive || self.clean > 0 || len == 0);
        self.slice(region)
    }

    /// The first octets of the send part, likewise, and their place, where nothing has to be zeroed first; otherwise
    /// `None`.
    #[inline(always)]
    pub fn clean_start<const N: usize>(&mut self) -> Option<(&mut [u8; N], Region)> {
        if self.clean_send < N {
            return None;
        }
        let start = self.place(Part::Send, 0, N);
        Some((self.slice(start).first_chunk_mut()?, start))
    }

    /// The octets of the receive part from `start` to `end`, likewise, and their place; `None` where there are none
    /// such.
    #[inline(always)]
    pub fn received(&mut self, start: usize, end: usize) -> Option<(&mut [u8], Region)> {
        #[cfg(test)]
        crate::panics::pass();
        if start > end || end > self.sizes.receive {
            return None;
        }
        debug_assert!(self.clean > 0 || start == end);
        let region = self.place(Part::Receive, start, end - start);
        Some((self.slice(region), region))
    }

    /// So many octets from `start` on, likewise, of which those up to `end` have come, and others may have. `None`
    /// where not so many have been written to.
    #[inline(always)]
    pub fn received_first<const N: usize>(
        &mut self,
        start: usize,
        end: usize,
    ) -> Option<(&mut [u8; N], Region)> {
        if start + N > self.written as usize && (start + N > end || end > self.sizes.receive) {
            return None;
        }
        let place = self.place(Part::Receive, start, N);
        Some((self.slice(place).first_chunk_mut()?, place))
    }

    /// What is at a region of ours whose octets have been written to.
    #[inline(always)]
    fn slice(&mut self, region: Region) -> &mut [u8] {
        // SAFETY: regions of ours are in bounds, and the caller has seen to the rest; see the argument at
        // the top.
        unsafe { std::slice::from_raw_parts_mut(region.start, region.len) }
    }

    /// Two received octets as a number, the most significant first.
    pub fn read_u16(&self, offset: usize) -> u16 {
        let region = self.region(Part::Receive, offset, 2);
        // SAFETY: `region` checked the bounds, and an array of octets needs no alignment.
        u16::from_be_bytes(unsafe { region.start.cast::<[u8; 2]>().read() })
    }

    /// Octets of the receive part, and all of the part for what is decompressed.
    pub fn inflating(&mut self, offset: usize, len: usize) -> (&[u8], &mut [u8]) {
        let input = self.region(Part::Receive, offset, len);
        let output = self.region(Part::Inflated, 0, self.sizes.inflated);
        // SAFETY: `region` checked the bounds, and the parts do not overlap; see the argument at
        // the top for the rest.
        unsafe {
            (
                std::slice::from_raw_parts(input.start, input.len),
                std::slice::from_raw_parts_mut(output.start, output.len),
            )
        }
    }

    /// Whether somebody who lent us memory points to where we compress.
    pub fn is_where_we_deflate(&self, source: Region) -> bool {
        if self.sizes.deflated == 0 {
            return false;
        }
        let output = self.region(Part::Deflated, 0, self.sizes.deflated);
        let (from, to) = (source.start.addr(), output.start.addr());
        !source.is_empty() && from < to + output.len && to < from + source.len
    }

    /// Octets of the caller's, and all of the part for what is compressed. They do not overlap: such a
    /// source was refused.
    pub fn deflating(&mut self, source: Region) -> (&[u8], &mut [u8]) {
        assert!(!self.is_where_we_deflate(source));
        let output = self.region(Part::Deflated, 0, self.sizes.deflated);
        // SAFETY: the caller keeps what it sends readable until the indication, and it does not
        // overlap with the part of ours; see the argument at the top for the rest.
        unsafe {
            let source: &[u8] = match source.len {
                0 => &[],
                len => std::slice::from_raw_parts(source.start, len),
            };
            (source, std::slice::from_raw_parts_mut(output.start, output.len))
        }
    }

    /// Copies a part of the caller's region to the given place, masked. `position`: octets of the
    /// frame's payload before it.
    pub fn mask_in(
        &mut self,
        (part, offset): (Part, usize),
        source: Region,
        key: [u8; KEY],
        position: u64,
    ) {
        if source.is_empty() {
            return;
        }
        let target = self.region(part, offset, source.len);
        if target.start.addr().abs_diff(source.start.addr()) < source.len {
            // Who lent us memory may send from it, though nothing good can come of that.
            // SAFETY: both are in bounds, and `copy` allows that they overlap.
            unsafe { ptr::copy(source.start, target.start, target.len) };
            codec::unmask(self.octets(part, offset, target.len), key, position);
            return;
        }
        // SAFETY: the caller keeps what it sends readable until the indication, and it does not
        // overlap with the part of ours.
        let source = unsafe { std::slice::from_raw_parts(source.start, source.len) };
        codec::mask_copy(self.octets(part, offset, source.len()), source, key, position);
    }

    /// Copies octets to a place of ours.
    pub fn put(&mut self, (part, offset): (Part, usize), octets: &[u8]) {
        let target = self.region(part, offset, octets.len());
        // SAFETY: both are in bounds; ours is not lent now, and nobody else has a reference to it.
        unsafe { ptr::copy_nonoverlapping(octets.as_ptr(), target.start, target.len) };
    }

    /// Copies octets of ours to the start of another region, which has room for them; returns where they are.
    pub fn copy_out(&self, source: Region, target: Region) -> Region {
        #[cfg(test)]
        codec::written::add(source.len);
        let target = target.part(0, source.len);
        // SAFETY: both are in bounds; `copy` allows that the caller handed in our own memory.
        unsafe { ptr::copy(source.start, target.start, source.len) };
        target
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.owned
            && let Ok(layout) = Layout::array::<u8>(self.whole.len)
        {
            // SAFETY: allocated in `new` with this layout, and not lent any more.
            unsafe { alloc::dealloc(self.whole.start, layout) };
        }
    }
}

#[cfg(test)]
impl Region {
    /// Octets that outlive whatever is done with the region.
    pub fn of(octets: &mut [u8]) -> Region {
        Region { start: octets.as_mut_ptr(), len: octets.len() }
    }

    /// The octets that are there.
    pub fn read(&self) -> Vec<u8> {
        let mut octets = vec![0; self.len];
        if self.len > 0 {
            // SAFETY: the region was handed out for this, and the vector has its length.
            unsafe { ptr::copy_nonoverlapping(self.start, octets.as_mut_ptr(), self.len) };
        }
        octets
    }

    /// Writes to the start of the region, as a caller does that has read from the network.
    pub fn fill(&self, octets: &[u8]) {
        let target = self.part(0, octets.len());
        // SAFETY: the region was handed out for this, and the slice has its length.
        unsafe { ptr::copy_nonoverlapping(octets.as_ptr(), target.start, target.len) };
    }
}

#[cfg(test)]
mod tests;
