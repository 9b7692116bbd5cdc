//! What must come out: each path as a ratio within one run, with a gate and, further off, a stretch.

use crate::contest::Side;
use crate::instructions::Count;
use crate::limits::MEMCPY_1K;
use crate::memory::{NEW, OPEN, RETURNED};
use crate::report::{Figure, Outcome};
use crate::wire::{Cut, Kind, Shape};
use crate::workloads::{ETHERNET, KI, MI, PACKED, PAYLOADS, Work, fragments, size};

/// What our time is divided by.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Against {
    /// The fastest peer that does all that we do.
    BestPeer,
    Named(&'static str),
    /// The faster of the limits.
    Limit,
}

struct Gate {
    work: Work,
    against: Against,
    gate: Option<f64>,
    stretch: Option<f64>,
}

/// Whether it came out.
pub struct Verdict {
    pub path: String,
    pub number: f64,
    /// " ×", " octets"
    pub unit: &'static str,
    pub to: String,
    pub gate: Option<f64>,
    pub stretch: Option<f64>,
}

impl Verdict {
    pub fn judgement(&self, bound: Option<f64>) -> String {
        let Some(bound) = bound else { return "–".into() };
        let text = format!("{bound:.3}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        format!("{text} {}", if self.number <= bound { "met" } else { "MISSED" })
    }
}

/// Payload, gate, stretch.
type Bounds = (usize, f64, f64);

const BINARY_BY_MESSAGE: [Bounds; 8] = [
    (16, 2.0, 1.45),
    (125, 1.4, 1.2),
    (KI, 1.5, 1.25),
    (4 * KI, 1.07, 0.97),
    (16 * KI, 1.02, 0.97),
    (64 * KI, 0.75, 0.70),
    (MI, 0.60, 0.55),
    (16 * MI, 0.42, 0.38),
];

/// Payload, gate; the stretch is a part of that.
type Scaled = (usize, f64);

const BINARY_PACKED: [Scaled; 6] =
    [(16, 1.45), (125, 1.2), (KI, 0.92), (4 * KI, 0.72), (16 * KI, 1.0), (MI, 0.62)];
const ASCII: [Scaled; 5] =
    [(KI, 1.2), (4 * KI, 0.88), (16 * KI, 0.88), (64 * KI, 0.62), (MI, 0.52)];
const MULTI_OCTET: [Scaled; 5] =
    [(KI, 1.13), (4 * KI, 1.02), (16 * KI, 1.02), (64 * KI, 0.94), (MI, 0.83)];
const BY_ETHERNET: [Scaled; 4] = [(KI, 0.92), (16 * KI, 1.05), (64 * KI, 0.9), (MI, 0.8)];
const CLIENT_SEND: [Scaled; 3] = [(16 * KI, 1.02), (64 * KI, 0.78), (MI, 0.70)];

fn gates() -> Vec<Gate> {
    let receive = |kind, payload, cut| Work::Receive(Shape::new(kind, payload, cut));
    let mut gates = Vec::new();
    let mut add = |work, against, gate: f64, stretch: Option<f64>| {
        gates.push(Gate { work, against, gate: Some(gate), stretch });
    };
    for (payload, gate, stretch) in BINARY_BY_MESSAGE {
        let work = receive(Kind::Binary, payload, Cut::Message);
        add(work, Against::BestPeer, gate, Some(stretch));
    }
    for (payload, gate) in BINARY_PACKED {
        add(receive(Kind::Binary, payload, PACKED), Against::BestPeer, gate, Some(0.9 * gate));
    }
    for (payload, gate) in ASCII {
        add(receive(Kind::Ascii, payload, PACKED), Against::BestPeer, gate, Some(0.93 * gate));
    }
    for (payload, gate) in MULTI_OCTET {
        let stretch = (payload >= 4 * KI).then_some(0.97 * gate);
        add(receive(Kind::MultiOctet, payload, PACKED), Against::BestPeer, gate, stretch);
    }
    for kind in [Kind::Binary, Kind::Ascii, Kind::MultiOctet] {
        for payload in PAYLOADS.into_iter().filter(|payload| *payload >= 64 * KI) {
            add(receive(kind, payload, Cut::Message), Against::Limit, 1.12, Some(1.05));
        }
    }
    for (payload, gate) in BY_ETHERNET {
        add(receive(Kind::Binary, payload, ETHERNET), Against::BestPeer, gate, Some(0.93 * gate));
    }
    add(Work::Receive(fragments(4 * KI)), Against::BestPeer, 0.97, None);
    add(Work::Receive(fragments(64 * KI)), Against::BestPeer, 0.6, None);
    add(receive(Kind::Binary, KI, Cut::Octets(1)), Against::BestPeer, 2.3, Some(1.5));
    for (payload, gate) in CLIENT_SEND {
        add(Work::ClientSend(payload), Against::BestPeer, gate, None);
    }
    for payload in PAYLOADS.into_iter().filter(|payload| *payload <= 125) {
        add(Work::ClientSend(payload), Against::Named(MEMCPY_1K.name), 2.7, None);
    }
    for payload in PAYLOADS {
        add(Work::ServerSend(payload), Against::Named(MEMCPY_1K.name), 1.7, Some(1.25));
    }
    add(Work::Handshake, Against::Named("tungstenite"), 0.24, Some(0.19));
    gates.push(Gate {
        work: Work::ClientSend(64 * KI),
        against: Against::Limit,
        gate: None,
        stretch: Some(1.2),
    });
    gates
}

/// Those for which there are figures.
pub fn verdicts(outcomes: &[Outcome], counts: &[Count]) -> Vec<Verdict> {
    let mut verdicts: Vec<_> = gates().iter().filter_map(|gate| ratio(outcomes, gate)).collect();
    verdicts.extend(server_send_spread(outcomes));
    verdicts.extend(memory(outcomes));
    verdicts.extend(counts.iter().flat_map(counted));
    verdicts
}

fn ratio(outcomes: &[Outcome], gate: &Gate) -> Option<Verdict> {
    let outcome = outcomes.iter().find(|outcome| outcome.row.work == gate.work)?;
    let ours = ours(outcome)?;
    let other = outcome
        .figures
        .iter()
        .filter(|figure| match gate.against {
            Against::BestPeer => figure.rivals,
            Against::Named(name) => figure.name == name,
            Against::Limit => figure.name.starts_with("limit"),
        })
        .min_by(|one, other| one.min.total_cmp(&other.min))?;
    Some(Verdict {
        path: outcome.row.name(),
        number: ours.min / other.min,
        unit: " ×",
        to: other.name.into(),
        gate: gate.gate,
        stretch: gate.stretch,
    })
}

fn ours(outcome: &Outcome) -> Option<&Figure> {
    outcome.figures.iter().find(|figure| figure.side == Side::Ours)
}

fn server_send_spread(outcomes: &[Outcome]) -> Option<Verdict> {
    let outcome = outcomes.iter().find(|outcome| outcome.row.work == Work::ServerSendSizes)?;
    let by_time = |one: &&Figure, other: &&Figure| one.min.total_cmp(&other.min);
    let least = outcome.figures.iter().min_by(by_time)?;
    let most = outcome.figures.iter().max_by(by_time)?;
    Some(Verdict {
        path: format!("server-send, the slowest size ({})", most.name),
        number: most.min / least.min,
        unit: " ×",
        to: format!("the fastest ({})", least.name),
        gate: Some(1.1),
        stretch: None,
    })
}

fn memory(outcomes: &[Outcome]) -> Vec<Verdict> {
    let bounds = [(NEW, 512.0, Some(320.0)), (RETURNED, 1024.0, None), (OPEN, 512.0, Some(320.0))];
    let figures = outcomes.iter().flat_map(|outcome| &outcome.figures);
    figures
        .filter_map(|figure| {
            let (name, gate, stretch) = *bounds.iter().find(|(name, ..)| *name == figure.name)?;
            Some(Verdict {
                path: format!("memory: {name}"),
                number: figure.min,
                unit: " octets",
                to: String::new(),
                gate: Some(gate),
                stretch,
            })
        })
        .collect()
}

/// Instructions of a small message, allocations of every one.
fn counted(count: &Count) -> Vec<Verdict> {
    if count.side != Side::Ours {
        return Vec::new();
    }
    let small = Work::Receive(Shape::new(Kind::Binary, 16, Cut::Message));
    let what = match count.row.work {
        Work::Handshake => "allocations: the handle, all that Begin returns, the buffers",
        _ => "allocations a message",
    };
    let allocations = Verdict {
        path: format!("{}: {what}", count.row.name()),
        number: count.allocations,
        unit: "",
        to: String::new(),
        gate: Some(if count.row.work == Work::Handshake { 3.0 } else { 0.0 }),
        stretch: None,
    };
    let mut verdicts = vec![allocations];
    if count.row.work == small {
        verdicts.push(Verdict {
            path: format!("instructions of the five calls that receive a {} message", size(16)),
            number: count.in_library,
            unit: "",
            to: String::new(),
            gate: Some(400.0),
            stretch: Some(300.0),
        });
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads::rows;

    fn figure(name: &'static str, side: Side, rivals: bool, min: f64) -> Figure {
        Figure { name, side, rivals, min, median: min }
    }

    #[test]
    fn every_gate_has_a_row() {
        let rows = rows();
        for gate in gates() {
            assert!(rows.iter().any(|row| row.work == gate.work), "{:?}", gate.work);
        }
    }

    #[test]
    fn the_best_rival_counts() {
        let work = Work::Receive(Shape::new(Kind::Binary, 4 * KI, Cut::Message));
        let row = rows().into_iter().find(|row| row.work == work).expect("a row");
        let figures = vec![
            figure("ours", Side::Ours, false, 100.0),
            figure("limit", Side::Limit, false, 10.0),
            figure("unchecked", Side::Peer, false, 20.0),
            figure("fast", Side::Peer, true, 97.0),
            figure("slow", Side::Peer, true, 200.0),
        ];
        let verdicts = verdicts(&[Outcome { row, figures }], &[]);
        let [verdict] = verdicts.as_slice() else { panic!("one verdict") };
        assert_eq!(verdict.to, "fast");
        assert!(verdict.judgement(verdict.gate).ends_with(" met"));
        assert!(verdict.judgement(verdict.stretch).ends_with(" MISSED"));
    }

    #[test]
    fn the_slowest_size_counts() {
        let row = |work| rows().into_iter().find(|row| row.work == work).expect("a row");
        let sizes = [("0 B", 10.0), ("1 KiB", 12.0), ("1 MiB", 9.6)];
        let figures = sizes.map(|(name, min)| figure(name, Side::Ours, false, min)).to_vec();
        // Measured at another time, it says nothing of the sizes.
        let apart = vec![figure("ours", Side::Ours, false, 100.0)];
        let outcomes = [
            Outcome { row: row(Work::ServerSend(16)), figures: apart },
            Outcome { row: row(Work::ServerSendSizes), figures },
        ];
        let verdicts = verdicts(&outcomes, &[]);
        let [verdict] = verdicts.as_slice() else { panic!("one verdict") };
        assert_eq!(verdict.number, 1.25);
        assert_eq!(verdict.path, "server-send, the slowest size (1 KiB)");
        assert_eq!(verdict.to, "the fastest (1 MiB)");
    }
}
