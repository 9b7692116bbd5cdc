//! The receive buffer as a window: octets that have arrived and are not yet indicated.

use super::memory::{Memory, Part, Region};
use crate::codec::{KEY, mask_copy, unmask};

/// Offsets into [`Part::Receive`]. The octets from `start` to `end` are there.
#[derive(Debug)]
pub struct Window {
    start: usize,
    end: usize,
    capacity: usize,
    /// The most that one read is offered.
    read_max: u32,
    /// What the last one was offered.
    offered: u32,
    /// Octets of a payload that were unmasked though its frame has not begun: see [`Window::move_masked_to_front`].
    unmasked: u32,
}

impl Window {
    /// An empty window of `capacity` octets.
    pub fn new(capacity: usize, read_max: u32) -> Window {
        Window { start: 0, end: 0, capacity, read_max, offered: 0, unmasked: 0 }
    }

    /// Where the octets begin.
    pub fn start(&self) -> usize {
        self.start
    }

    /// How many octets are there.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Where the octets end.
    pub fn end(&self) -> usize {
        self.end
    }

    /// Where the last octet that can come ends.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Octets that can still come behind those that are there.
    pub fn free(&self) -> usize {
        self.capacity - self.end
    }

    /// Whether so many octets would find room from the start on.
    pub fn holds(&self, len: usize) -> bool {
        len <= self.capacity - self.start
    }

    /// Where the octets that a read brings are to end, for a frame that ends there: with the frame, where that is in
    /// the room for a header, so that none is cut; otherwise where the window does. Likewise for a frame that ends
    /// behind the window, for which there is no room yet.
    #[inline(always)]
    pub fn end_of_read(&self, end_of_frame: usize) -> usize {
        if end_of_frame > self.read_max as usize {
            end_of_frame.min(self.capacity)
        } else {
            self.capacity
        }
    }

    /// The octets from `offset` to `end`, counted from the start.
    pub fn octets<'m>(&self, memory: &'m mut Memory, offset: usize, end: usize) -> &'m mut [u8] {
        debug_assert!(end <= self.len());
        memory.octets(Part::Receive, self.start + offset, end - offset)
    }

    /// All octets that are there, and their place. Always some: `None` would be a fault of ours, and costs less than
    /// to panic.
    #[inline(always)]
    pub fn all<'m>(&self, memory: &'m mut Memory) -> Option<(&'m mut [u8], Region)> {
        memory.received(self.start, self.end)
    }

    /// So many octets from the start on, though they may not all be there, and their place. `None` where not so many
    /// have been written to.
    #[inline(always)]
    pub fn first<'m, const N: usize>(
        &self,
        memory: &'m mut Memory,
    ) -> Option<(&'m mut [u8; N], Region)> {
        memory.received_first(self.start, self.end)
    }

    /// Gives up the first octets, and begins at the front again if there are no others. Their memory is not
    /// written to before [`Window::offer`].
    #[inline(always)]
    pub fn consume(&mut self, len: usize) {
        self.start += len;
        debug_assert!(self.start <= self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Moves what is there to the front.
    pub fn move_to_front(&mut self, memory: &mut Memory) {
        self.move_to_front_behind(0, memory);
    }

    /// The same with so many octets ahead of it, which were given up.
    #[inline(never)]
    pub fn move_to_front_behind(&mut self, ahead: usize, memory: &mut Memory) {
        let (start, end) = (self.start, self.end);
        if start > ahead {
            let from = start - ahead;
            #[cfg(test)]
            crate::codec::written::add(end - from);
            memory.octets(Part::Receive, 0, end).copy_within(from.., 0);
            (self.start, self.end) = (ahead, end - from);
        }
    }

    /// The same for a frame that has not begun and begins with such a header; its payload is unmasked on the way where
    /// that does not overlap. Not for a payload that is for [`unmask_short`](crate::codec::unmask_short).
    pub fn move_masked_to_front(&mut self, header_len: usize, key: [u8; KEY], memory: &mut Memory) {
        debug_assert_eq!(self.unmasked, 0);
        let (start, len) = (self.start, self.len());
        let (front, back) = memory.octets(Part::Receive, 0, self.end).split_at_mut(start);
        let target = front.get_mut(..len).and_then(|front| front.split_at_mut_checked(header_len));
        let Some((header, payload)) = target else { return self.move_to_front(memory) };
        header.copy_from_slice(&back[..header_len]);
        mask_copy(payload, &back[header_len..], key, 0);
        #[cfg(test)]
        crate::codec::written::add(len);
        self.unmasked = payload.len() as u32;
        (self.start, self.end) = (0, len);
    }

    /// Whether some of the payload at the start is unmasked, of a frame that has not begun.
    #[inline(always)]
    pub fn has_unmasked(&self) -> bool {
        self.unmasked > 0
    }

    /// Unmasks the rest of that payload.
    #[cold]
    pub fn unmask_rest(&mut self, payload: &mut [u8], key: [u8; KEY]) {
        let unmasked = self.take_unmasked();
        if let Some(rest) = payload.get_mut(unmasked..) {
            unmask(rest, key, unmasked as u64);
        }
    }

    /// How many octets that are, for who unmasks what follows them.
    pub fn take_unmasked(&mut self) -> usize {
        core::mem::take(&mut self.unmasked) as usize
    }

    /// The place for the next read, of `max` octets at the most.
    #[inline(always)]
    pub fn offer(&mut self, memory: &mut Memory, max: usize) -> Region {
        let len = self.free().min(self.read_max as usize).min(max);
        self.offered = len as u32;
        memory.lend(self.end, len)
    }

    /// The same in front of an octet of the window. `None`: it was never lent before, or the window ends there;
    /// nothing is offered.
    #[inline(always)]
    pub fn offer_up_to(&mut self, memory: &Memory, end: usize) -> Option<Region> {
        debug_assert!(end <= self.capacity);
        let len = (end.wrapping_sub(self.end)).min(self.read_max as usize);
        let place = memory.lend_clean(self.end, len)?;
        self.offered = len as u32;
        Some(place)
    }

    /// Octets have arrived in the place that was offered. False if they are none, or too many.
    pub fn extend(&mut self, octets: u64) -> bool {
        let fits = octets > 0 && octets <= u64::from(self.offered);
        if fits {
            self.end += octets as usize;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::memory::Sizes;

    fn memory() -> Memory {
        let sizes = Sizes { receive: 20, send: 16, pong: 16, inflated: 0, deflated: 0 };
        Memory::new(sizes, None).unwrap()
    }

    /// Octets that arrive.
    fn bring(window: &mut Window, memory: &mut Memory, octets: &[u8]) {
        window.offer(memory, usize::MAX).fill(octets);
        assert!(window.extend(octets.len() as u64));
    }

    #[test]
    fn no_more_arrives_than_was_offered() {
        let (mut memory, mut window) = (memory(), Window::new(20, 8));
        assert_eq!(window.offer(&mut memory, 5).len(), 5);
        assert!(!window.extend(0) && !window.extend(6) && !window.extend(u64::MAX));
        assert_eq!((window.len(), window.free()), (0, 20));
        assert!(window.extend(5));
        assert_eq!((window.len(), window.free()), (5, 15));
        assert_eq!(window.offer(&mut memory, 100).len(), 8);
        assert!(window.extend(8));
        assert_eq!(window.offer(&mut memory, 100).len(), 7, "there is no more room");
    }

    #[test]
    fn what_is_there_moves_to_the_front() {
        let (mut memory, mut window) = (memory(), Window::new(20, 20));
        bring(&mut window, &mut memory, b"0123456789");
        window.consume(4);
        assert_eq!((window.start(), window.len(), window.free()), (4, 6, 10));
        assert!(window.holds(16) && !window.holds(17));
        assert_eq!(window.octets(&mut memory, 1, 3), b"56");
        assert_eq!(window.all(&mut memory).unwrap().0, b"456789");
        window.move_to_front_behind(4, &mut memory);
        assert_eq!((window.start(), window.len()), (4, 6), "it is there already");
        window.move_to_front_behind(1, &mut memory);
        assert_eq!((window.start(), window.len(), window.free()), (1, 6, 13));
        assert_eq!(memory.octets(Part::Receive, 0, 7), b"3456789");
        window.move_to_front(&mut memory);
        assert_eq!((window.start(), window.len(), window.free()), (0, 6, 14));
        assert_eq!(window.all(&mut memory).unwrap().0, b"456789");
        bring(&mut window, &mut memory, b"ab");
        assert_eq!(window.all(&mut memory).unwrap().0, b"456789ab");
    }

    #[test]
    fn an_empty_window_is_at_the_front() {
        let (mut memory, mut window) = (memory(), Window::new(20, 20));
        bring(&mut window, &mut memory, b"01234");
        let (_, place) = window.all(&mut memory).unwrap();
        window.consume(2);
        assert_eq!((window.start(), window.end(), window.free()), (2, 5, 15));
        window.consume(3);
        assert_eq!((window.start(), window.end(), window.free()), (0, 0, 20));
        assert_eq!(place.read(), b"01234", "what was there is left alone");
        window.move_to_front(&mut memory);
        assert_eq!(window.offer(&mut memory, 100).len(), 20);
    }

    #[test]
    fn a_read_may_end_before_the_window_does() {
        let (mut memory, mut window) = (memory(), Window::new(20, 8));
        bring(&mut window, &mut memory, b"012345");
        let place = window.offer_up_to(&memory, 9).unwrap();
        assert_eq!((place.start(), place.len()), (memory.lend(6, 3).start(), 3));
        assert!(!window.extend(4) && window.extend(3));
        assert_eq!(window.offer_up_to(&memory, 20).unwrap().len(), 8, "no read is longer");
        // What cannot be is refused, or stays inside.
        assert!(window.offer_up_to(&memory, 0).is_none_or(|place| place.len() <= 8));
    }

    #[test]
    fn a_read_brings_no_part_of_a_header_behind_a_frame() {
        let window = Window::new(100, 90);
        for (end_of_frame, end) in [(0, 100), (90, 100), (91, 91), (99, 99), (100, 100), (101, 100)]
        {
            assert_eq!(window.end_of_read(end_of_frame), end, "{end_of_frame}");
        }
    }

    #[test]
    fn what_was_never_lent_is_zeroed_elsewhere() {
        let (memory, mut window) = (memory(), Window::new(20, 8));
        assert!(window.offer_up_to(&memory, 20).is_none() && !window.extend(1));
    }
}
