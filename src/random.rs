//! Randomness of the operating system, numbers that only have to differ, and the counter by which
//! a forked child notices that what its parent drew is not its own. The project's only globals are
//! here: that counter, because a fork copies every pool of keys and nothing in the pool itself can
//! tell, and the place in the sequence of numbers, because asking the system costs more than all
//! the rest of a handshake's end.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};

/// Fills the slice with unpredictable octets.
pub fn fill(octets: &mut [u8]) -> Result<()> {
    #[cfg(test)]
    crate::panics::pass();
    getrandom::fill(octets).map_err(|_| Error::Randomness)
}

/// Where the sequence of [`scattered`] is. 0: it has not begun.
static SCATTERED: AtomicUsize = AtomicUsize::new(0);
/// Odd, so that the sequence has every number once: 2^64 divided by the golden ratio.
const STRIDE: usize = 0x9E37_79B9_7F4A_7C15_u64 as usize;

/// A number that is far from those of earlier calls and differs from run to run. It is no secret.
pub fn scattered() -> Result<usize> {
    if SCATTERED.load(Ordering::Relaxed) == 0 {
        begin_sequence()?;
    }
    Ok(mixed(SCATTERED.fetch_add(STRIDE, Ordering::Relaxed)))
}

#[cold]
fn begin_sequence() -> Result<()> {
    let mut start = [0u8; size_of::<usize>()];
    fill(&mut start)?;
    let start = usize::from_ne_bytes(start).max(1);
    // Another thread's start is as good.
    let _ = SCATTERED.compare_exchange(0, start, Ordering::Relaxed, Ordering::Relaxed);
    Ok(())
}

/// Numbers that differ a little become numbers that differ in half of their bits (the last step
/// of the generator SplitMix64).
fn mixed(number: usize) -> usize {
    let mut mixed = number as u64;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ mixed >> 31) as usize
}

/// Changes in a child after each fork. Keep the value beside random octets that are drawn in
/// advance, and draw afresh when it differs. `None`: forks cannot be noticed, for want of memory, so
/// that nothing must be drawn in advance.
#[cfg(all(unix, not(miri)))]
pub fn generation() -> Option<u32> {
    fork::generation()
}

/// There is no fork here, and none in Miri.
#[cfg(any(not(unix), miri))]
pub fn generation() -> Option<u32> {
    Some(1)
}

#[cfg(all(unix, not(miri)))]
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
    fn scattered_numbers_differ_in_many_bits() {
        let numbers: Vec<usize> = (0..100).map(|_| scattered().unwrap()).collect();
        for (i, a) in numbers.iter().enumerate() {
            for b in &numbers[i + 1..] {
                assert!((a ^ b).count_ones() >= 2, "{a:x} {b:x}");
            }
        }
    }

    #[test]
    #[cfg(all(unix, not(miri)))]
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
