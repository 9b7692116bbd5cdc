//! What threads wait by. The model in `tests/model` puts other types in their place, by which it tries
//! every order in which threads can come.

pub use std::cell::UnsafeCell;
pub use std::hint::spin_loop;
pub use std::sync::atomic::{AtomicU32, Ordering};
pub use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a lease needs besides.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_pointer_width = "64", not(miri)))]
pub mod lease {
    pub use std::sync::atomic::AtomicUsize;

    pub use crate::ffi::lease::barrier as fence;

    /// Calls of a thread before it may get a lease: it is worth some twenty, and to end it some hundred.
    pub const fn patience() -> u32 {
        64
    }
}

/// Looks at a lock before one sleeps: as many as the standard library takes.
pub const SPINS: usize = 100;
