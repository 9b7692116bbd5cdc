//! shuttle's types: a thread may be changed for another wherever one of them is touched.

pub use std::cell::UnsafeCell;
pub use std::sync::PoisonError;

pub use shuttle::hint::spin_loop;
pub use shuttle::sync::atomic::{AtomicU32, Ordering};
pub use shuttle::sync::{Condvar, Mutex, MutexGuard};

/// Every look is a chance to be changed, and the first ones show what all do.
pub const SPINS: usize = 2;
