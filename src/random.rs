//! Randomness of the operating system, and the counter by which a forked child notices that
//! what its parent drew is not its own. The counter is the project's only global: a fork
//! copies every pool of keys, and nothing in the pool itself can tell.

use crate::error::{Error, Result};

/// Fills the slice with unpredictable octets.
pub fn fill(octets: &mut [u8]) -> Result<()> {
    getrandom::fill(octets).map_err(|_| Error::Randomness)
}

/// Changes in a child after each fork. Keep the value beside random octets that are drawn in
/// advance, and draw afresh when it differs. `None`: forks cannot be noticed, for want of memory, so
/// that nothing must be drawn in advance.
#[cfg(unix)]
pub fn generation() -> Option<u32> {
    fork::generation()
}

/// There is no fork here.
#[cfg(not(unix))]
pub fn generation() -> Option<u32> {
    Some(1)
}

#[cfg(unix)]
mod fork {
    use std::sync::atomic::{AtomicU32, Ordering};

    /// 0: the handler is not registered yet.
    static GENERATION: AtomicU32 = AtomicU32::new(0);

    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }

    pub fn generation() -> Option<u32> {
        match GENERATION.load(Ordering::Relaxed) {
            0 => register(),
            generation => Some(generation),
        }
    }

    #[cold]
    fn register() -> Option<u32> {
        // SAFETY: the handler touches an atomic only, which is allowed after a fork. Two threads
        // that register at once make the handler run twice, which is as good as once.
        if unsafe { libc::pthread_atfork(None, None, Some(in_child)) } != 0 {
            return None;
        }
        let _ = GENERATION.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
        Some(GENERATION.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ() {
        let (mut a, mut b) = ([0u8; 16], [0u8; 16]);
        fill(&mut a).unwrap();
        fill(&mut b).unwrap();
        assert_ne!(a, b);
    }

    #[test]
    #[cfg(unix)]
    fn a_fork_changes_the_generation_in_the_child_alone() {
        let before = generation().unwrap();
        // SAFETY: the child only reads an atomic and leaves by `_exit`.
        let status = unsafe {
            let child = libc::fork();
            assert!(child >= 0);
            if child == 0 {
                libc::_exit(i32::from(generation() == Some(before)));
            }
            let mut status = 0;
            libc::waitpid(child, &mut status, 0);
            status
        };
        assert!(libc::WIFEXITED(status));
        assert_eq!(libc::WEXITSTATUS(status), 0);
        assert_eq!(generation(), Some(before));
    }
}
