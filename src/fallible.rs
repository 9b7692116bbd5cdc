//! The one way to memory: allocations that fail with an error where the standard library
//! would abort the process. `session/memory.rs` has the same for the octets lent to the
//! caller.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};

use crate::error::{OutOfMemory, Result};

/// A vector with room for exactly `capacity` elements.
#[inline(always)]
pub fn vec<T>(capacity: usize) -> Result<Vec<T>, OutOfMemory> {
    #[cfg(test)]
    crate::panics::pass();
    let mut vec = Vec::new();
    vec.try_reserve_exact(capacity).map_err(|_| OutOfMemory)?;
    Ok(vec)
}

/// A value on the heap, behind a pointer as short as that of a box, which cannot be had in a way that can
/// fail.
#[derive(Debug)]
pub struct Alone<T>(Box<[T; 1]>);

impl<T> Alone<T> {
    /// Moves a value to the heap.
    pub fn new(value: T) -> Result<Alone<T>, OutOfMemory> {
        let mut vec = vec(1)?;
        vec.push(value);
        full(vec).try_into().map(Alone).map_err(|_| OutOfMemory)
    }
}

impl<T> Deref for Alone<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let [value] = &*self.0;
        value
    }
}

impl<T> DerefMut for Alone<T> {
    fn deref_mut(&mut self) -> &mut T {
        let [value] = &mut *self.0;
        value
    }
}

/// A vector of which all room is used. Length and capacity are equal, so that this does not
/// allocate again.
#[inline(always)]
pub fn full<T>(vec: Vec<T>) -> Box<[T]> {
    debug_assert_eq!(vec.len(), vec.capacity());
    vec.into_boxed_slice()
}

/// Puts a value at the end of a queue. On failure the queue is as it was.
pub fn push_back<T>(queue: &mut VecDeque<T>, value: T) -> Result<(), OutOfMemory> {
    #[cfg(test)]
    crate::panics::pass();
    queue.try_reserve(1).map_err(|_| OutOfMemory)?;
    queue.push_back(value);
    Ok(())
}
