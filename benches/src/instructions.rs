//! Instructions and allocations a message: callgrind counts a run of so many messages and one of
//! twice as many, and the difference is theirs alone. What is done for the first message only is not
//! counted: a peer measures its clock then, which takes another number of instructions each time.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use crate::contest::{Side, contestants};
use crate::measure::Run;
use crate::placed::Place;
use crate::wire::{Cut, Kind, Shape};
use crate::workloads::{self, ETHERNET, KI, PACKED, Row, Work, rows};

pub struct Count {
    pub row: Row,
    pub name: &'static str,
    pub side: Side,
    pub instructions: f64,
    /// Those of ours alone, without the loop that calls it.
    pub in_library: f64,
    pub allocations: f64,
}

/// The rows that are counted.
fn counted() -> impl Iterator<Item = Row> {
    let receive = |payload, cut| Work::Receive(Shape::new(Kind::Binary, payload, cut));
    let works = [
        receive(16, Cut::Message),
        receive(16, PACKED),
        receive(KI, Cut::Message),
        receive(64 * KI, Cut::Message),
        Work::Receive(Shape::new(Kind::Ascii, 4 * KI, ETHERNET)),
        Work::ClientSend(16),
        Work::ServerSend(16),
        Work::Handshake,
    ];
    rows().into_iter().filter(move |row| works.contains(&row.work))
}

pub fn counts(workloads: &[String], only: &[String]) -> Vec<Count> {
    let wanted =
        |row: &Row| workloads.is_empty() || workloads.iter().any(|one| one == row.workload);
    let mut counts = Vec::new();
    for row in counted().filter(wanted) {
        for one in contestants(&row, only, Place(0)).iter().filter(|one| one.side != Side::Limit) {
            let times = 1000_usize.div_ceil(one.run.messages);
            let [once, twice] = [times, 2 * times].map(|times| run(&row, one.name, times));
            let messages = (times * one.run.messages) as f64;
            let count = Count {
                row,
                name: one.name,
                side: one.side,
                instructions: (twice.instructions - once.instructions) as f64 / messages,
                in_library: (twice.in_library - once.in_library) as f64 / messages,
                allocations: (twice.allocations - once.allocations) as f64 / messages,
            };
            println!(
                "{}: {}: {:.0} instructions, {:.2} allocations",
                row.name(),
                count.name,
                count.instructions,
                count.allocations
            );
            counts.push(count);
        }
    }
    counts
}

/// What runs under callgrind: the work of one.
pub fn child(row: &str, name: &str, times: usize) {
    let mut all = contestants(&workloads::row(row), &[name.to_owned()], Place(0));
    let run = &mut all.first_mut().expect("a participant").run;
    (run.work)(1);
    counted_work(run, times);
}

/// What callgrind looks at.
#[inline(never)]
fn counted_work(run: &mut Run<'_>, times: usize) {
    (run.work)(times);
    // Not to be left by a jump, which callgrind would not see.
    std::hint::black_box(run);
}

#[derive(Debug, PartialEq)]
struct Totals {
    instructions: u64,
    in_library: u64,
    allocations: u64,
}

fn run(row: &Row, name: &str, times: usize) -> Totals {
    let out = std::env::temp_dir().join(format!("websocket-bench.{}", std::process::id()));
    let program = std::env::current_exe().expect("a program");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--toggle-collect=*::counted_work"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(["--child", &row.name(), name, &times.to_string()])
        .output()
        .unwrap_or_else(|error| panic!("valgrind: {error}; scripts/setup bench installs it"));
    assert!(run.status.success(), "valgrind: {}", String::from_utf8_lossy(&run.stderr));
    read(&out)
}

fn read(path: &Path) -> Totals {
    let profile = std::fs::read_to_string(path).expect("callgrind's profile");
    std::fs::remove_file(path).ok();
    totals(&profile)
}

/// Reads a profile: `fn=(3) malloc` names a function, later `cfn=(3)` is a call of it; the line behind
/// says how many, and the one behind that what they cost.
fn totals(profile: &str) -> Totals {
    let mut names = HashMap::new();
    let mut totals = Totals { instructions: 0, in_library: 0, allocations: 0 };
    let mut called = Callee::Other;
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if let Some(function) = line.strip_prefix("cfn=") {
            called = callee(&mut names, function);
        } else if let Some(function) = line.strip_prefix("fn=") {
            callee(&mut names, function);
        } else if let Some(calls) = line.strip_prefix("calls=") {
            let count = calls.split(' ').next().and_then(|count| count.parse::<u64>().ok());
            let cost = lines.next().and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
            match called {
                Callee::Allocation => totals.allocations += count.expect("a number of calls"),
                Callee::Ours => totals.in_library += cost.expect("the cost of calls"),
                Callee::Other => {}
            }
        } else if let Some(total) = line.strip_prefix("totals: ") {
            totals.instructions = total.trim().parse().expect("a number");
        }
    }
    assert!(totals.instructions > 0, "a profile without totals");
    totals
}

/// What a function is for us.
#[derive(Clone, Copy)]
enum Callee {
    Allocation,
    /// One of those of our library that callers see; none calls another.
    Ours,
    Other,
}

fn callee<'p>(names: &mut HashMap<&'p str, Callee>, function: &'p str) -> Callee {
    const ALLOCATIONS: [&str; 6] =
        ["malloc", "calloc", "realloc", "aligned_alloc", "memalign", "posix_memalign"];
    match function.split_once(' ') {
        Some((number, name)) => {
            let callee = if ALLOCATIONS.contains(&name) {
                Callee::Allocation
            } else if name.starts_with("WebSocket") || name.starts_with("Wspc") {
                Callee::Ours
            } else {
                Callee::Other
            };
            names.insert(number, callee);
            callee
        }
        None => names.get(function).copied().unwrap_or(Callee::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_malloc_are_counted() {
        let profile = "fn=(1) main\n16 400\ncfn=(2) malloc\ncalls=3 50\n16 90\n\
                       cfn=(3) free\ncalls=9 50\n16 90\n\nfn=(4) other\ncfn=(2)\ncalls=4 50\n\
                       fn=(2)\n16 3\ncfn=(5) _int_malloc\ncalls=7 1\n16 5\n\
                       cfn=(6) WebSocketSend\ncalls=2 9\n+3 -2 200\ntotals: 1234\n";
        let expected = Totals { instructions: 1234, in_library: 200, allocations: 7 };
        assert_eq!(totals(profile), expected);
    }
}
