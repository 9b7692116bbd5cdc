//! Each place in a process of its own. The system puts programs, heap and stack elsewhere each time, and
//! that alone can cost a call some 15 %: branches that share an entry of the processor's tables, a stack that lies
//! like the heap in its pages. Servers are processes of their own anyway.

use std::process::{Command, Stdio};

use crate::contest::{Contestant, contestants, named};
use crate::measure::{Effort, in_one_place, timing};
use crate::placed::Place;
use crate::report::Figure;
use crate::workloads::{self, Row};

/// One figure for each contestant of a row, in order. `options`: those of this program that the other
/// processes need as well.
pub fn figures(row: &Row, effort: Effort, options: &[String]) -> Vec<Figure> {
    let mut all: Vec<Slices> = Vec::new();
    for place in 0..effort.places {
        let here = in_a_process(row, place, options);
        if all.is_empty() {
            all = here;
        } else {
            assert!(all.len() == here.len(), "others take part in place {place}");
            for (all, here) in all.iter_mut().zip(here) {
                assert!(all.name == here.name, "others take part in place {place}");
                all.slices.extend(here.slices);
            }
        }
    }
    all.into_iter().map(Slices::figure).collect()
}

fn in_a_process(row: &Row, place: usize, options: &[String]) -> Vec<Slices> {
    let output = Command::new(std::env::current_exe().expect("a program"))
        .args(["--place", &row.name(), &place.to_string()])
        .args(options)
        .stderr(Stdio::inherit())
        .output()
        .expect("a process");
    assert!(output.status.success(), "{} was not measured: {}", row.name(), output.status);
    String::from_utf8(output.stdout).expect("text").lines().map(Slices::read).collect()
}

/// What such a process does: measures, and says what it measured.
pub fn measure(row: &str, place: &str, only: &[String], effort: impl Fn(&Row) -> Effort) {
    let row = workloads::row(row);
    let contestants = contestants(&row, only, Place(place.parse().expect("a number")));
    let about = contestants.iter().map(|one| (one.name, one.rivals)).collect::<Vec<_>>();
    let mut runs = contestants.into_iter().map(|Contestant { run, .. }| run).collect::<Vec<_>>();
    for ((name, rivals), slices) in about.into_iter().zip(in_one_place(&mut runs, effort(&row))) {
        println!("{}", Slices { name: name.to_owned(), rivals, slices }.line());
    }
}

/// What was measured of a contestant, in nanoseconds a message.
#[derive(Debug, PartialEq)]
struct Slices {
    name: String,
    rivals: bool,
    slices: Vec<f64>,
}

impl Slices {
    fn line(&self) -> String {
        let slices: Vec<_> = self.slices.iter().map(f64::to_string).collect();
        format!("{}\t{} {}", self.name, self.rivals, slices.join(" "))
    }

    fn read(line: &str) -> Slices {
        let (name, rest) = line.split_once('\t').expect("a name");
        let mut words = rest.split(' ');
        let rivals = words.next().and_then(|word| word.parse().ok()).expect("true or false");
        let slices = words.map(|slice| slice.parse().expect("a number")).collect();
        Slices { name: name.to_owned(), rivals, slices }
    }

    fn figure(self) -> Figure {
        let (side, name) = named(&self.name).expect("one of the contestants");
        Figure::timed(name, side, self.rivals, timing(self.slices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::Side;

    #[test]
    fn what_is_said_is_understood() {
        let slices = Slices { name: "wslay".into(), rivals: true, slices: vec![1.5, 0.25, 1e9] };
        assert_eq!(Slices::read(&slices.line()), slices);
        let figure = slices.figure();
        assert_eq!((figure.name, figure.min, figure.median), ("wslay", 0.25, 1.5));
        assert!(figure.side == Side::Peer && figure.rivals);
        let slices = Slices { name: "1 KiB".into(), rivals: false, slices: vec![2.0] };
        assert_eq!(Slices::read(&slices.line()), slices);
        assert_eq!(slices.figure().name, "1 KiB");
    }
}
