//! The lock of a handle.

use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::lock::{Begun, Lock};

/// A number that only one thread at a time may look at; loom fails where two do.
pub struct Number(loom::cell::UnsafeCell<usize>);

// SAFETY: loom's threads are one.
unsafe impl Send for Number {}

impl Number {
    fn add(&self) -> usize {
        // SAFETY: who has the lock is alone here, which is what is to be shown.
        self.0.with_mut(|number| unsafe {
            *number += 1;
            *number
        })
    }

    fn get(&self) -> usize {
        // SAFETY: likewise.
        self.0.with(|number| unsafe { *number })
    }
}

/// A lock that is dropped by hand. Its memory stays, so that a late look at it is seen, not undefined.
pub struct Handle(UnsafeCell<ManuallyDrop<Lock<Number>>>);

// SAFETY: loom's threads are one.
unsafe impl Send for Handle {}
// SAFETY: likewise.
unsafe impl Sync for Handle {}

impl Handle {
    pub fn new() -> Arc<Handle> {
        let lock = Lock::new(Number(loom::cell::UnsafeCell::new(0)));
        Arc::new(Handle(UnsafeCell::new(ManuallyDrop::new(lock))))
    }

    pub fn lock(&self) -> &Lock<Number> {
        // SAFETY: the memory stays.
        unsafe { &*self.0.get() }
    }

    pub fn add(&self) {
        self.lock().with(
            |number| {
                number.add();
                thread::yield_now();
                number.add();
            },
            |_| {},
        );
    }

    /// Adds as much in two halves, in one go where the lock is not free. `resumes`: the second one by what always
    /// frees the lock.
    pub fn add_in_halves(&self, resumes: bool) {
        let first = |number: &mut Number| {
            number.add();
            None::<()>
        };
        match self.lock().begin(first, |_| {}) {
            Begun::Held => {
                thread::yield_now();
                // SAFETY: this thread has just begun.
                unsafe {
                    assert!(matches!(self.lock().attempt(|_| None::<()>, |_| {}), Begun::Held));
                    if resumes {
                        self.lock().resume(second, |_| {});
                    } else {
                        let second = |number: &mut Number| Some(second(number));
                        self.done(self.lock().attempt(second, |_| {}));
                    }
                }
            }
            Begun::NotFree => self.add(),
            Begun::Done(()) | Begun::DoneHeld(()) => unreachable!(),
        }
    }

    /// Adds as much in the first half alone, likewise.
    pub fn add_in_one_half(&self) {
        let both = |number: &mut Number| {
            number.add();
            thread::yield_now();
            number.add();
            Some(())
        };
        match self.lock().begin_either_way(both, |_| {}) {
            Begun::NotFree => self.add(),
            // SAFETY: this thread has just begun.
            begun => unsafe { self.done(begun) },
        }
    }

    /// Frees the lock where that is left to do.
    ///
    /// # Safety
    ///
    /// This thread has begun, and this is what it was told.
    unsafe fn done(&self, begun: Begun<()>) {
        match begun {
            Begun::Done(()) => {}
            // SAFETY: as the caller promises.
            Begun::DoneHeld(()) => unsafe { self.lock().free_or_keep() },
            Begun::Held | Begun::NotFree => unreachable!(),
        }
    }

    pub fn number(&self) -> usize {
        self.lock().with(|number| number.get(), |_| {})
    }

    /// As `ffi::handle::delete` does.
    pub fn delete(&self) {
        // SAFETY: once, by one thread, and nobody comes later.
        unsafe {
            self.lock().settle();
            ManuallyDrop::drop(&mut *self.0.get());
        }
    }
}

/// When all are done.
pub fn over(handle: &Handle, threads: Vec<thread::JoinHandle<()>>, number: usize) {
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(handle.number(), number);
    handle.delete();
}

/// Whoever finds that all calls have seen to their work deletes the handle, though they may not have
/// seen to the lock yet.
pub fn deleted_at(number: usize, handle: &Handle, threads: Vec<thread::JoinHandle<()>>) {
    let done = (0..2).any(|_| handle.number() == number);
    delete_and_join(done, handle, threads);
}

/// Deletes the handle before the threads have ended if their work is done, and otherwise behind them.
fn delete_and_join(done: bool, handle: &Handle, threads: Vec<thread::JoinHandle<()>>) {
    if done {
        handle.delete();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    if !done {
        handle.delete();
    }
}

fn adders(threads: usize, times: usize) {
    let handle = Handle::new();
    let others = (1..threads).map(|_| adder(&handle, times)).collect();
    (0..times).for_each(|_| handle.add());
    over(&handle, others, 2 * threads * times);
}

pub fn adder(handle: &Arc<Handle>, times: usize) -> thread::JoinHandle<()> {
    caller(handle, times, Handle::add)
}

/// A thread that does that so often.
fn caller(
    handle: &Arc<Handle>,
    times: usize,
    call: impl Fn(&Handle) + 'static,
) -> thread::JoinHandle<()> {
    let handle = Arc::clone(handle);
    thread::spawn(move || (0..times).for_each(|_| call(&handle)))
}

pub fn two_threads_twice() {
    adders(2, 2);
}

pub fn three_threads() {
    adders(3, 1);
}

fn deleted_behind(others: usize) {
    let handle = Handle::new();
    let threads = (0..others).map(|_| adder(&handle, 1)).collect();
    deleted_at(2 * others, &handle, threads);
}

pub fn deleted_behind_one() {
    deleted_behind(1);
}

pub fn deleted_behind_two() {
    deleted_behind(2);
}

/// The same where nobody asks the lock: the work is seen to be done while its lock is still held.
pub fn deleted_behind_work() {
    deleted_behind_work_of(1, Handle::new());
}

/// The work of another thread's last call.
pub fn deleted_behind_work_of(calls: usize, handle: Arc<Handle>) {
    let done = Arc::new(AtomicBool::new(false));
    let other = {
        let (handle, done) = (Arc::clone(&handle), Arc::clone(&done));
        let work = move |number: &mut Number| {
            number.add();
            done.store(true, Ordering::Release);
        };
        // Nobody yields here, which would hide orders.
        let add = |number: &mut Number| _ = number.add();
        thread::spawn(move || {
            (1..calls).for_each(|_| handle.lock().with(add, |_| {}));
            handle.lock().with(work, |_| {});
        })
    };
    delete_and_join(done.load(Ordering::Acquire), &handle, vec![other]);
}

pub fn a_panic() {
    let handle = Handle::new();
    let other = adder(&handle, 1);
    let panics = || {
        let mend = |number: &mut Number| {
            number.add();
        };
        handle.lock().with(|_| std::panic::panic_any("on purpose"), mend)
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert!(handle.number() >= 1);
    other.join().unwrap();
    assert_eq!(handle.number(), 3);
    handle.delete();
}

/// The second half, behind a first one that added one: nobody was between, as all others add two.
fn second(number: &mut Number) {
    assert_eq!(number.get() % 2, 1);
    number.add();
}

pub fn halver(handle: &Arc<Handle>, resumes: bool) -> thread::JoinHandle<()> {
    caller(handle, 1, move |handle| handle.add_in_halves(resumes))
}

pub fn one_halver(handle: &Arc<Handle>, times: usize) -> thread::JoinHandle<()> {
    caller(handle, times, Handle::add_in_one_half)
}

/// Threads that wait for one that holds it between the halves are woken, and see both halves or none.
fn halves(halvers: usize, adders: usize, resumes: bool) {
    let handle = Handle::new();
    let mut threads: Vec<_> = (0..halvers).map(|_| halver(&handle, resumes)).collect();
    threads.extend((1..adders).map(|_| adder(&handle, 1)));
    handle.add();
    over(&handle, threads, 2 * (halvers + adders));
}

pub fn halves_beside_one() {
    halves(1, 1, true);
}

pub fn halves_beside_two() {
    halves(1, 2, true);
}

pub fn two_in_halves() {
    halves(2, 1, true);
}

pub fn attempts_beside_one() {
    halves(1, 1, false);
}

pub fn attempts_beside_two() {
    halves(1, 2, false);
}

pub fn one_half_beside_one() {
    let handle = Handle::new();
    let other = one_halver(&handle, 1);
    handle.add();
    over(&handle, vec![other], 4);
}

pub fn one_half_beside_two() {
    let handle = Handle::new();
    let others = vec![one_halver(&handle, 1), adder(&handle, 1)];
    handle.add_in_one_half();
    over(&handle, others, 6);
}

pub fn deleted_behind_halves() {
    let handle = Handle::new();
    let threads = vec![halver(&handle, true)];
    deleted_at(2, &handle, threads);
}

pub fn deleted_behind_attempts() {
    let handle = Handle::new();
    let threads = vec![halver(&handle, false)];
    deleted_at(2, &handle, threads);
}

pub fn deleted_behind_one_half() {
    let handle = Handle::new();
    let threads = vec![one_halver(&handle, 1)];
    deleted_at(2, &handle, threads);
}

pub fn mend(number: &mut Number) {
    number.add();
}

pub fn a_panic_in_the_first_half() {
    let handle = Handle::new();
    let other = adder(&handle, 1);
    let panics = || {
        let look = |_: &mut Number| -> Option<()> { std::panic::panic_any("on purpose") };
        matches!(handle.lock().begin(look, mend), Begun::NotFree)
    };
    // Where it is not free there is nothing to panic about.
    let mended = catch_unwind(AssertUnwindSafe(panics)).is_err();
    other.join().unwrap();
    assert_eq!(handle.number(), 2 + usize::from(mended));
    handle.delete();
}

pub fn a_panic_in_the_second_half() {
    let handle = Handle::new();
    let other = adder(&handle, 1);
    let held = matches!(handle.lock().begin(|_| None::<()>, |_| {}), Begun::Held);
    if held {
        // SAFETY: this thread has just begun.
        let panics = || unsafe {
            handle.lock().resume(|_| std::panic::panic_any("on purpose"), mend);
        };
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    }
    other.join().unwrap();
    assert_eq!(handle.number(), 2 + usize::from(held));
    handle.delete();
}
