//! Measures the built library beside other people's. `scripts/bench` builds all and runs it.

mod contest;
mod echo;
mod gates;
mod instructions;
mod library;
mod limits;
mod measure;
mod memory;
mod memory_stream;
mod ours;
mod participant;
mod peers;
mod placed;
mod places;
mod plain;
mod plot;
mod report;
mod versions;
mod wire;
mod workloads;

use std::path::PathBuf;

use clap::Parser;

use contest::{contestants, participants};
use measure::{Effort, interleaved};
use placed::Place;
use report::{Figure, Outcome};
use workloads::{Row, WORKLOADS, Work, rows};

/// Measures the library beside others, in memory and over loopback TCP.
#[derive(Parser)]
#[command(name = "scripts/bench")]
struct Options {
    /// What to measure; everything if none is named.
    #[arg(value_name = "WORKLOAD", value_parser = WORKLOADS)]
    workloads: Vec<String>,
    /// Fewer and shorter slices, and fewer connections.
    #[arg(long)]
    quick: bool,
    /// Only these participants, separated by commas.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Says what workloads and participants there are.
    #[arg(long)]
    list: bool,
    /// Counts instructions and allocations a message instead, which takes minutes.
    #[arg(long)]
    instructions: bool,
    /// Where results are written, when all was measured and that not quickly.
    #[arg(long, value_name = "FOLDER", hide = true)]
    results: Option<PathBuf>,
    /// What callgrind runs: row, participant, times.
    #[arg(long, num_args = 3, hide = true)]
    child: Option<Vec<String>>,
    /// What is measured in a process of its own: row, number of the place.
    #[arg(long, num_args = 2, hide = true)]
    place: Option<Vec<String>>,
}

fn main() {
    end_with_the_reader();
    let options = Options::parse();
    if let Some([row, name, times]) = options.child.as_deref() {
        return instructions::child(row, name, times.parse().expect("a number"));
    }
    if let Some([row, place]) = options.place.as_deref() {
        return places::measure(row, place, &options.only, |row| options.effort(row));
    }
    if options.list {
        println!("workloads: {}", WORKLOADS.join(", "));
        let names: Vec<_> = participants().map(|(_, participant)| participant.name).collect();
        println!("participants: {}", names.join(", "));
        return println!("participants of tcp-echo: {}", echo::NAMES.join(", "));
    }
    let outcomes = if options.instructions { Vec::new() } else { measure_all(&options) };
    let counts = if options.instructions || options.is_whole() {
        instructions::counts(&options.workloads, &options.only)
    } else {
        Vec::new()
    };
    let verdicts = gates::verdicts(&outcomes, &counts);
    if !verdicts.is_empty() {
        println!("\n{}", report::verdict_table(&verdicts));
    }
    if let Some(folder) = options.results.as_ref().filter(|_| options.is_whole()) {
        let text = report::markdown(&head(), &outcomes, &counts, &verdicts);
        std::fs::create_dir_all(folder).expect("a folder for the results");
        std::fs::write(folder.join("results.md"), text).expect("room for the results");
        plot::receive_binary(&outcomes, &folder.join("receive-binary.svg")).expect("a plot");
        println!("written to {}", folder.display());
    }
}

impl Options {
    fn is_whole(&self) -> bool {
        !self.quick && !self.instructions && self.workloads.is_empty() && self.only.is_empty()
    }

    fn effort(&self, row: &Row) -> Effort {
        let effort = match (self.quick, row.is_tcp()) {
            (false, false) => Effort::FULL,
            (true, false) => Effort::QUICK,
            (false, true) => Effort::FULL_TCP,
            (true, true) => Effort::QUICK_TCP,
        };
        // The quickest slice of one is compared with that of nine others: each has to have had a good moment.
        let times = if row.work == Work::ServerSendSizes { 5 } else { 1 };
        Effort { rounds: times * effort.rounds, ..effort }
    }

    /// Those that a process needs that measures a place.
    fn for_places(&self) -> Vec<String> {
        let quick = self.quick.then(|| "--quick".to_owned());
        let only = (!self.only.is_empty()).then(|| format!("--only={}", self.only.join(",")));
        quick.into_iter().chain(only).collect()
    }

    fn wants(&self, row: &Row) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|one| one == row.workload)
    }
}

fn measure_all(options: &Options) -> Vec<Outcome> {
    let connections = if options.quick { 10_000 } else { 100_000 };
    let mut outcomes = Vec::new();
    for row in rows().into_iter().filter(|row| options.wants(row)) {
        let effort = options.effort(&row);
        let figures = match row.work {
            Work::Memory => memory::figures(&options.only, connections),
            Work::TcpEcho(_) => measure(&row, &options.only, effort),
            _ => places::figures(&row, effort, &options.for_places()),
        };
        let outcome = Outcome { row, figures };
        println!("{}", report::line(&outcome));
        outcomes.push(outcome);
    }
    outcomes
}

fn measure(row: &Row, only: &[String], effort: Effort) -> Vec<Figure> {
    let mut about = Vec::new();
    let timings = interleaved(effort, || {
        let contestants = contestants(row, only, Place::default());
        about = contestants.iter().map(|one| (one.name, one.side, one.rivals)).collect();
        contestants.into_iter().map(|one| one.run).collect()
    });
    about
        .into_iter()
        .zip(timings)
        .map(|((name, side, rivals), timing)| Figure::timed(name, side, rivals, timing))
        .collect()
}

/// Where the output is a pipe that nobody reads any more, `println!` would panic.
fn end_with_the_reader() {
    // SAFETY: there is only this thread, and no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// What the reader has to know to compare; `scripts/bench` says most of it.
fn head() -> String {
    let said = |name| std::env::var(name).unwrap_or_else(|_| "unknown".into());
    format!(
        "- commit {}, {}\n- processor: {}\n- compilers: {}\n- peers: {}\n- run by `scripts/bench`: \
         interleaved slices, {}; of tcp-echo {}; no flags for a particular processor\n",
        said("BENCH_COMMIT"),
        said("BENCH_DATE"),
        processor(),
        said("BENCH_COMPILERS"),
        versions::peers(),
        slices(Effort::FULL, "processes"),
        slices(Effort::FULL_TCP, "starts of the servers")
    )
}

fn slices(effort: Effort, places: &str) -> String {
    let Effort { places: count, rounds, slice } = effort;
    format!("{} of about {slice:?} each in {count} {places}", rounds * count)
}

fn processor() -> String {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find(|line| line.starts_with("model name"));
    model.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown").to_owned()
}
