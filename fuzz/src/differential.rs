//! The same octets through the library and through `tungstenite`: the same messages, or both fail.
//! docs/testing.md lists the differences that are allowed, by the names that they have here.

use arbitrary::{Result, Unstructured};

use super::connect;
use super::events::{Event, Received};
use super::peer::{self, PeerEnd};
use super::support::feed::{Driver, End, Feed};
use super::support::handle::{Handle, Options};
use super::wire;

pub fn run(data: &[u8]) {
    // An input that is too short is none.
    let _ = try_run(&mut Unstructured::new(data));
}

fn try_run(u: &mut Unstructured) -> Result<()> {
    let (role, unmasked_too) = (connect::role(u)?, u.arbitrary()?);
    let reads = connect::reads(u)?;
    let wire = wire::wire(u, role.peer())?;
    let handle = Handle::connected(Options {
        masking_disabled: unmasked_too,
        ..Options::new(role, 512, 16)
    });
    let mut reads = reads.iter().cycle();
    let (seen, end) = Feed::run(&handle, Driver::USUAL, &wire, |from| from + reads.next().unwrap());
    let ours = Received::new(seen);
    let (theirs, their_end) = peer::understand(role, unmasked_too, &wire);
    let same_end = matches!(
        (&end, &their_end),
        (End::Dry, PeerEnd::Dry)
            | (End::Closed, PeerEnd::Closed)
            | (End::Failed { .. }, PeerEnd::Failed)
    );
    let agree = (same_end && ours.events == theirs)
        || is_allowed(&wire, &ours, &end, (&theirs, &their_end));
    assert!(agree, "{ours:?}\n{end:?}\n{theirs:?}\n{their_end:?}");
    Ok(())
}

/// Whether this difference is one of those that are listed.
fn is_allowed(
    wire: &[u8],
    ours: &Received,
    end: &End,
    (theirs, their_end): (&[Event], &PeerEnd),
) -> bool {
    let same_events = ours.events == theirs;
    match (end, their_end) {
        // long-forms: it takes what we refuse, and may get further.
        (End::Failed { .. }, _) if wire::has_long_form(wire) => theirs.starts_with(&ours.events),
        // early-faults: we judge the beginning of a frame, it waits for all of it.
        (End::Failed { fed, .. }, PeerEnd::Dry) => same_events && *fed > wire::whole_frames(wire),
        // too-long: it has to have a limit, and we wait.
        (End::Failed { .. } | End::Dry, PeerEnd::TooLong) => same_events,
        // bad-statuses: it answers them, we refuse them.
        (End::Failed { .. }, PeerEnd::BadStatus) => same_events,
        // status-1014: registered behind RFC 6455, and unknown to it. A close that reads like its own
        // for a bad status cannot be told from that.
        (End::Closed, PeerEnd::BadStatus) => match ours.events.split_last() {
            Some((Event::Close(1014, _), before)) => before == theirs,
            Some((Event::Close(1002, Some(reason)), before)) => {
                reason == peer::BAD_STATUS && before == theirs
            }
            _ => false,
        },
        _ => false,
    }
}
