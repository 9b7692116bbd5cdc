//! What connections take of the heap, as the C library counts it: ours is behind C functions and
//! no Rust allocator sees it.

use std::any::Any;
use std::sync::Arc;

use crate::contest::{Side, participants};
use crate::memory_stream::MemoryStream;
use crate::ours;
use crate::report::Figure;
use crate::wire::{Cut, Kind, Shape, Source, Wire};

/// Connections at a time, fewer where they would take more than `MOST`.
const CONNECTIONS: usize = 100_000;
const MOST: usize = 2 << 30;

pub const ABOUT: &str = "Octets of the heap for each idle connection: 100,000 at a time, fewer where they would take \
                         more than 2 GiB.\n\n";

pub const NEW: &str = "ours, before the handshake";
pub const RETURNED: &str = "ours, what Begin returned";
pub const OPEN: &str = "ours, without that and the buffers";

/// Octets of each connection, after one message of 125 octets.
pub fn figures(only: &[String], connections: usize) -> Vec<Figure> {
    let shape = Shape::new(Kind::Binary, 125, Cut::Message);
    let wire = Arc::new(Wire::of(shape, 1));
    let stream = each(CONNECTIONS / 10, |count| streams(count, &wire.source));
    let mut figures = Vec::new();
    for (side, one) in participants() {
        let Some(idle) = one.idle else { continue };
        if !only.is_empty() && !only.iter().any(|name| name == one.name) {
            continue;
        }
        let few = each(100, |count| idle(count, &wire)).max(1.0);
        let count = connections.min(CONNECTIONS).min((MOST as f64 / few) as usize).max(1);
        let octets = each(count, |count| idle(count, &wire));
        let not_its = match side {
            Side::Ours => ours::NOTED as f64,
            _ if one.on_memory_stream => stream,
            _ => 0.0,
        };
        let octets = octets - not_its;
        figures.push(Figure::of(one.name, side, octets));
        if side == Side::Ours {
            let parts = ours(count, octets);
            figures.extend(parts.map(|(name, octets)| Figure::of(name, side, octets)));
        }
    }
    figures
}

/// What ours takes is told by its parts. `idle`: of a server that has received a message.
fn ours(count: usize, idle: f64) -> [(&'static str, f64); 3] {
    let [created, begun] =
        [false, true].map(|have_begun| each(count, |count| ours::handles(count, have_begun)));
    let returned = begun - created;
    let block = |_| Vec::<u8>::with_capacity(ours::idle_buffers());
    let buffers = each(count, |count| Box::new((0..count).map(block).collect::<Vec<_>>()))
        - size_of::<Vec<u8>>() as f64;
    // Rounded, since the list of them all is a block as well.
    let new = created - ours::NOTED as f64;
    [(NEW, new), (RETURNED, returned), (OPEN, idle - returned - buffers)]
        .map(|(name, octets)| (name, octets.round()))
}

/// The shared part of so many streams; the streams themselves are as large as a pointer.
fn streams(count: usize, source: &Arc<Source>) -> Box<dyn Any> {
    Box::new((0..count).map(|_| MemoryStream::new(source)).collect::<Vec<_>>())
}

fn each(count: usize, make: impl Fn(usize) -> Box<dyn Any>) -> f64 {
    let before = allocated();
    let made = make(count);
    let taken = allocated() - before;
    drop(made);
    taken as f64 / count as f64
}

/// Octets that are allocated, with what the allocator adds to each block.
fn allocated() -> i64 {
    // SAFETY: it only reads the allocator's counters.
    let info = unsafe { libc::mallinfo2() };
    (info.uordblks + info.hblkhd) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// In a process of its own, since the counters are those of all threads.
    #[test]
    fn blocks_are_counted() {
        const ALONE: &str = "BENCH_TEST_ALONE";
        if std::env::var_os(ALONE).is_none() {
            let status = Command::new(std::env::current_exe().expect("a program"))
                .args(["--exact", "memory::tests::blocks_are_counted", "--test-threads=1"])
                .env(ALONE, "1")
                .status();
            return assert!(status.expect("it runs").success());
        }
        let make = |count: usize| -> Box<dyn Any> {
            Box::new((0..count).map(|_| vec![1_u8; 1000]).collect::<Vec<_>>())
        };
        let octets = each(1000, make);
        assert!((1000.0 + 24.0..1000.0 + 60.0).contains(&octets), "{octets}");
    }
}
