//! Masking keys, drawn from the system's randomness many at a time.

use zeroize::Zeroize;

use super::config::Masking;
use crate::codec::KEY;
use crate::error::{Error, Result};
use crate::fallible;
use crate::random;

/// Keys per draw.
const KEYS: usize = 64;

/// The keys of one client session. Each is given out once; all are wiped with the session.
#[derive(Debug)]
pub struct KeyPool {
    masking: Masking,
    keys: Vec<[u8; KEY]>,
    generation: u32,
}

impl KeyPool {
    /// A pool that is filled when it is first asked. Later calls need no memory.
    pub fn new(masking: Masking) -> Result<KeyPool> {
        let keys = if masking == Masking::RandomKey { fallible::vec(KEYS)? } else { Vec::new() };
        Ok(KeyPool { masking, keys, generation: 0 })
    }

    /// Whether masking changes what is sent, so that it has to be copied.
    pub fn change_payloads(&self) -> bool {
        self.masking == Masking::RandomKey
    }

    /// The key of the next frame, if it is masked.
    pub fn next(&mut self) -> Result<Option<[u8; KEY]>> {
        Ok(match self.masking {
            Masking::None => None,
            Masking::ZeroKey => Some([0; KEY]),
            Masking::RandomKey => Some(self.draw()?),
        })
    }

    /// A key that was never used before.
    fn draw(&mut self) -> Result<[u8; KEY]> {
        let Some(generation) = random::generation() else { return draw_one() };
        if self.generation != generation {
            // After a fork the keys that are left are also those of the other process.
            self.keys.clear();
        }
        if self.keys.is_empty() {
            let mut fresh = [[0u8; KEY]; KEYS];
            random::fill(fresh.as_flattened_mut())?;
            self.keys.extend_from_slice(&fresh);
            fresh.zeroize();
            self.generation = generation;
        }
        self.keys.pop().ok_or(Error::Randomness)
    }
}

/// A key that no pool held.
fn draw_one() -> Result<[u8; KEY]> {
    let mut key = [0u8; KEY];
    random::fill(&mut key)?;
    Ok(key)
}

impl Drop for KeyPool {
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
        let capacity = pool.keys.capacity();
        let keys: HashSet<_> = (0..1000).map(|_| pool.draw().unwrap()).collect();
        // Among 1000 keys of 32 bits one pair in 8600 runs is equal by chance, two never are.
        assert!(keys.len() >= 999);
        assert_eq!(pool.keys.capacity(), capacity);
    }
}
