//! Tables, on the terminal and as Markdown.

use std::fmt::Write;

use crate::contest::{Side, participants};
use crate::gates::Verdict;
use crate::instructions::Count;
use crate::measure::Timing;
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
        let _ = write!(line, " {}{note} {};", figure.name, number(figure.min));
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
        if first.row.work == Work::Memory {
            text += "Octets of the heap for each idle connection.\n\n";
        } else {
            text += "Nanoseconds a message: minimum / median. *: does not check what we check.\n\n";
        }
        text += &table(&of_it);
    }
    if !counts.is_empty() {
        text += "\n## Instructions and allocations a message\n\n| | who | instructions | \
                 allocations |\n|---|---|---|---|\n";
        for count in counts {
            let (name, who) = (count.row.name(), count.name);
            let instructions = number(count.instructions);
            let _ =
                writeln!(text, "| {name} | {who} | {instructions} | {:.2} |", count.allocations);
        }
    }
    text + "\n## What must come out\n\n" + &verdict_table(verdicts)
}

/// A column for each participant that has a figure in any of these rows.
fn table(outcomes: &[&Outcome]) -> String {
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
            let _ = write!(text, " {} |", figure.map_or(String::new(), cell));
        }
        text.push('\n');
    }
    text
}

fn cell(figure: &Figure) -> String {
    let note = if figure.side == Side::Peer && !figure.rivals { "*" } else { "" };
    if figure.min == figure.median {
        return format!("{}{note}", number(figure.min));
    }
    format!("{} / {}{note}", number(figure.min), number(figure.median))
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

    #[test]
    fn numbers_are_short() {
        let numbers = [1.234, 33.14, 100.4, 1420.0, 1_234_567.0].map(number);
        assert_eq!(numbers, ["1.23", "33.1", "100", "1,420", "1,234,567"]);
    }

    #[test]
    fn a_table_has_a_column_for_each() {
        let row = Row { workload: "server-send", work: Work::ServerSend(16) };
        let figures = vec![
            Figure { name: "x", side: Side::Peer, rivals: false, min: 2.0, median: 3.0 },
            Figure::of("ours", Side::Ours, 1.0),
        ];
        let text = table(&[&Outcome { row, figures }]);
        assert_eq!(text, "| | ours | x |\n|---|---|---|\n| 16 B | 1.00 | 2.00 / 3.00* |\n");
    }
}
