//! Queued operations.

use std::collections::VecDeque;

use crate::error::Result;
use crate::fallible::{self, Alone};

/// Operations in the order in which they came. The first has its place here, so that who queues one at a
/// time needs no memory for it.
#[derive(Debug)]
pub struct Operations<T> {
    first: Option<T>,
    /// Made for the first that has to wait; empty if there is no first.
    others: Option<Alone<VecDeque<T>>>,
}

impl<T> Operations<T> {
    pub fn new() -> Operations<T> {
        Operations { first: None, others: None }
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Puts one at the end. On failure all is as it was. It is made where it goes.
    #[inline(always)]
    pub fn push(&mut self, make: impl FnOnce() -> T) -> Result<()> {
        if self.first.is_some() {
            return self.push_behind(make());
        }
        self.first = Some(make());
        Ok(())
    }

    /// Puts one where there is none; otherwise it is false, and nothing is changed.
    #[inline(always)]
    pub fn set_first(&mut self, operation: T) -> bool {
        let is_free = self.first.is_none();
        if is_free {
            self.first = Some(operation);
        }
        is_free
    }

    #[cold]
    fn push_behind(&mut self, operation: T) -> Result<()> {
        let others = match &mut self.others {
            Some(others) => others,
            none => none.insert(Alone::new(VecDeque::new())?),
        };
        Ok(fallible::push_back(others, operation)?)
    }

    #[inline(always)]
    pub fn first(&self) -> Option<&T> {
        self.first.as_ref()
    }

    /// Whether one was ever behind another.
    #[inline(always)]
    pub fn had_others(&self) -> bool {
        self.others.is_some()
    }

    /// The first, where no other was ever behind it.
    #[inline(always)]
    pub fn only(&self) -> Option<&T> {
        if self.others.is_some() { None } else { self.first() }
    }

    /// Takes the first off.
    #[inline(always)]
    pub fn pop(&mut self) {
        match &mut self.others {
            None => self.first = None,
            Some(others) => self.first = others.pop_front(),
        }
    }

    /// The same where [`Operations::only`] is some.
    #[inline(always)]
    pub fn pop_only(&mut self) {
        debug_assert!(self.only().is_some());
        self.first = None;
    }

    /// The same where there is no other; otherwise it is false, and nothing is changed.
    #[inline(always)]
    pub fn pop_last(&mut self) -> bool {
        let is_last = self.others.as_ref().is_none_or(|others| others.is_empty());
        if is_last {
            self.first = None;
        }
        is_last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_come_out_in_order_and_the_first_takes_no_memory() {
        let mut operations = Operations::new();
        assert!(operations.is_empty());
        operations.push(|| 0).unwrap();
        assert!(operations.others.is_none());
        (1..100).for_each(|number| operations.push(|| number).unwrap());
        for number in 0..100 {
            assert_eq!(operations.first(), Some(&number));
            operations.pop();
            operations.push(|| number + 100).unwrap();
        }
        for number in 100..200 {
            assert!(!operations.is_empty());
            assert_eq!(operations.first(), Some(&number));
            operations.pop();
        }
        assert!(operations.is_empty());
        operations.pop();
        assert_eq!(operations.first(), None);
    }
}
