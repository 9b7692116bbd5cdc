//! A client's handshake: offers and initial headers, then the answer of a server.
//!
//! The input: two octets of flags; a line of subprotocols and one of extensions, each between tabs;
//! lines of initial headers; an empty line; lines of the answer.

use std::ptr;

use super::headers::{self, Headers, Strings};
use super::support::accept::accept;
use super::support::api::api;
use super::support::handle::{Handle, Options, Role};
use super::support::handshake;
use super::support::types::*;

const ORDER: [&str; 6] = [
    "Connection",
    "Upgrade",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
];

/// An answer without selections.
const GOOD: &str = "Connection:Upgrade\nUpgrade:websocket\nSec-WebSocket-Accept:{A}\n";

pub fn run(data: &[u8]) {
    let Some((&[flags, room], text)) = data.split_first_chunk::<2>() else { return };
    let end = text.windows(2).position(|pair| pair == b"\n\n").unwrap_or(text.len());
    let (before, answer) = (&text[..end], text.get(end + 2..).unwrap_or_default());
    let mut lines = before.splitn(3, |octet| *octet == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let mut options = Options::new(Role::Client, 4096, 300);
    options.deflate = (flags & 1 != 0).then_some(handshake::DEFLATE);
    let handle = Handle::new(options);
    let offers = [Strings::from_line(line()), Strings::from_line(line())];
    let Some(key) = begin(&handle, &offers, &Headers::from_lines(line(), "")) else {
        handshake::connect_client(&handle);
        return;
    };
    let accept = accept(&key);
    let answer = Headers::from_lines(answer, &accept);
    if !end_handshake(&handle, &offers, &answer, &accept, (flags, room)) {
        let chosen = offers[0].first().map(|name| format!("Sec-WebSocket-Protocol:{name}"));
        let good =
            Headers::from_lines([GOOD, &chosen.unwrap_or_default()].concat().as_bytes(), &accept);
        assert!(end_handshake(&handle, &offers, &good, &accept, (0, 0)), "a good one behind it");
    }
    assert_eq!(handle.send(PING_PONG, None, 1), S_OK);
    assert_eq!(handle.action(ALL_QUEUE, 1).action, SEND_TO_NETWORK);
}

/// Returns the key; without one nothing changed.
fn begin(handle: &Handle, offers: &[Strings; 2], initial: &Headers) -> Option<String> {
    let (mut array, mut count) = (ptr::null_mut(), 0);
    let [(subprotocols, subprotocol_count), (extensions, extension_count)] =
        [offers[0].array(), offers[1].array()];
    let (initial, initial_count) = initial.array();
    // SAFETY: all arrays are alive during the call.
    let hr = unsafe {
        (api().begin_client)(
            handle.raw(),
            subprotocols,
            subprotocol_count,
            extensions,
            extension_count,
            initial,
            initial_count,
            &mut array,
            &mut count,
        )
    };
    if hr != S_OK {
        assert_eq!(hr, INVALIDARG);
        assert!(array.is_null() && count == 0, "outputs were written by a call that failed");
        return None;
    }
    // SAFETY: the array belongs to the handle, which is alive.
    let headers = unsafe { headers::returned(array, count) };
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let offers_extensions = offers[1].len() > 0 || handle.options().deflate.is_some();
    let is_due = |name: &&&str| match **name {
        "Sec-WebSocket-Protocol" => offers[0].len() > 0,
        "Sec-WebSocket-Extensions" => offers_extensions,
        _ => true,
    };
    assert!(names.iter().eq(ORDER.iter().filter(is_due)), "{names:?}");
    Some(headers[3].1.to_owned())
}

/// Whether the answer is taken; if not, nothing changed.
fn end_handshake(
    handle: &Handle,
    offers: &[Strings; 2],
    answer: &Headers,
    accept: &str,
    (flags, room): (u8, u8),
) -> bool {
    const RUBBISH: u32 = 0x5A5A_5A5A;
    // Mostly as much room as there are offers.
    let room = if flags & 2 == 0 { offers[1].len() } else { room.into() };
    let mut selected = vec![RUBBISH; room].into_boxed_slice();
    let (mut count, mut subprotocol) = (room as u32, RUBBISH);
    let or_null =
        |bit: u8, target: *mut u32| if flags & bit == 0 { target } else { ptr::null_mut() };
    let selected_target = or_null(4, selected.as_mut_ptr());
    let (array, len) = answer.array();
    let (count_target, subprotocol_target) =
        (or_null(8, &mut count), or_null(16, &mut subprotocol));
    // SAFETY: all that is passed is alive during the call, and as large as announced.
    let hr = unsafe {
        let (first, second) = (selected_target, count_target);
        (api().end_client)(handle.raw(), array, len, first, second, subprotocol_target)
    };
    if hr != S_OK {
        assert!([INVALIDARG, FORMAT, SUBPROTOCOL, EXTENSIONS].contains(&hr), "{hr:?}");
        let untouched = selected.iter().all(|index| *index == RUBBISH);
        assert!(untouched && count as usize == room && subprotocol == RUBBISH, "{hr:?}");
        return false;
    }
    assert_eq!(answer.values("Sec-WebSocket-Accept"), [accept.as_bytes()]);
    let upgrade = answer.values("Upgrade");
    assert!(upgrade.iter().all(|value| value.eq_ignore_ascii_case(b"websocket")), "{upgrade:?}");
    assert!(!upgrade.is_empty() && !answer.values("Connection").is_empty());
    let (has_offers, is_known) = (offers[0].len() > 0, flags & 16 == 0);
    assert_eq!(subprotocol != RUBBISH, has_offers && is_known);
    assert!(subprotocol == RUBBISH || (subprotocol as usize) < offers[0].len());
    if flags & 12 == 0 {
        let found = &selected[..count as usize];
        assert!(found.iter().all(|index| (*index as usize) < offers[1].len()), "{found:?}");
    }
    true
}
