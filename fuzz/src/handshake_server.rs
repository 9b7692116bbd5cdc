//! A server's handshake: the headers of a request, and what the application selects.
//!
//! The input: an octet of flags; a line with the subprotocol and one with extensions, these between
//! tabs; lines of the request.

use std::ffi::CStr;
use std::ptr;

use super::headers::{self, Headers, Strings};
use super::support::accept::accept;
use super::support::api::api;
use super::support::handle::{Handle, Options, Role};
use super::support::handshake;
use super::support::types::*;

const ORDER: [&str; 5] = [
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
];

pub fn run(data: &[u8]) {
    let Some((&flags, text)) = data.split_first() else { return };
    let mut lines = text.splitn(3, |octet| *octet == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let mut options = Options::new(Role::Server, 4096, 300);
    options.deflate = (flags & 1 != 0).then_some(handshake::DEFLATE);
    let handle = Handle::new(options);
    let selected = [Strings::from_line(line()), Strings::from_line(line())];
    if !begin(&handle, &selected, &Headers::from_lines(line(), "")) {
        handshake::connect_server(&handle);
    } else if flags & 2 == 0 {
        assert_eq!(handshake::end_server(&handle), S_OK);
    }
    assert_eq!(handle.send(PING_PONG, None, 1), S_OK);
    assert_eq!(handle.action(ALL_QUEUE, 1).action, SEND_TO_NETWORK);
}

/// Whether the request is taken; if not, nothing changed.
fn begin(handle: &Handle, selected: &[Strings; 2], request: &Headers) -> bool {
    let (mut array, mut count) = (ptr::null_mut(), 0);
    let subprotocol = selected[0].first_pointer();
    let (extensions, extension_count) = selected[1].array();
    let (fields, field_count) = request.array();
    // SAFETY: all arrays are alive during the call.
    let hr = unsafe {
        (api().begin_server)(
            handle.raw(),
            subprotocol,
            extensions,
            extension_count,
            fields,
            field_count,
            &mut array,
            &mut count,
        )
    };
    if hr != S_OK {
        assert!([INVALIDARG, FORMAT, VERSION].contains(&hr), "{hr:?}");
        assert!(array.is_null() && count == 0, "outputs were written by a call that failed");
        return false;
    }
    // SAFETY: the array belongs to the handle, which is alive.
    let headers = unsafe { headers::returned(array, count) };
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    assert!(names.iter().is_sorted_by_key(place), "{names:?}");
    assert_eq!(names[..3], ORDER[..3]);
    check_request(request, headers[2].1);
    let chosen = headers.iter().find(|(name, _)| *name == ORDER[3]).map(|(_, value)| *value);
    // SAFETY: NULL, or a string that is alive.
    let asked = (!subprotocol.is_null()).then(|| unsafe { CStr::from_ptr(subprotocol) });
    let asked = asked.map(|text| text.to_str().expect("it was taken, so it is ASCII"));
    assert_eq!(chosen, asked.filter(|text| !text.is_empty()));
    true
}

fn place(name: &&str) -> usize {
    ORDER.iter().position(|known| known == name).expect("a header that nobody asked for")
}

/// What a request that was taken must have had.
fn check_request(request: &Headers, answer: &str) {
    let [key] = request.values("Sec-WebSocket-Key")[..] else { panic!("not one key") };
    let key = std::str::from_utf8(key).expect("it decodes, so it is ASCII");
    assert_eq!(answer, accept(key));
    assert_eq!(request.values("Sec-WebSocket-Version"), [b"13"]);
    assert_eq!(request.values("Host").len(), 1);
    let has = |name: &str, word: &str| {
        let values = request.values(name);
        let mut text = values.iter().map(|value| value.to_ascii_lowercase());
        text.any(|value| String::from_utf8_lossy(&value).contains(word))
    };
    assert!(has("Upgrade", "websocket") && has("Connection", "upgrade"));
}
