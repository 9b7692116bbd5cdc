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

pub struct AtomicU32 {
    existence: Existence,
    inner: ManuallyDrop<loom::sync::atomic::AtomicU32>,
}

impl AtomicU32 {
    pub fn new(value: u32) -> AtomicU32 {
        let inner = ManuallyDrop::new(loom::sync::atomic::AtomicU32::new(value));
        AtomicU32 { existence: Existence::new(), inner }
    }

    pub fn load(&self, order: Ordering) -> u32 {
        self.existence.touch();
        self.inner.load(order)
    }

    pub fn store(&self, value: u32, order: Ordering) {
        self.existence.touch();
        self.inner.store(value, order);
    }

    pub fn swap(&self, value: u32, order: Ordering) -> u32 {
        self.existence.touch();
        self.inner.swap(value, order)
    }

    pub fn fetch_or(&self, value: u32, order: Ordering) -> u32 {
        self.existence.touch();
        self.inner.fetch_or(value, order)
    }

    pub fn compare_exchange(
        &self,
        current: u32,
        new: u32,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u32, u32> {
        self.existence.touch();
        self.inner.compare_exchange(current, new, success, failure)
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
