//! What threads wait by, in a library for helgrind: it knows the order that pthreads' functions
//! bring about, and has to be told of the one that the lock's own atomic numbers do.

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

/// What a lease needs besides. Helgrind is run where there are leases.
pub mod lease {
    pub use super::AtomicUsize;
    pub use crate::ffi::lease::barrier as fence;

    /// Few, as the programs are short here.
    pub const fn patience() -> u32 {
        4
    }
}

/// The standard library's, and helgrind hears of it.
///
/// Where it lies is told with the first use, not with `new`, from which it is moved.
macro_rules! atomic {
    ($name:ident, $number:ty) => {
        pub struct $name(atomic::$name);

        impl $name {
            pub fn new(value: $number) -> $name {
                $name(atomic::$name::new(value))
            }

            pub fn load(&self, order: Ordering) -> $number {
                begin(self.0.as_ptr());
                let value = self.0.load(order);
                after(self.0.as_ptr(), order);
                value
            }

            pub fn store(&self, value: $number, order: Ordering) {
                before(self.0.as_ptr(), order);
                self.0.store(value, order);
            }

            pub fn swap(&self, value: $number, order: Ordering) -> $number {
                before(self.0.as_ptr(), order);
                let old = self.0.swap(value, order);
                after(self.0.as_ptr(), order);
                old
            }

            pub fn fetch_or(&self, value: $number, order: Ordering) -> $number {
                before(self.0.as_ptr(), order);
                let old = self.0.fetch_or(value, order);
                after(self.0.as_ptr(), order);
                old
            }

            pub fn compare_exchange(
                &self,
                current: $number,
                new: $number,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$number, $number> {
                // One that fails writes nothing, so that nothing comes before what others see. Where somebody waits,
                // nobody but the holder changes that, so that the look before it is right.
                if self.load(Ordering::Relaxed) == current {
                    before(self.0.as_ptr(), success);
                }
                let result = self.0.compare_exchange(current, new, success, failure);
                after(self.0.as_ptr(), if result.is_ok() { success } else { failure });
                result
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: it is told of octets that are there, and looks at none of them.
                unsafe { order_end(self.0.as_ptr().cast(), size_of::<$number>()) };
            }
        }
    };
}

atomic!(AtomicU32, u32);
atomic!(AtomicUsize, usize);

fn begin<N>(place: *const N) {
    // SAFETY: as above.
    unsafe { order_begin(place.cast(), size_of::<N>()) };
}

/// What this thread did comes before what others do who see what it is about to write.
fn before<N>(place: *const N, order: Ordering) {
    begin(place);
    if matches!(order, Ordering::Release | Ordering::AcqRel | Ordering::SeqCst) {
        // SAFETY: as above.
        unsafe { order_before(place.cast()) };
    }
}

/// What this thread does comes after what they did who wrote what it has just seen.
fn after<N>(place: *const N, order: Ordering) {
    if matches!(order, Ordering::Acquire | Ordering::AcqRel | Ordering::SeqCst) {
        // SAFETY: as above.
        unsafe { order_after(place.cast()) };
    }
}
