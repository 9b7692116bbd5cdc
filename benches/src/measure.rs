//! Interleaved slices of time: whatever else the machine does meets all contestants alike.

use std::time::{Duration, Instant};

use crate::placed::Place;

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Effort {
    /// How often the contestants are made anew, elsewhere: see `places.rs`.
    pub places: usize,
    /// Slices of each contestant in each place.
    pub rounds: usize,
    pub slice: Duration,
}

impl Effort {
    pub const FULL: Effort =
        Effort { places: Place::COUNT, rounds: 6, slice: Duration::from_micros(1500) };
    pub const QUICK: Effort = Effort { places: 3, rounds: 3, slice: Duration::from_micros(1000) };
    /// Two processes and the system between them are less steady than a function.
    pub const FULL_TCP: Effort = Effort { places: 3, rounds: 6, slice: Duration::from_millis(20) };
    pub const QUICK_TCP: Effort = Effort { places: 1, rounds: 5, slice: Duration::from_millis(10) };
}

/// Nanoseconds a message.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub min: f64,
    pub median: f64,
}

/// What is timed: does its work so many times over; each time is so many messages.
pub struct Run<'r> {
    pub work: Box<dyn FnMut(usize) + 'r>,
    pub messages: usize,
}

impl Run<'_> {
    fn time(&mut self, times: usize) -> Duration {
        let begin = Instant::now();
        (self.work)(times);
        begin.elapsed()
    }

    /// How often a slice has to repeat the work; warms up on the way.
    fn times(&mut self, slice: Duration) -> usize {
        let mut times = 1;
        loop {
            let taken = self.time(times);
            if taken * 2 >= slice {
                let again = slice.as_secs_f64() / taken.as_secs_f64() * times as f64;
                return (again as usize).max(1);
            }
            times *= 2;
        }
    }
}

/// One timing for each of the runs that `make` gives, each time anew, in order.
pub fn interleaved<'r>(effort: Effort, mut make: impl FnMut() -> Vec<Run<'r>>) -> Vec<Timing> {
    let mut slices: Vec<Vec<f64>> = Vec::new();
    for _ in 0..effort.places {
        let mut runs = make();
        slices.resize(runs.len(), Vec::new());
        for (all, new) in slices.iter_mut().zip(in_one_place(&mut runs, effort)) {
            all.extend(new);
        }
    }
    slices.into_iter().map(timing).collect()
}

/// The slices of each of the runs, in order.
pub fn in_one_place(runs: &mut [Run<'_>], effort: Effort) -> Vec<Vec<f64>> {
    let times: Vec<usize> = runs.iter_mut().map(|run| run.times(effort.slice)).collect();
    let mut slices = vec![Vec::with_capacity(effort.rounds); runs.len()];
    for round in 0..effort.rounds {
        for turn in 0..runs.len() {
            let index = (round + turn) % runs.len();
            // So that nobody pays for what the one before left in the caches.
            (runs[index].work)(1);
            let taken = runs[index].time(times[index]).as_nanos() as f64;
            slices[index].push(taken / (times[index] * runs[index].messages) as f64);
        }
    }
    slices
}

pub fn timing(mut slices: Vec<f64>) -> Timing {
    slices.sort_by(f64::total_cmp);
    Timing { min: slices[0], median: slices[slices.len() / 2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_run_takes_longer() {
        let sleep = |length| Run {
            work: Box::new(move |times| {
                (0..times).for_each(|_| std::thread::sleep(Duration::from_micros(length)));
            }),
            messages: 2,
        };
        let effort = Effort { places: 2, rounds: 2, slice: Duration::from_millis(1) };
        let timings = interleaved(effort, || vec![sleep(200), sleep(2000)]);
        assert!(timings[0].min >= 100_000.0 && timings[1].min >= 1_000_000.0);
        assert!(timings[0].min <= timings[0].median);
        assert!(timings[0].min < timings[1].min);
    }

    #[test]
    fn minimum_and_median() {
        let timing = timing(vec![3.0, 1.0, 9.0, 4.0, 5.0]);
        assert_eq!((timing.min, timing.median), (1.0, 4.0));
    }
}
