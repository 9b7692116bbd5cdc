//! How often the receive path writes an octet, counted where it does; in tests alone.

#[cfg(test)]
pub use counter::{add, take};

#[cfg(test)]
mod counter {
    use std::cell::Cell;

    std::thread_local! {
        static WRITTEN: Cell<u64> = const { Cell::new(0) };
    }

    /// So many octets were written.
    pub fn add(octets: usize) {
        WRITTEN.set(WRITTEN.get() + octets as u64);
    }

    /// What was counted in this thread since the last call.
    pub fn take() -> u64 {
        WRITTEN.replace(0)
    }
}
