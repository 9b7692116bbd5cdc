//! The lock of a handle. Nearly always nobody waits: then it costs two locked instructions, in place,
//! where the standard library's also asks twice whether the thread is panicking and once whether
//! another has. It costs none for a thread that comes again and again, which keeps it by a [`Lease`]. Who has to
//! wait sleeps.
//!
//! Whoever takes the lock next may delete the handle at once. So nothing of the lock is touched after
//! it was freed, but for the door where somebody waits, and [`Lock::settle`] waits at the door.

use std::mem;

use super::lease::Lease;
use crate::sync::{
    AtomicU32, Condvar, Mutex, MutexGuard, Ordering, PoisonError, SPINS, UnsafeCell, spin_loop,
};

const FREE: u32 = 0;
/// A bit, so that who tries to take a lock that is held leaves it as it is.
const HELD: u32 = 1;
/// Held, and somebody may sleep.
const AWAITED: u32 = HELD | 2;
/// A bit beside that one: held by a thread that comes in and leaves by its lease.
const LEASED: u32 = 4;

/// What became of [`Lock::begin`].
pub enum Begun<R> {
    Done(R),
    /// Likewise, but the lock is still held, for [`Lock::free_or_keep`].
    DoneHeld(R),
    /// The lock is held, for [`Lock::attempt`] or [`Lock::resume`].
    Held,
    /// Another thread has the lock.
    NotFree,
}

/// A value that one thread looks at at a time.
pub struct Lock<T> {
    state: AtomicU32,
    lease: Lease,
    freed: Condvar,
    /// Held by those who are about to sleep, and by who frees the lock and wakes them.
    door: Mutex<()>,
    value: UnsafeCell<T>,
}

// SAFETY: only who holds the lock gets at the value, and at the turns of the lease.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    #[inline(always)]
    pub fn new(value: T) -> Lock<T> {
        Lock {
            state: AtomicU32::new(FREE),
            lease: Lease::new(),
            freed: Condvar::new(),
            door: Mutex::new(()),
            value: UnsafeCell::new(value),
        }
    }

    /// Lets `look` at the value. If it panics, `mend` makes what it left behind fit for those who come
    /// next; `mend` itself must not panic.
    #[inline(always)]
    pub fn with<R>(&self, look: impl FnOnce(&mut T) -> R, mend: fn(&mut T)) -> R {
        self.take();
        let result = self.look(look, mend);
        self.free();
        result
    }

    /// The first half of [`Lock::with`], for who has little to do and nothing to keep while it waits:
    /// what `look` returns `None` for is left to [`Lock::attempt`] or [`Lock::resume`], with the lock held all
    /// the time.
    #[inline(always)]
    pub fn begin<R>(&self, look: impl FnOnce(&mut T) -> Option<R>, mend: fn(&mut T)) -> Begun<R> {
        if !self.try_take() {
            return Begun::NotFree;
        }
        // SAFETY: this thread has just taken it.
        unsafe { self.attempt(look, mend) }
    }

    /// The same with code of its own for each way in: who came in by a lease leaves by it, and who did not has
    /// none, so that neither has to ask.
    #[inline(always)]
    pub fn begin_either_way<R>(
        &self,
        look: impl FnOnce(&mut T) -> Option<R>,
        mend: fn(&mut T),
    ) -> Begun<R> {
        if self.enter() {
            return self.look_and_free(look, mend, || {
                self.lease.leave();
                true
            });
        }
        if !self.set_held() {
            return Begun::NotFree;
        }
        self.look_and_free(look, mend, || self.try_free())
    }

    /// Tries again to do what is left, in the same way.
    ///
    /// # Safety
    ///
    /// This thread holds the lock, by [`Lock::begin`].
    #[inline(always)]
    pub unsafe fn attempt<R>(
        &self,
        look: impl FnOnce(&mut T) -> Option<R>,
        mend: fn(&mut T),
    ) -> Begun<R> {
        self.look_and_free(look, mend, || self.try_leave() || self.try_free())
    }

    /// With the lock held, which `free` frees if it can and `look` has done all.
    #[inline(always)]
    fn look_and_free<R>(
        &self,
        look: impl FnOnce(&mut T) -> Option<R>,
        mend: fn(&mut T),
        free: impl FnOnce() -> bool,
    ) -> Begun<R> {
        let Some(result) = self.look(look, mend) else { return Begun::Held };
        if free() { Begun::Done(result) } else { Begun::DoneHeld(result) }
    }

    /// The second half.
    ///
    /// # Safety
    ///
    /// This thread holds the lock, by [`Lock::begin`].
    #[inline(always)]
    pub unsafe fn resume<R>(&self, look: impl FnOnce(&mut T) -> R, mend: fn(&mut T)) -> R {
        let result = self.look(look, mend);
        self.free();
        result
    }

    /// With the lock held, which it still is if `look` returns.
    #[inline(always)]
    fn look<R>(&self, look: impl FnOnce(&mut T) -> R, mend: fn(&mut T)) -> R {
        let interrupted = Interrupted { lock: self, mend };
        #[cfg(test)]
        crate::panics::pass();
        // SAFETY: the lock is held until the end of this function, or until `interrupted` is dropped.
        let result = look(unsafe { &mut *self.value.get() });
        #[cfg(test)]
        crate::panics::pass();
        mem::forget(interrupted);
        result
    }

    /// Returns when every call that took the lock before is done with it, and with the lock itself.
    ///
    /// # Safety
    ///
    /// Nobody comes to take it any more, neither now nor later.
    pub unsafe fn settle(&self) {
        // Who freed it in place has touched nothing since.
        if self.state.load(Ordering::Acquire) != FREE {
            self.take();
        }
        // SAFETY: this thread holds the lock, or nobody does nor ever will.
        if unsafe { self.lease.was_asked() } {
            drop(self.door());
        }
    }

    fn door(&self) -> MutexGuard<'_, ()> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a thread has it that may have left.
    #[allow(dead_code, reason = "for tests")]
    pub fn is_leased(&self) -> bool {
        self.state.load(Ordering::Relaxed) & LEASED != 0
    }

    #[inline(always)]
    fn try_take(&self) -> bool {
        self.enter() || self.set_held()
    }

    /// Whether this thread came in by its lease.
    #[inline(always)]
    fn enter(&self) -> bool {
        self.lease.enter(|| self.state.load(Ordering::Relaxed) == HELD | LEASED)
    }

    /// To set a bit takes no register, where to compare and exchange takes two.
    #[inline(always)]
    fn set_held(&self) -> bool {
        self.state.fetch_or(HELD, Ordering::Acquire) & HELD == 0
    }

    #[inline(always)]
    fn take(&self) {
        if !self.try_take() {
            self.wait();
        }
    }

    #[inline(always)]
    fn free(&self) {
        if !self.try_leave() && !self.try_free() {
            // SAFETY: this thread holds the lock.
            unsafe { self.free_or_keep() };
        }
    }

    /// Whether this thread came in by a lease, by which it is outside again then.
    #[inline(always)]
    fn try_leave(&self) -> bool {
        // Nobody changes that before this thread has left.
        let is_leased = Lease::IS_PRESENT && self.state.load(Ordering::Relaxed) & LEASED != 0;
        if is_leased {
            self.lease.leave();
        }
        is_leased
    }

    /// Frees the lock of who did not come in by a lease. False, and the lock stays held, where that is for
    /// [`Lock::free_or_keep`].
    #[inline(always)]
    fn try_free(&self) -> bool {
        let free = || {
            self.state.compare_exchange(HELD, FREE, Ordering::Release, Ordering::Relaxed).is_ok()
        };
        // SAFETY: this thread holds the lock.
        !unsafe { self.lease.is_due() } && free()
    }

    #[cold]
    fn wait(&self) {
        for _ in 0..SPINS {
            // Nobody sleeps, and who holds it is soon done.
            if self.state.load(Ordering::Relaxed) != HELD {
                break;
            }
            spin_loop();
        }
        if self.try_take() {
            return;
        }
        let mut door = self.door();
        loop {
            // Whoever frees it after this, or would keep it, has to pass the door, and so finds us asleep.
            let state = self.state.fetch_or(AWAITED, Ordering::Acquire);
            if state & LEASED != 0 {
                // SAFETY: the door lets one thread at a time come here, and it sees the lease that the last one ended.
                unsafe { self.lease.end() };
                self.state.swap(AWAITED, Ordering::Relaxed);
                return;
            }
            if state & HELD == 0 {
                return;
            }
            door = self.freed.wait(door).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Where somebody may sleep, or where it may be time for a lease: with one the lock stays held, and whoever
    /// comes has to end that.
    ///
    /// # Safety
    ///
    /// This thread holds the lock, and was told to come here by what frees it.
    #[cold]
    pub unsafe fn free_or_keep(&self) {
        let _door = self.door();
        // Always noted first, while the lock is held: `settle` goes by that.
        // SAFETY: this thread holds the lock, and is given what it is to have.
        let keeps = unsafe {
            self.lease.note_who_comes()
                && self.state.load(Ordering::Relaxed) == HELD
                && self.lease.give()
        };
        // To swap and not to store: others may set bits in the meantime, and all changes have one order.
        if keeps {
            self.state.swap(HELD | LEASED, Ordering::Release);
            return;
        }
        self.state.swap(FREE, Ordering::Release);
        self.freed.notify_one();
    }
}

/// Dropped where a panic ends what holds the lock.
struct Interrupted<'l, T> {
    lock: &'l Lock<T>,
    mend: fn(&mut T),
}

impl<T> Drop for Interrupted<'_, T> {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: the lock is still held.
        (self.mend)(unsafe { &mut *self.lock.value.get() });
        self.lock.free();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::thread;

    fn add(number: &mut usize, may_wait: bool) {
        let seen = *number;
        if may_wait {
            thread::yield_now();
        }
        *number = seen + 1;
    }

    /// Adds two in two halves; in one go where the lock is not free.
    fn add_twice(lock: &Lock<usize>, may_wait: bool) {
        let first = |number: &mut usize| {
            add(number, may_wait);
            None::<()>
        };
        match lock.begin(first, |_| {}) {
            // SAFETY: this thread has just begun.
            Begun::Held => unsafe { lock.resume(|number| add(number, may_wait), |_| {}) },
            Begun::NotFree => (0..2).for_each(|_| lock.with(|number| add(number, false), |_| {})),
            Begun::Done(()) | Begun::DoneHeld(()) => unreachable!(),
        }
    }

    /// Adds two in one half, likewise.
    fn add_two(lock: &Lock<usize>, may_wait: bool) {
        let both = |number: &mut usize| {
            (0..2).for_each(|_| add(number, may_wait));
            Some(*number)
        };
        match lock.begin_either_way(both, |_| {}) {
            Begun::Done(_) => {}
            // SAFETY: this thread has just begun.
            Begun::DoneHeld(_) => unsafe { lock.free_or_keep() },
            Begun::NotFree => assert!(lock.with(both, |_| {}).is_some()),
            Begun::Held => unreachable!(),
        }
    }

    #[test]
    fn threads_come_one_at_a_time_and_none_sleeps_for_ever() {
        // Miri interprets.
        const ROUNDS: usize = if cfg!(miri) { 100 } else { 10_000 };
        let lock = Arc::new(Lock::new(0usize));
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let lock = Arc::clone(&lock);
                thread::spawn(move || {
                    for round in 0..ROUNDS {
                        let may_wait = round % 50 == 0;
                        match thread % 3 {
                            0 => add_twice(&lock, may_wait),
                            1 => add_two(&lock, may_wait),
                            _ => lock
                                .with(|number| (0..2).for_each(|_| add(number, may_wait)), |_| {}),
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(lock.with(|number| *number, |_| {}), 8 * ROUNDS);
    }

    #[test]
    fn a_lock_that_is_free_is_settled_as_it_is_and_one_that_is_held_is_waited_for() {
        let lock = Lock::new(());
        lock.with(|()| (), |()| {});
        // SAFETY: nobody else is here, and what comes later asks for nothing but the state.
        unsafe { lock.settle() };
        assert_eq!(lock.state.load(Ordering::Relaxed), FREE);
        let lock = Lock::new(0);
        thread::scope(|scope| {
            assert!(matches!(lock.begin(|_| None::<()>, |_| {}), Begun::Held));
            // SAFETY: this thread has begun, and nobody else comes.
            scope.spawn(|| unsafe { lock.settle() });
            // Until it waits: the lock has to be awaited then.
            while lock.state.load(Ordering::Relaxed) != AWAITED {
                thread::yield_now();
            }
            // SAFETY: this thread has begun.
            unsafe { lock.resume(|number| *number = 1, |_| {}) };
        });
        assert_eq!(lock.state.load(Ordering::Relaxed), AWAITED);
    }

    #[test]
    fn what_a_panic_leaves_behind_is_mended_and_free() {
        let lock = Lock::new(1);
        let panics = || lock.with(|_| panic!("on purpose"), |number| *number = 7);
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert_eq!(lock.with(|number| *number, |_| {}), 7);
    }

    #[test]
    fn what_is_done_while_somebody_waits_is_freed_behind_it() {
        for either_way in [false, true] {
            let lock = Lock::new(0);
            thread::scope(|scope| {
                let begins = |number: &mut i32| {
                    let waits = || lock.with(|number| *number += 1, |_| {});
                    scope.spawn(waits);
                    while lock.state.load(Ordering::Relaxed) != AWAITED {
                        thread::yield_now();
                    }
                    *number += 1;
                    Some(*number)
                };
                let begun = if either_way {
                    lock.begin_either_way(begins, |_| {})
                } else {
                    lock.begin(begins, |_| {})
                };
                assert!(matches!(begun, Begun::DoneHeld(1)));
                // SAFETY: this thread has begun.
                unsafe { lock.free_or_keep() };
            });
            assert_eq!(lock.with(|number| *number, |_| {}), 2);
        }
    }

    #[test]
    fn a_panic_in_either_half_leaves_it_mended_and_free() {
        for either_way in [false, true] {
            let lock = Lock::new(1);
            let begins = || {
                let look = |_: &mut i32| -> Option<()> { panic!("on purpose") };
                let mend = |number: &mut i32| *number = 7;
                if either_way { lock.begin_either_way(look, mend) } else { lock.begin(look, mend) }
            };
            assert!(catch_unwind(AssertUnwindSafe(begins)).is_err());
            assert!(matches!(lock.begin(|number| Some(*number), |_| {}), Begun::Done(7)));
            assert!(matches!(lock.begin(|_| None::<()>, |_| {}), Begun::Held));
            // SAFETY: this thread has just begun.
            let resumes = || unsafe { lock.resume(|_| panic!("on purpose"), |number| *number = 8) };
            assert!(catch_unwind(AssertUnwindSafe(resumes)).is_err());
            assert_eq!(lock.with(|number| *number, |_| {}), 8);
        }
    }
}
