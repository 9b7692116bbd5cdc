//! What threads wait by, in a library for helgrind: it knows the order that pthreads' functions
//! bring about, and has to be told of the one that the lock's own atomic number does.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::sync::atomic;

pub use std::cell::UnsafeCell;
pub use std::hint::spin_loop;
pub use std::sync::atomic::Ordering;
pub use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Few looks: under valgrind one thread runs at a time.
pub const SPINS: usize = 2;

// In `order.c`, for helgrind's requests are macros of C.
unsafe extern "C" {
    fn order_begin(object: *const c_void, len: usize);
    fn order_end(object: *const c_void, len: usize);
    fn order_before(object: *const c_void);
    fn order_after(object: *const c_void);
}

/// The standard library's, and helgrind hears of it.
///
/// Where it lies is told with the first use, not with [`AtomicU32::new`], from which it is moved.
pub struct AtomicU32(atomic::AtomicU32);

impl AtomicU32 {
    pub fn new(value: u32) -> AtomicU32 {
        AtomicU32(atomic::AtomicU32::new(value))
    }

    pub fn load(&self, order: Ordering) -> u32 {
        self.begin();
        let value = self.0.load(order);
        self.after(order);
        value
    }

    pub fn store(&self, value: u32, order: Ordering) {
        self.before(order);
        self.0.store(value, order);
    }

    pub fn swap(&self, value: u32, order: Ordering) -> u32 {
        self.before(order);
        let old = self.0.swap(value, order);
        self.after(order);
        old
    }

    pub fn fetch_or(&self, value: u32, order: Ordering) -> u32 {
        self.before(order);
        let old = self.0.fetch_or(value, order);
        self.after(order);
        old
    }

    pub fn compare_exchange(
        &self,
        current: u32,
        new: u32,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u32, u32> {
        // One that fails writes nothing, so that nothing comes before what others see. Where somebody waits,
        // nobody but the holder changes that, so that the look before it is right.
        if self.load(Ordering::Relaxed) == current {
            self.before(success);
        }
        let result = self.0.compare_exchange(current, new, success, failure);
        self.after(if result.is_ok() { success } else { failure });
        result
    }

    fn place(&self) -> *const c_void {
        self.0.as_ptr().cast()
    }

    fn begin(&self) {
        // SAFETY: it is told of octets that are there, and looks at none of them.
        unsafe { order_begin(self.place(), size_of::<u32>()) };
    }

    /// What this thread did comes before what others do who see what it is about to write.
    fn before(&self, order: Ordering) {
        self.begin();
        if matches!(order, Ordering::Release | Ordering::AcqRel | Ordering::SeqCst) {
            // SAFETY: as above.
            unsafe { order_before(self.place()) };
        }
    }

    /// What this thread does comes after what they did who wrote what it has just seen.
    fn after(&self, order: Ordering) {
        if matches!(order, Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst) {
            // SAFETY: as above.
            unsafe { order_after(self.place()) };
        }
    }
}

impl Drop for AtomicU32 {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { order_end(self.place(), size_of::<u32>()) };
    }
}
