//! Octets whose place in their pages is known. How source and target of a copy lie in their pages can make
//! it twice as slow, so nobody is measured in one place alone.

use std::ops::{Deref, DerefMut};

use tungstenite::Bytes;

/// One of the places where a source can lie.
#[derive(Clone, Copy, Default)]
pub struct Place(pub usize);

impl Place {
    /// How far the source is moved: by pages, parts of a page and lines of the cache.
    fn shift(self) -> usize {
        self.0 * (3 * 4096 + 560)
    }
}

/// Octets behind others that nobody looks at. Where the heap puts a source and where a target is the heap's
/// affair, and may be the same each time; this moves the one and not the other.
#[derive(Clone, Default)]
pub struct Placed {
    all: Vec<u8>,
    from: usize,
}

impl Placed {
    pub fn new(octets: &[u8], place: Place) -> Placed {
        let from = place.shift();
        let mut all = vec![0; from];
        all.extend_from_slice(octets);
        Placed { all, from }
    }

    /// For who wants to share them.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::from(self.all.clone()).slice(self.from..)
    }
}

impl Deref for Placed {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.all[self.from..]
    }
}

impl DerefMut for Placed {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.all[self.from..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_all_over_a_page() {
        let octets = [1, 2, 3];
        let mut places: Vec<usize> = (0..8)
            .map(|place| {
                let placed = Placed::new(&octets, Place(place));
                assert_eq!(
                    (&*placed, &*placed.clone(), &*placed.to_bytes()),
                    (&octets[..], &octets[..], &octets[..])
                );
                (placed.as_ptr().addr() - placed.all.as_ptr().addr()) % 4096
            })
            .collect();
        places.sort();
        places.dedup();
        assert_eq!((places.len(), places.last()), (8, Some(&3920)));
    }
}
