//! A thread that comes to a lock again and again keeps it, until another one comes: where the system has the
//! means for that, and locked instructions cost most.
//!
//! Who has the lease says that it is inside, and then looks whether it still has the lease; who takes it away
//! says so, and then looks whether somebody is inside. One of the two has to see the other, for which each
//! needs a fence between. Here the system makes one for both: see `barrier.rs`.

pub mod barrier;

use crate::sync::lease::{AtomicUsize, fence, patience};
use crate::sync::{Ordering, SPINS, UnsafeCell, spin_loop};

/// Set where the thread has never had it, but may get it.
const CANDIDATE: usize = 1;

pub struct Lease {
    /// 0: nobody has come yet, or the thread that has the lease is inside, or tries to be: it takes the key with it.
    /// A thread with [`CANDIDATE`]: who came last, so far without a lease. A thread: the one whose lease it is, and
    /// it is outside. Once there was a lease, nobody else ever writes to this, and nobody else gets one: that thread
    /// may be just about to take the key, however long ago the lease was ended, and then finds that it was. One that
    /// begins where that one has ended may have its number, and then its lease.
    key: AtomicUsize,
    turns: UnsafeCell<Turns>,
}

/// For who holds the lock.
struct Turns {
    /// How many more calls without a lease until it is looked who comes.
    left: u32,
    /// As many as that is from then on.
    patience: u32,
    /// Whether there was a lease: the thread is known for ever then.
    was_given: bool,
    /// Whether it was ever to be noted who comes.
    was_asked: bool,
}

impl Lease {
    pub const IS_PRESENT: bool = true;

    #[inline(always)]
    pub fn new() -> Lease {
        let patience = patience();
        let turns = Turns { left: patience, patience, was_given: false, was_asked: false };
        Lease { key: AtomicUsize::new(0), turns: UnsafeCell::new(turns) }
    }

    /// Whether this thread came in by it. `holds` tells whether there is one at the time. A signal's handler that
    /// asks in the midst of a call of the same thread does not, and waits for ever, as for any lock.
    #[inline(always)]
    pub fn enter(&self, holds: impl FnOnce() -> bool) -> bool {
        let key = self.key.load(Ordering::Relaxed);
        if !fence::is_this_thread(key) {
            return false;
        }
        self.key.store(0, Ordering::Relaxed);
        fence::light();
        if holds() {
            return true;
        }
        self.key.store(fence::this_thread(), Ordering::Release);
        false
    }

    /// For who came in by it. Nothing is touched after that.
    #[inline(always)]
    pub fn leave(&self) {
        self.key.store(fence::this_thread(), Ordering::Release);
    }

    /// Whether it is time to look who comes. Asked once by each that leaves without it.
    ///
    /// # Safety
    ///
    /// This thread holds the lock.
    #[inline(always)]
    pub unsafe fn is_due(&self) -> bool {
        // SAFETY: as the caller promises, nobody else is here.
        let turns = unsafe { &mut *self.turns.get() };
        turns.left = turns.left.wrapping_sub(1);
        turns.left == 0
    }

    /// Where it is due, notes who comes; returns whether this thread is to have it, as it came the last time, too.
    ///
    /// # Safety
    ///
    /// As of [`Lease::is_due`].
    pub unsafe fn note_who_comes(&self) -> bool {
        // SAFETY: as the caller promises, nobody else is here.
        let turns = unsafe { &mut *self.turns.get() };
        turns.was_asked = true;
        if turns.left != 0 {
            return false;
        }
        turns.left = turns.patience;
        let (key, me) = (self.key.load(Ordering::Relaxed), fence::this_thread());
        if turns.was_given {
            return key == me;
        }
        self.key.store(me | CANDIDATE, Ordering::Relaxed);
        key == me | CANDIDATE
    }

    /// Whether [`Lease::note_who_comes`] was ever called.
    ///
    /// # Safety
    ///
    /// This thread holds the lock, or nobody does nor ever will.
    #[inline(always)]
    pub unsafe fn was_asked(&self) -> bool {
        // SAFETY: as the caller promises, nobody else is here.
        unsafe { (*self.turns.get()).was_asked }
    }

    /// Gives it to this thread. False where the system does not allow for it; it is hardly asked again then.
    ///
    /// # Safety
    ///
    /// As of [`Lease::is_due`]; and this thread is to have it.
    pub unsafe fn give(&self) -> bool {
        // SAFETY: as the caller promises, nobody else is here.
        let turns = unsafe { &mut *self.turns.get() };
        if !fence::register() {
            (turns.left, turns.patience) = (u32::MAX, u32::MAX);
            return false;
        }
        turns.was_given = true;
        self.key.store(fence::this_thread(), Ordering::Relaxed);
        true
    }

    /// Returns when nobody is inside by a lease that does not hold any more: the lock is this thread's then. The
    /// next one is given later, so that a handle that several threads use is soon done with it.
    ///
    /// # Safety
    ///
    /// There is a lease, and this thread alone ends it.
    pub unsafe fn end(&self) {
        fence::heavy();
        let mut looks = 0;
        while self.key.load(Ordering::Acquire) == 0 {
            looks += 1;
            if looks < SPINS {
                spin_loop();
            } else {
                fence::pause();
            }
        }
        // SAFETY: whoever had the lease is outside and finds that it is over; nobody else has come in.
        let turns = unsafe { &mut *self.turns.get() };
        turns.patience = turns.patience.saturating_mul(2);
        turns.left = turns.patience;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::super::lock::Lock;
    use super::*;

    fn call(lock: &Lock<usize>) {
        lock.with(
            |number| {
                let seen = *number;
                std::hint::black_box(&number);
                *number = seen + 1;
            },
            |_| {},
        );
    }

    /// Calls until a thread that is alone has a lease that was ended so often.
    fn calls(ended: u32) -> u32 {
        assert!(fence::register(), "membarrier(2) is not there, or not allowed");
        if ended == 0 { 2 * patience() } else { patience() << ended }
    }

    fn leased() -> Lock<usize> {
        let lock = Lock::new(0);
        (1..calls(0)).for_each(|_| call(&lock));
        assert!(!lock.is_leased());
        call(&lock);
        assert!(lock.is_leased());
        lock
    }

    #[test]
    fn it_is_known_whether_it_was_noted_who_comes() {
        let lease = Lease::new();
        // SAFETY: nobody else is here.
        unsafe {
            assert!(!lease.was_asked());
            lease.note_who_comes();
            assert!(lease.was_asked());
        }
    }

    /// Row *lock-lease* of docs/compatibility.md.
    #[test]
    fn whoever_comes_again_has_it_until_another_one_comes() {
        let lock = leased();
        for ended in 1..4 {
            (0..100).for_each(|_| call(&lock));
            assert!(lock.is_leased());
            thread::scope(|scope| scope.spawn(|| call(&lock)).join()).unwrap();
            assert!(!lock.is_leased());
            (2..calls(ended)).for_each(|_| call(&lock));
            assert!(!lock.is_leased());
            call(&lock);
            assert!(lock.is_leased());
        }
    }

    #[test]
    fn nobody_else_gets_it() {
        let lock = leased();
        let often = || (0..10_000).for_each(|_| call(&lock));
        thread::scope(|scope| scope.spawn(often).join()).unwrap();
        assert!(!lock.is_leased());
        assert_eq!(lock.with(|number| *number, |_| {}), calls(0) as usize + 10_000);
    }

    /// One is inside most of the time, and in the midst of that another one comes.
    #[test]
    fn who_has_it_is_alone_inside() {
        for round in 0..1000 {
            let lock = leased();
            let (begun, over) = (AtomicBool::new(false), AtomicBool::new(false));
            let other = || {
                while !begun.load(Ordering::Relaxed) {
                    spin_loop();
                }
                (0..round % 100).for_each(|_| spin_loop());
                call(&lock);
                over.store(true, Ordering::Relaxed);
            };
            let mut calls_here = calls(0) as usize;
            thread::scope(|scope| {
                scope.spawn(other);
                while !over.load(Ordering::Relaxed) {
                    call(&lock);
                    calls_here += 1;
                    begun.store(true, Ordering::Relaxed);
                }
            });
            assert_eq!(lock.with(|number| *number, |_| {}), calls_here + 1);
        }
    }

    #[test]
    fn a_panic_inside_ends_the_call_and_not_the_lease() {
        let lock = leased();
        let panics = || lock.with(|_| panic!("on purpose"), |number| *number = 7);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert!(lock.is_leased());
        thread::scope(|scope| scope.spawn(|| call(&lock)).join()).unwrap();
        assert_eq!(lock.with(|number| *number, |_| {}), 8);
    }
}
