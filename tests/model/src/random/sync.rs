//! shuttle's types: a thread may be changed for another wherever one of them is touched.

pub use std::cell::UnsafeCell;
pub use std::sync::PoisonError;

pub use shuttle::hint::spin_loop;
pub use shuttle::sync::atomic::{AtomicU32, Ordering};
pub use shuttle::sync::{Condvar, Mutex, MutexGuard};

/// Every look is a chance to be changed, and the first ones show what all do.
pub const SPINS: usize = 2;

/// What a lease needs besides.
pub mod lease {
    pub use shuttle::sync::atomic::AtomicUsize;

    /// A lease is given early, so that there is one at times.
    pub fn patience() -> u32 {
        2
    }

    /// What the system does for both sides: nothing here, where all see the same at once.
    pub mod fence {
        pub fn this_thread() -> usize {
            2 + 2 * usize::from(shuttle::thread::current().id())
        }

        pub fn is_this_thread(thread: usize) -> bool {
            thread == this_thread()
        }

        pub fn light() {}

        pub fn heavy() {}

        pub fn register() -> bool {
            true
        }

        pub fn pause() {
            shuttle::thread::yield_now();
        }
    }
}
