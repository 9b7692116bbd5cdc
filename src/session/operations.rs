//! Queued operations.

use std::collections::VecDeque;

use crate::error::Result;
use crate::fallible;

/// Operations in the order in which they came. The first has its place here, so that who queues one at a
/// time needs no memory for it.
#[derive(Debug)]
pub struct Operations<T> {
    first: Option<T>,
    /// Empty if there is no first.
    others: VecDeque<T>,
}

impl<T> Operations<T> {
    pub fn new() -> Operations<T> {
        Operations { first: None, others: VecDeque::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Puts one at the end. On failure all is as it was.
    pub fn push(&mut self, operation: T) -> Result<()> {
        if self.first.is_some() {
            return fallible::push_back(&mut self.others, operation);
        }
        self.first = Some(operation);
        Ok(())
    }

    pub fn first(&self) -> Option<&T> {
        self.first.as_ref()
    }

    /// Takes the first off.
    pub fn pop(&mut self) {
        self.first = if self.others.is_empty() { None } else { self.others.pop_front() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_come_out_in_order_and_the_first_takes_no_memory() {
        let mut operations = Operations::new();
        assert!(operations.is_empty());
        operations.push(0).unwrap();
        assert_eq!(operations.others.capacity(), 0);
        (1..100).for_each(|number| operations.push(number).unwrap());
        for number in 0..100 {
            assert_eq!(operations.first(), Some(&number));
            operations.pop();
            operations.push(number + 100).unwrap();
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
