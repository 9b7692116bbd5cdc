//! Compressed messages: hostile ones, judged alike however they are cut and against `miniz_oxide`; and
//! those of the library itself, which come out as they went in.

use arbitrary::{Result, Unstructured};
use miniz_oxide::DataFormat;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{MZError, MZFlush, MZStatus};

use super::compression;
use super::connect;
use super::events::{Event, Received};
use super::receive;
use super::support::feed::{Driver, End, Feed};
use super::support::handle::{Handle, Options};
use super::support::types::BINARY_MESSAGE;
use super::wire;

pub fn run(data: &[u8]) {
    // An input that is too short is none.
    let _ = try_run(&mut Unstructured::new(data));
}

fn try_run(u: &mut Unstructured) -> Result<()> {
    let mode: u8 = u.arbitrary()?;
    let options = Options { deflate: Some(compression::settings(u)?), ..connect::options(u)? };
    let (driver, reads) = (connect::driver(u)?, connect::reads(u)?);
    match mode % 3 {
        0 => {
            let wire = wire::wire(u, options.role.peer())?;
            receive::compare(options, false, driver, &reads, &wire);
        }
        1 => one_message(u, options, &reads)?,
        _ => round_trip(u, options, driver, &reads)?,
    }
    Ok(())
}

/// A message of the input's octets in two frames: what is taken for good, another decoder takes for
/// the same.
fn one_message(u: &mut Unstructured, options: Options, reads: &[usize]) -> Result<()> {
    let cut = u.arbitrary::<u8>()?;
    let compressed = u.bytes(u.len())?;
    let (first, second) = compressed.split_at(compressed.len() * usize::from(cut) / 255);
    let sender = options.role.peer();
    let frames = [(0x42, first), (0x80, second)];
    let frames = frames.map(|(head, part)| wire::frame(head, part.to_vec(), sender).encode());
    let handle = Handle::connected(options);
    let mut reads = reads.iter().cycle();
    let next = |from| from + reads.next().unwrap();
    let (seen, end) = Feed::run(&handle, Driver::USUAL, &frames.concat(), next);
    let received = Received::new(seen);
    let limit = options.deflate.map_or(0, |deflate| deflate.max_message as usize);
    assert!(received.unfinished.len() <= limit);
    match &received.events[..] {
        [] => assert!(matches!(end, End::Failed { .. }), "{end:?}"),
        [Event::Message { kinds, octets }] => {
            assert_eq!((end, &kinds[..]), (End::Dry, &[BINARY_MESSAGE][..]));
            assert!(octets.len() <= limit);
            let theirs = decompress(compressed);
            let agrees = match &theirs {
                Theirs::Whole(all) => octets == all,
                Theirs::UpToFinalBlock(begin) => octets.starts_with(begin),
                Theirs::Nothing => false,
            };
            assert!(agrees, "{octets:?}\n{theirs:?}");
        }
        events => panic!("more than one message: {events:?}"),
    }
    Ok(())
}

/// What another decoder makes of a message.
#[derive(Debug)]
enum Theirs {
    Whole(Vec<u8>),
    /// A message goes on behind a block with BFINAL (RFC 7692 §7.2.3.4), with all that came before to refer
    /// to; the other decoder ends there.
    UpToFinalBlock(Vec<u8>),
    Nothing,
}

/// Puts the tail back (RFC 7692 §7.2.2).
fn decompress(compressed: &[u8]) -> Theirs {
    let input = [compressed, &[0, 0, 0xFF, 0xFF]].concat();
    let (mut state, mut rest, mut output) =
        (InflateState::new(DataFormat::Raw), &input[..], Vec::new());
    let mut part = [0; 4096];
    loop {
        let result = inflate(&mut state, rest, &mut part, MZFlush::None);
        rest = &rest[result.bytes_consumed..];
        output.extend(&part[..result.bytes_written]);
        match result.status {
            Ok(MZStatus::StreamEnd) => return Theirs::UpToFinalBlock(output),
            Ok(_) if result.bytes_written > 0 || result.bytes_consumed > 0 => {}
            Ok(_) | Err(MZError::Buf) => return Theirs::Whole(output),
            Err(_) => return Theirs::Nothing,
        }
    }
}

fn round_trip(
    u: &mut Unstructured,
    options: Options,
    driver: Driver,
    reads: &[usize],
) -> Result<()> {
    let peer = Options { role: options.role.peer(), ..options };
    let (wire, events) = compression::send(u, &Handle::connected(peer))?;
    let deflate = options
        .deflate
        .map(|deflate| super::support::types::Deflate { max_message: 1 << 20, ..deflate });
    let handle = Handle::connected(Options { deflate, ..options });
    let mut reads = reads.iter().cycle();
    let (seen, end) = Feed::run(&handle, driver, &wire, |from| from + reads.next().unwrap());
    assert_eq!((Received::new(seen).events, end), (events, End::Dry));
    Ok(())
}
