//! What threads wait by. The model in `tests/model` puts other types in their place, by which it tries
//! every order in which threads can come.

pub use std::cell::UnsafeCell;
pub use std::hint::spin_loop;
pub use std::sync::atomic::{AtomicU32, Ordering};
pub use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Looks at a lock before one sleeps: as many as the standard library takes.
pub const SPINS: usize = 100;
