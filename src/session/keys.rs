//! Masking keys, drawn from the system's randomness many at a time.

use zeroize::Zeroize;

use super::config::Masking;
use crate::codec::KEY;
use crate::error::{OutOfMemory, Result};
use crate::fallible::Alone;
use crate::random;

/// Keys per draw: as many as a pool of 512 octets holds.
const KEYS: usize = 124;

/// How the frames of a session are masked.
#[derive(Debug)]
pub enum KeyPool {
    /// Not at all.
    None,
    /// By a key that changes nothing.
    ZeroKey,
    /// By a fresh key each. On the heap, so that others are as small as they are without.
    Random(Alone<Pool>),
}

/// The keys of one client session. Each is given out once; all are wiped with the session.
#[derive(Debug)]
pub struct Pool {
    keys: [[u8; KEY]; KEYS],
    /// So many of them were not given out.
    left: usize,
    generation: u32,
}

impl KeyPool {
    /// A pool that is filled when it is first asked. Later calls need no memory.
    pub fn new(masking: Masking) -> Result<KeyPool, OutOfMemory> {
        Ok(match masking {
            Masking::None => KeyPool::None,
            Masking::ZeroKey => KeyPool::ZeroKey,
            Masking::RandomKey => {
                let pool = Pool { keys: [[0; KEY]; KEYS], left: 0, generation: 0 };
                KeyPool::Random(Alone::new(pool)?)
            }
        })
    }

    /// Whether masking changes what is sent, so that it has to be copied.
    pub fn change_payloads(&self) -> bool {
        matches!(self, KeyPool::Random(_))
    }

    /// The key of the next frame, if it is masked.
    pub fn next(&mut self) -> Result<Option<[u8; KEY]>> {
        Ok(match self {
            KeyPool::None => None,
            KeyPool::ZeroKey => Some([0; KEY]),
            KeyPool::Random(pool) => Some(pool.draw()?),
        })
    }
}

impl Pool {
    /// A key that was never used before.
    #[inline(always)]
    pub fn draw(&mut self) -> Result<[u8; KEY]> {
        let Some(generation) = random::generation() else { return draw_one() };
        // After a fork the keys that are left are also those of the other process.
        if self.left == 0 || self.generation != generation {
            self.left = 0;
            random::fill(self.keys.as_flattened_mut())?;
            (self.left, self.generation) = (KEYS, generation);
        }
        self.left -= 1;
        Ok(self.keys[self.left])
    }
}

/// A key that no pool held.
fn draw_one() -> Result<[u8; KEY]> {
    let mut key = [0u8; KEY];
    random::fill(&mut key)?;
    Ok(key)
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.keys.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn keys_do_not_repeat() {
        let mut pool = KeyPool::new(Masking::RandomKey).unwrap();
        let keys: HashSet<_> = (0..1000).map(|_| pool.next().unwrap().unwrap()).collect();
        // Among 1000 keys of 32 bits one pair in 8600 runs is equal by chance, two never are.
        assert!(keys.len() >= 999);
        assert!(size_of::<Pool>() <= 512);
    }

    #[test]
    fn a_pool_of_another_process_is_thrown_away() {
        let generation = random::generation().unwrap();
        let mut pool = Pool { keys: [[1; KEY]; KEYS], left: 2, generation };
        assert_eq!((pool.draw(), pool.left), (Ok([1; KEY]), 1));
        assert_eq!((pool.draw(), pool.left), (Ok([1; KEY]), 0));
        assert_ne!((pool.draw(), pool.left), (Ok([1; KEY]), 0));
        assert_eq!(pool.left, KEYS - 1);
        let mut pool = Pool { keys: [[1; KEY]; KEYS], left: 2, generation: generation + 1 };
        // One in 2^32 runs draws it by chance.
        assert_ne!(pool.draw(), Ok([1; KEY]));
        assert_eq!((pool.left, pool.generation), (KEYS - 1, generation));
    }

    #[test]
    fn a_key_without_a_pool_is_random_too() {
        let keys: HashSet<_> = (0..100).map(|_| draw_one().unwrap()).collect();
        assert!(keys.len() >= 99);
    }

    #[test]
    fn only_random_keys_change_payloads() {
        for (masking, key, changes) in
            [(Masking::None, None, false), (Masking::ZeroKey, Some([0; KEY]), false)]
        {
            let mut pool = KeyPool::new(masking).unwrap();
            assert_eq!((pool.next(), pool.change_payloads()), (Ok(key), changes));
        }
        assert!(KeyPool::new(Masking::RandomKey).unwrap().change_payloads());
    }
}
