//! Places where tests let the library panic; in tests alone.

#[cfg(test)]
pub use places::{arm, disarm, pass};

#[cfg(test)]
mod places {
    use std::cell::Cell;
    use std::panic::Location;

    std::thread_local! {
        /// So many places are passed before one panics; 0: none does.
        static LEFT: Cell<usize> = const { Cell::new(0) };
        /// So many places of the lock's were passed.
        static LOCKED: Cell<usize> = const { Cell::new(0) };
    }

    /// The n-th place that this thread comes to from now on panics, once.
    pub fn arm(nth: usize) {
        LEFT.set(nth);
        LOCKED.set(0);
    }

    /// None panics any more. How many are left of those that `arm` named, and how many of the lock's were
    /// passed.
    pub fn disarm() -> (usize, usize) {
        (LEFT.replace(0), LOCKED.get())
    }

    /// One of the places.
    #[track_caller]
    pub fn pass() {
        let left = LEFT.get();
        if left > 0 {
            LEFT.set(left - 1);
            if Location::caller().file().ends_with("lock.rs") {
                LOCKED.set(LOCKED.get() + 1);
            }
            assert!(left != 1, "on purpose");
        }
    }
}
