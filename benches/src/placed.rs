//! Octets whose place in their pages is known. How source and target of a copy lie in their pages can make
//! it twice as slow, so nobody is measured in one place alone.

use std::ops::{Deref, DerefMut};

use tungstenite::Bytes;

/// One of the places where a source can lie.
#[derive(Clone, Copy, Default)]
pub struct Place(pub usize);

impl Place {
    /// What a step moves the source by: pages, a part of a page and a line of the cache. Few steps are all over
    /// a page already.
    const STEP: usize = 3 * 4096 + 1680;
    /// How many there are.
    pub const COUNT: usize = 8;

    fn shift(self) -> usize {
        self.0 % Place::COUNT * Place::STEP
    }
}

/// Octets among others that nobody looks at, of which there are the same number in every place. Where the heap
/// puts a source and where a target is the heap's affair, and may be the same each time; this moves the one and not
/// the other.
#[derive(Clone, Default)]
pub struct Placed {
    all: Vec<u8>,
    from: usize,
    len: usize,
}

impl Placed {
    pub fn new(octets: &[u8], place: Place) -> Placed {
        let from = place.shift();
        let mut all = vec![0; octets.len() + Place::COUNT * Place::STEP];
        all[from..][..octets.len()].copy_from_slice(octets);
        Placed { all, from, len: octets.len() }
    }

    /// For who wants to share them.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::from(self.all.clone()).slice(self.from..self.from + self.len)
    }
}

impl Deref for Placed {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.all[self.from..][..self.len]
    }
}

impl DerefMut for Placed {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.all[self.from..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_all_over_a_page() {
        let octets = [1, 2, 3];
        let mut places: Vec<usize> = (0..Place::COUNT)
            .map(|place| {
                let placed = Placed::new(&octets, Place(place));
                assert_eq!(
                    (&*placed, &*placed.clone(), &*placed.to_bytes()),
                    (&octets[..], &octets[..], &octets[..])
                );
                assert_eq!(placed.all.len(), Placed::new(&octets, Place(0)).all.len());
                (placed.as_ptr().addr() - placed.all.as_ptr().addr()) % 4096
            })
            .collect();
        places.sort();
        places.dedup();
        assert_eq!((places.len(), places.last()), (Place::COUNT, Some(&3568)));
    }
}
