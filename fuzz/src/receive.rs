//! A receiver in either role, with any settings: however the octets are cut, it sees the same.

use arbitrary::{Result, Unstructured};

use super::connect;
use super::events::{self, Received};
use super::support::feed::{Driver, End, Feed};
use super::support::handle::{Memory, Options};
use super::wire;

/// Longer wires are not read octet by octet.
const OCTETWISE: usize = 3000;

pub fn run(data: &[u8]) {
    // An input that is too short is none.
    let _ = try_run(&mut Unstructured::new(data));
}

fn try_run(u: &mut Unstructured) -> Result<()> {
    let (options, driver) = (connect::options(u)?, connect::driver(u)?);
    let (reads, extension) = (connect::reads(u)?, u.arbitrary()?);
    let wire = wire::wire(u, options.role.peer())?;
    compare(options, extension, driver, &reads, &wire);
    Ok(())
}

/// Reads the wire as asked, at once and octet by octet.
pub fn compare(options: Options, extension: bool, driver: Driver, reads: &[usize], wire: &[u8]) {
    let mut reads = reads.iter().cycle();
    let asked = feed(options, extension, driver, wire, |from| from + reads.next().unwrap());
    let usual = Options { receive: 300, memory: Memory::Own, ..options };
    let whole = feed(usual, extension, Driver::USUAL, wire, |_| usize::MAX);
    events::assert_same(&asked, &whole);
    if wire.len() <= OCTETWISE {
        let octets = feed(usual, extension, Driver::USUAL, wire, |from| from + 1);
        events::assert_same(&octets, &whole);
    }
}

fn feed(
    options: Options,
    extension: bool,
    driver: Driver,
    wire: &[u8],
    cut: impl FnMut(usize) -> usize,
) -> (Received, End) {
    let handle = connect::connected(options, extension);
    let (seen, end) = Feed::run(&handle, driver, wire, cut);
    (Received::new(seen), end)
}
