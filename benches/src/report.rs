//! Tables, on the terminal and as Markdown.

use std::fmt::Write;

use crate::contest::{Side, participants};
use crate::echo;
use crate::gates::Verdict;
use crate::instructions::Count;
use crate::measure::Timing;
use crate::memory;
use crate::workloads::{Row, WORKLOADS, Work};

/// What one of them took in a row.
#[derive(Clone, Debug)]
pub struct Figure {
    pub name: &'static str,
    pub side: Side,
    pub rivals: bool,
    pub min: f64,
    pub median: f64,
}

impl Figure {
    pub fn timed(name: &'static str, side: Side, rivals: bool, timing: Timing) -> Figure {
        Figure { name, side, rivals, min: timing.min, median: timing.median }
    }

    /// One that is always the same.
    pub fn of(name: &'static str, side: Side, number: f64) -> Figure {
        Figure { name, side, rivals: side == Side::Peer, min: number, median: number }
    }
}

/// A row, measured.
pub struct Outcome {
    pub row: Row,
    pub figures: Vec<Figure>,
}

/// A row as it comes out, for who waits.
pub fn line(outcome: &Outcome) -> String {
    let mut line = format!("{} ({}):", outcome.row.name(), outcome.row.unit());
    for figure in &outcome.figures {
        let note = if figure.side == Side::Peer && !figure.rivals { "*" } else { "" };
        let _ = write!(line, " {}{note} {}", figure.name, number(figure.min));
        if outcome.row.is_tcp() {
            let _ = write!(line, " ({}/s)", number(a_second(figure.min)));
        }
        line.push(';');
    }
    line
}

/// The whole report. `head` says when, where and how.
pub fn markdown(
    head: &str,
    outcomes: &[Outcome],
    counts: &[Count],
    verdicts: &[Verdict],
) -> String {
    let mut text = format!("# Results of scripts/bench\n\n{head}\n");
    for workload in WORKLOADS {
        let of_it: Vec<_> = outcomes.iter().filter(|one| one.row.workload == workload).collect();
        let Some(first) = of_it.first() else { continue };
        let _ = write!(text, "\n## {workload}\n\n");
        text += match first.row.work {
            Work::Memory => memory::ABOUT,
            Work::TcpEcho(_) => echo::ABOUT,
            _ => "Nanoseconds a message: minimum / median. *: does not check what we check.\n\n",
        };
        text += &table(&of_it, |nanoseconds| nanoseconds);
        if first.row.is_tcp() {
            text += "\nMessages a second, in the fastest slice / the median one.\n\n";
            text += &table(&of_it, a_second);
        }
    }
    if !counts.is_empty() {
        text += "\n## Instructions and allocations a message\n\n| | who | instructions | \
                 of these in our library | allocations |\n|---|---|---|---|---|\n";
        for count in counts {
            let (name, who) = (count.row.name(), count.name);
            let instructions = number(count.instructions);
            let ours = match count.side {
                Side::Ours => number(count.in_library),
                _ => String::new(),
            };
            let allocations = count.allocations;
            let _ =
                writeln!(text, "| {name} | {who} | {instructions} | {ours} | {allocations:.2} |");
        }
    }
    text + "\n## What must come out\n\n" + &verdict_table(verdicts)
}

fn a_second(nanoseconds: f64) -> f64 {
    1e9 / nanoseconds
}

/// A column for each participant that has a figure in any of these rows.
fn table(outcomes: &[&Outcome], convert: fn(f64) -> f64) -> String {
    let mut names: Vec<&str> = Vec::new();
    let order = participants().map(|(_, one)| one.name);
    let found = outcomes.iter().flat_map(|outcome| outcome.figures.iter().map(|one| one.name));
    for name in order.chain(found.clone()) {
        if !names.contains(&name) && found.clone().any(|one| one == name) {
            names.push(name);
        }
    }
    let mut text = format!("| | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for outcome in outcomes {
        let _ = write!(text, "| {} |", outcome.row.label());
        for name in &names {
            let figure = outcome.figures.iter().find(|figure| figure.name == *name);
            let _ =
                write!(text, " {} |", figure.map_or(String::new(), |figure| cell(figure, convert)));
        }
        text.push('\n');
    }
    text
}

fn cell(figure: &Figure, convert: fn(f64) -> f64) -> String {
    let note = if figure.side == Side::Peer && !figure.rivals { "*" } else { "" };
    if figure.min == figure.median {
        return format!("{}{note}", number(convert(figure.min)));
    }
    format!("{} / {}{note}", number(convert(figure.min)), number(convert(figure.median)))
}

pub fn verdict_table(verdicts: &[Verdict]) -> String {
    let mut text = String::from("| path | ours | to | gate | stretch |\n|---|---|---|---|---|\n");
    for verdict in verdicts {
        let number = if verdict.unit == " ×" {
            format!("{:.2}", verdict.number)
        } else {
            number(verdict.number)
        };
        let _ = writeln!(
            text,
            "| {} | {number}{} | {} | {} | {} |",
            verdict.path,
            verdict.unit,
            verdict.to,
            verdict.judgement(verdict.gate),
            verdict.judgement(verdict.stretch)
        );
    }
    text
}

/// Three digits or more: "8.25", "33.1", "1,420".
pub fn number(number: f64) -> String {
    if number < 10.0 {
        return format!("{number:.2}");
    }
    if number < 100.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads::Load;

    #[test]
    fn numbers_are_short() {
        let numbers = [1.234, 33.14, 100.4, 1420.0, 1_234_567.0].map(number);
        assert_eq!(numbers, ["1.23", "33.1", "100", "1,420", "1,234,567"]);
    }

    #[test]
    fn echoes_are_counted_a_second_too() {
        let load = Load { connections: 64, payload: 16 };
        let row = Row { workload: "tcp-echo", work: Work::TcpEcho(load) };
        let ours = Figure { name: "ours", side: Side::Ours, rivals: false, min: 4e3, median: 5e3 };
        let outcomes = [Outcome { row, figures: vec![ours] }];
        assert_eq!(
            line(&outcomes[0]),
            "tcp-echo 64 connections, 16 B (ns): ours 4,000 (250,000/s);"
        );
        let text = markdown("", &outcomes, &[], &[]);
        assert!(text.contains("\n## tcp-echo\n\nNanoseconds a message"), "{text}");
        assert!(
            text.contains("\n\n| | ours |\n|---|---|\n| 64 connections, 16 B | 4,000 / 5,000 |\n")
        );
        assert!(text.contains("\n\nMessages a second"));
        assert!(text.contains("| 64 connections, 16 B | 250,000 / 200,000 |\n\n## What"), "{text}");
    }

    #[test]
    fn a_table_has_a_column_for_each() {
        let row = Row { workload: "server-send", work: Work::ServerSend(16) };
        let figures = vec![
            Figure { name: "x", side: Side::Peer, rivals: false, min: 2.0, median: 3.0 },
            Figure::of("ours", Side::Ours, 1.0),
        ];
        let outcome = Outcome { row, figures };
        let text = table(&[&outcome], |number| number);
        assert_eq!(text, "| | ours | x |\n|---|---|---|\n| 16 B | 1.00 | 2.00 / 3.00* |\n");
        let text = table(&[&outcome], |number| 12.0 / number);
        assert_eq!(text, "| | ours | x |\n|---|---|---|\n| 16 B | 12.0 | 6.00 / 4.00* |\n");
    }
}
