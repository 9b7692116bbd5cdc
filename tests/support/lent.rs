//! Memory lent to a handle, between two guards and at an odd address.

/// Octets on either side that nobody may touch. Odd, so that the memory between is not aligned,
/// as .NET lends it.
const GUARD: usize = 61;
const UNTOUCHED: u8 = 0xA5;

pub struct Lent {
    whole: *mut [u8],
    len: usize,
}

impl Lent {
    pub fn new(len: usize) -> Lent {
        let whole = vec![UNTOUCHED; len + 2 * GUARD].into_boxed_slice();
        Lent { whole: Box::into_raw(whole), len }
    }

    pub fn start(&self) -> *mut u8 {
        self.whole.cast::<u8>().wrapping_add(GUARD)
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether these octets lie inside.
    pub fn contains(&self, start: *const u8, len: usize) -> bool {
        let (first, start) = (self.start().addr(), start.addr());
        start >= first && start + len <= first + self.len
    }

    fn check_guards(&self) {
        // SAFETY: the memory is alive, and nobody works in the guards.
        let whole = unsafe { &*self.whole };
        let (before, rest) = whole.split_at(GUARD);
        let clean = |guard: &[u8]| guard.iter().all(|&octet| octet == UNTOUCHED);
        assert!(clean(before) && clean(&rest[self.len..]), "written outside the lent memory");
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check_guards();
        }
        // SAFETY: made by `Box::into_raw`; the handle that used it is deleted.
        drop(unsafe { Box::from_raw(self.whole) });
    }
}
