//! loom's types, each with the knowledge whether it still exists: who touches one after it was dropped,
//! or as it is, has made a fault, which loom finds by the order of both.

use std::mem::ManuallyDrop;
use std::sync::LockResult;
pub use std::sync::PoisonError;

pub use loom::hint::spin_loop;
pub use loom::sync::atomic::Ordering;

/// Every look is one more branch, and the first shows what all do.
pub const SPINS: usize = 1;

/// Read by whoever touches its owner, and written to as that is dropped.
struct Existence(loom::cell::UnsafeCell<()>);

impl Existence {
    fn new() -> Existence {
        Existence(loom::cell::UnsafeCell::new(()))
    }

    fn touch(&self) {
        self.0.with(|_| ());
    }
}

impl Drop for Existence {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.0.with_mut(|_| ());
        }
    }
}

macro_rules! atomic {
    ($name:ident, $number:ty) => {
        pub struct $name {
            existence: Existence,
            inner: ManuallyDrop<loom::sync::atomic::$name>,
        }

        impl $name {
            pub fn new(value: $number) -> $name {
                let inner = ManuallyDrop::new(loom::sync::atomic::$name::new(value));
                $name { existence: Existence::new(), inner }
            }

            pub fn load(&self, order: Ordering) -> $number {
                self.existence.touch();
                self.inner.load(order)
            }

            pub fn store(&self, value: $number, order: Ordering) {
                self.existence.touch();
                self.inner.store(value, order);
            }

            pub fn swap(&self, value: $number, order: Ordering) -> $number {
                self.existence.touch();
                self.inner.swap(value, order)
            }

            pub fn fetch_or(&self, value: $number, order: Ordering) -> $number {
                self.existence.touch();
                self.inner.fetch_or(value, order)
            }

            pub fn compare_exchange(
                &self,
                current: $number,
                new: $number,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$number, $number> {
                self.existence.touch();
                self.inner.compare_exchange(current, new, success, failure)
            }
        }
    };
}

atomic!(AtomicU32, u32);
atomic!(AtomicUsize, usize);

/// What a lease needs besides.
pub mod lease {
    /// Set by the model: a lease is given early, so that short programs have one, or to nobody.
    pub static PATIENCE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);

    pub use super::AtomicUsize;

    pub fn patience() -> u32 {
        PATIENCE.load(super::Ordering::Relaxed)
    }

    /// A fence on each side, for what the system does for both. It gives each side more than the light one promises:
    /// that a key is put back with release order even where there is no lease any more is not seen to be needed here.
    pub mod fence {
        use std::sync::atomic::{AtomicUsize, Ordering};

        loom::thread_local! {
            static NUMBER: usize = 2 * NUMBERS.fetch_add(1, Ordering::Relaxed);
        }
        static NUMBERS: AtomicUsize = AtomicUsize::new(1);

        pub fn this_thread() -> usize {
            NUMBER.with(|number| *number)
        }

        pub fn is_this_thread(thread: usize) -> bool {
            thread == this_thread()
        }

        pub fn light() {
            loom::sync::atomic::fence(Ordering::SeqCst);
        }

        pub fn heavy() {
            light();
        }

        pub fn register() -> bool {
            true
        }

        pub fn pause() {
            loom::thread::yield_now();
        }
    }
}

pub struct Mutex<T> {
    existence: Existence,
    inner: ManuallyDrop<loom::sync::Mutex<T>>,
}

pub struct MutexGuard<'m, T> {
    existence: &'m Existence,
    inner: Option<loom::sync::MutexGuard<'m, T>>,
}

impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T> {
        let inner = ManuallyDrop::new(loom::sync::Mutex::new(value));
        Mutex { existence: Existence::new(), inner }
    }

    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.existence.touch();
        let inner = Some(self.inner.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(MutexGuard { existence: &self.existence, inner })
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if self.inner.is_some() && !std::thread::panicking() {
            self.existence.touch();
        }
    }
}

pub struct Condvar {
    existence: Existence,
    inner: ManuallyDrop<loom::sync::Condvar>,
}

impl Condvar {
    pub fn new() -> Condvar {
        let inner = ManuallyDrop::new(loom::sync::Condvar::new());
        Condvar { existence: Existence::new(), inner }
    }

    pub fn wait<'m, T>(&self, mut guard: MutexGuard<'m, T>) -> LockResult<MutexGuard<'m, T>> {
        self.existence.touch();
        guard.existence.touch();
        let existence = guard.existence;
        let inner = guard.inner.take().expect("a guard that is held");
        let inner = self.inner.wait(inner).unwrap_or_else(PoisonError::into_inner);
        Ok(MutexGuard { existence, inner: Some(inner) })
    }

    pub fn notify_one(&self) {
        self.existence.touch();
        self.inner.notify_one();
    }
}

/// Whoever asks where the value is will write to it.
pub struct UnsafeCell<T> {
    written: loom::cell::UnsafeCell<()>,
    inner: std::cell::UnsafeCell<T>,
}

impl<T> UnsafeCell<T> {
    pub fn new(value: T) -> UnsafeCell<T> {
        let inner = std::cell::UnsafeCell::new(value);
        UnsafeCell { written: loom::cell::UnsafeCell::new(()), inner }
    }

    pub fn get(&self) -> *mut T {
        self.written.with_mut(|_| ());
        self.inner.get()
    }
}
