//! Payloads of close frames, received and sent, against the rules of RFC 6455 §5.5.1 and §7.4.

use arbitrary::{Result, Unstructured};

use super::connect;
use super::events::{Event, Received};
use super::support::feed::{Driver, End, Feed};
use super::support::frames::*;
use super::support::handle::{Handle, Options, Role};
use super::support::types::*;
use super::wire;

pub fn run(data: &[u8]) {
    // An input that is too short is none.
    let _ = try_run(&mut Unstructured::new(data));
}

fn try_run(u: &mut Unstructured) -> Result<()> {
    let (options, driver) = (connect::options(u)?, connect::driver(u)?);
    let (reads, len) = (connect::reads(u)?, u.len().min(200));
    let payload = u.bytes(len)?;
    receive(options, driver, &reads, payload);
    if let Some((status, reason)) = payload.split_first_chunk::<2>() {
        send(options, u16::from_be_bytes(*status), reason);
    }
    Ok(())
}

/// What must come of a payload: its event, or the close code of the fault.
fn expected(payload: &[u8], utf8_unchecked: bool) -> std::result::Result<Event, u16> {
    let Some((status, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() { Ok(Event::Close(1005, None)) } else { Err(1002) };
    };
    let status = u16::from_be_bytes(*status);
    if !matches!(status, 1000..=1003 | 1007..=1014 | 3000..=4999) || payload.len() > 125 {
        return Err(1002);
    }
    match utf8_unchecked || std::str::from_utf8(reason).is_ok() {
        true => Ok(Event::Close(status, Some(reason.to_vec()))),
        false => Err(1007),
    }
}

fn receive(options: Options, driver: Driver, reads: &[usize], payload: &[u8]) {
    let handle = Handle::connected(options);
    let wire = wire::frame(0x88, payload.to_vec(), options.role.peer()).encode();
    let mut reads = reads.iter().cycle();
    let (seen, end) = Feed::run(&handle, driver, &wire, |from| from + reads.next().unwrap());
    let received = Received::new(seen);
    match expected(payload, options.utf8_unchecked) {
        Ok(event) => assert_eq!((received.events, end), (vec![event], End::Closed)),
        Err(due) => {
            assert!(received.events.is_empty());
            let End::Failed { hr, status, .. } = end else { panic!("taken for a close: {end:?}") };
            assert_eq!((hr, status), (FORMAT, due));
        }
    }
}

fn send(options: Options, status: u16, reason: &[u8]) {
    let (handle, reason) = (Handle::connected(options), Box::<[u8]>::from(reason));
    let hr = handle.send(CLOSE, Some(Buffer::close(status, &reason)), 1);
    if reason.len() > 123 {
        assert_eq!(hr, INVALIDARG);
        return;
    }
    assert_eq!(hr, S_OK);
    let mut sent = Vec::new();
    loop {
        let step = handle.action(SEND_QUEUE, 2);
        assert_eq!((step.hr, step.kind, step.app), (S_OK, CLOSE, 1), "{step:?}");
        sent.extend(step.octets());
        handle.complete(step.id, step.len());
        if step.action == SEND_COMPLETE {
            break;
        }
    }
    let is_empty = status == 1005 && reason.is_empty();
    let payload = if is_empty { Vec::new() } else { close_payload(status, &reason) };
    let [frame] = &Frame::decode_all(&sent)[..] else { panic!("not one frame") };
    assert_eq!(frame.key.is_some(), options.role == Role::Client);
    assert_eq!(frame.clone().masked(None), Frame::new(OP_CLOSE, true, &payload));
}
