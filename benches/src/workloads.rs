//! All rows: what is done, with which payload, in which reads.

use crate::wire::{Cut, Kind, LONGEST_READ, Shape};

pub const PAYLOADS: [usize; 10] = [0, 16, 125, 126, KI, 4 * KI, 16 * KI, 64 * KI, MI, 16 * MI];
/// What [`size`] says of each.
pub const SIZES: [&str; PAYLOADS.len()] =
    ["0 B", "16 B", "125 B", "126 B", "1 KiB", "4 KiB", "16 KiB", "64 KiB", "1 MiB", "16 MiB"];

pub const KI: usize = 1024;
pub const MI: usize = 1024 * KI;

/// Reads that are full of messages, and those of an Ethernet frame.
pub const PACKED: Cut = Cut::Octets(LONGEST_READ);
pub const ETHERNET: Cut = Cut::Octets(1460);

/// What is done in a row.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Work {
    Receive(Shape),
    ClientSend(usize),
    ServerSend(usize),
    /// All sizes of ours beside each other.
    ServerSendSizes,
    Handshake,
    Memory,
    TcpEcho(Load),
}

/// What a server has to do: each connection has one message under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Load {
    pub connections: usize,
    pub payload: usize,
}

/// A line of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub workload: &'static str,
    pub work: Work,
}

/// The names that the command line takes, in order.
pub const WORKLOADS: [&str; 11] = [
    "receive-binary",
    "receive-ascii",
    "receive-multi-octet",
    "receive-octets",
    "receive-fragments",
    "client-send",
    "server-send",
    "server-send-sizes",
    "handshake",
    "memory",
    "tcp-echo",
];

const CONNECTIONS: [usize; 3] = [1, 64, 1000];
const ECHOES: [usize; 3] = [16, KI, 64 * KI];

/// The row of that name.
pub fn row(name: &str) -> Row {
    rows().into_iter().find(|row| row.name() == name).expect("a row")
}

pub fn rows() -> Vec<Row> {
    let kinds = [Kind::Binary, Kind::Ascii, Kind::MultiOctet];
    let mut rows = Vec::new();
    for (workload, kind) in WORKLOADS.into_iter().zip(kinds) {
        for cut in [Cut::Message, PACKED, ETHERNET] {
            rows.extend(PAYLOADS.map(|payload| receive(workload, Shape::new(kind, payload, cut))));
        }
    }
    rows.push(receive("receive-octets", Shape::new(Kind::Binary, KI, Cut::Octets(1))));
    rows.extend([4 * KI, 64 * KI].map(|payload| receive("receive-fragments", fragments(payload))));
    rows.extend(
        PAYLOADS.map(|length| Row { workload: "client-send", work: Work::ClientSend(length) }),
    );
    rows.extend(
        PAYLOADS.map(|length| Row { workload: "server-send", work: Work::ServerSend(length) }),
    );
    rows.push(Row { workload: "server-send-sizes", work: Work::ServerSendSizes });
    rows.push(Row { workload: "handshake", work: Work::Handshake });
    rows.push(Row { workload: "memory", work: Work::Memory });
    for connections in CONNECTIONS {
        rows.extend(ECHOES.map(|payload| echo(Load { connections, payload })));
    }
    rows
}

/// A message in four frames, in a read of its own.
pub const fn fragments(payload: usize) -> Shape {
    Shape { kind: Kind::Binary, payload, fragments: 4, cut: Cut::Message }
}

fn receive(workload: &'static str, shape: Shape) -> Row {
    Row { workload, work: Work::Receive(shape) }
}

fn echo(load: Load) -> Row {
    Row { workload: "tcp-echo", work: Work::TcpEcho(load) }
}

impl Row {
    /// What tells it from the other rows of the workload.
    pub fn label(&self) -> String {
        match self.work {
            Work::Receive(shape) => format!("{}, {}", size(shape.payload), reads(shape.cut)),
            Work::ClientSend(length) | Work::ServerSend(length) => size(length),
            Work::ServerSendSizes => "ours".into(),
            Work::Handshake => "accept".into(),
            Work::Memory => "idle connection".into(),
            Work::TcpEcho(Load { connections, payload }) => {
                let s = if connections == 1 { "" } else { "s" };
                format!("{connections} connection{s}, {}", size(payload))
            }
        }
    }

    /// What tells it from all others.
    pub fn name(&self) -> String {
        format!("{} {}", self.workload, self.label())
    }

    pub fn is_tcp(&self) -> bool {
        matches!(self.work, Work::TcpEcho(_))
    }

    pub fn unit(&self) -> &'static str {
        if self.work == Work::Memory { "octets" } else { "ns" }
    }
}

fn reads(cut: Cut) -> String {
    match cut {
        Cut::Message => "a read a message".into(),
        Cut::Octets(1) => "octet by octet".into(),
        Cut::Octets(octets) => format!("reads of {}", size(octets)),
    }
}

/// "16 B", "4 KiB".
pub fn size(octets: usize) -> String {
    match octets {
        0 => "0 B".into(),
        _ if octets.is_multiple_of(MI) => format!("{} MiB", octets / MI),
        _ if octets.is_multiple_of(KI) => format!("{} KiB", octets / KI),
        _ => format!("{octets} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sizes_are_those_of_the_payloads() {
        assert_eq!(PAYLOADS.map(size), SIZES);
    }

    #[test]
    fn rows_have_names_of_their_own() {
        let rows = rows();
        let names: BTreeSet<_> = rows.iter().map(Row::name).collect();
        assert_eq!(names.len(), rows.len());
        assert_eq!(rows.len(), 3 * 3 * 10 + 1 + 2 + 10 + 10 + 3 + 9);
        for workload in WORKLOADS {
            assert!(rows.iter().any(|row| row.workload == workload), "{workload}");
        }
    }
}
