//! HTTP/1.x heads, read by the crate `httparse`. The strings of a parsed head are parts of
//! the octets that were given.

use core::mem::MaybeUninit;

use super::headers::Header;
use crate::error::{Error, Result};
use crate::fallible;

/// A request line.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a> {
    pub method: &'a [u8],
    pub target: &'a [u8],
    pub minor_version: u8,
}

/// A status line.
#[derive(Clone, Copy, Debug)]
pub struct StatusLine<'a> {
    pub status: u16,
    pub reason: &'a [u8],
    pub minor_version: u8,
}

/// A head: its first line and the octets it takes, the blank line included. The fields went
/// to the caller one by one.
#[derive(Clone, Copy, Debug)]
pub struct Head<L> {
    pub line: L,
    pub head_len: usize,
}

/// Fields that fit on the stack; a head with more makes one allocation.
const USUAL_FIELDS: usize = 64;

type Slots<'h, 'b> = &'h mut [MaybeUninit<httparse::Header<'b>>];

/// Reads the head of a request. `max_fields`: how many fields may come; each goes to `field`.
pub fn parse_request<'b>(
    octets: &'b [u8],
    max_fields: usize,
    field: impl FnMut(Header<'b>),
) -> Result<Head<RequestLine<'b>>> {
    with_slots(octets, max_fields, |slots| {
        let mut request = httparse::Request::new(&mut []);
        let status = request.parse_with_uninit_headers(octets, slots);
        let head_len = complete(status)?;
        request.headers.iter().map(convert).for_each(field);
        let (Some(method), Some(target), Some(minor_version)) =
            (request.method, request.path, request.version)
        else {
            return Err(Error::InvalidFormat);
        };
        let line =
            RequestLine { method: method.as_bytes(), target: target.as_bytes(), minor_version };
        Ok(Head { line, head_len })
    })
}

/// Reads the head of a response; see [`parse_request`].
pub fn parse_response<'b>(
    octets: &'b [u8],
    max_fields: usize,
    field: impl FnMut(Header<'b>),
) -> Result<Head<StatusLine<'b>>> {
    with_slots(octets, max_fields, |slots| {
        let mut response = httparse::Response::new(&mut []);
        let status = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            octets,
            slots,
        );
        let head_len = complete(status)?;
        response.headers.iter().map(convert).for_each(field);
        let (Some(status), Some(minor_version)) = (response.code, response.version) else {
            return Err(Error::InvalidFormat);
        };
        let reason = reason(&octets[..head_len]);
        Ok(Head { line: StatusLine { status, reason, minor_version }, head_len })
    })
}

fn convert<'b>(header: &httparse::Header<'b>) -> Header<'b> {
    Header { name: header.name.as_bytes(), value: header.value }
}

/// The reason of a status line that was found to be good. The parser passes over one that has
/// octets beyond ASCII, though RFC 7230 §3.1.2 allows them.
fn reason(head: &[u8]) -> &[u8] {
    let mut lines = head.split(|&octet| octet == b'\n').map(<[u8]>::trim_ascii_end);
    // Empty lines before the first one are passed over (RFC 7230 §3.5).
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let mut words = line.splitn(3, |&octet| octet == b' ');
    words.nth(2).unwrap_or(&line[line.len()..])
}

/// Gives room for `max_fields`, or for as many as these octets can hold: a field has a
/// character, a colon and the end of its line.
fn with_slots<'b, T>(
    octets: &[u8],
    max_fields: usize,
    parse: impl FnOnce(Slots<'_, 'b>) -> Result<T>,
) -> Result<T> {
    let max_fields = max_fields.min(octets.len() / 3);
    let mut usual = [const { MaybeUninit::uninit() }; USUAL_FIELDS];
    if let Some(slots) = usual.get_mut(..max_fields) {
        return parse(slots);
    }
    let mut slots = fallible::vec(max_fields)?;
    slots.resize_with(max_fields, MaybeUninit::uninit);
    parse(&mut slots)
}

fn complete(
    status: core::result::Result<httparse::Status<usize>, httparse::Error>,
) -> Result<usize> {
    match status {
        Ok(httparse::Status::Complete(len)) => Ok(len),
        Ok(httparse::Status::Partial) => Err(Error::Incomplete),
        Err(httparse::Error::TooManyHeaders) => Err(Error::InsufficientBuffer),
        Err(_) => Err(Error::InvalidFormat),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason_of(head: &[u8]) -> &[u8] {
        parse_response(head, 4, |_| ()).unwrap().line.reason
    }

    #[test]
    fn a_reason_is_a_part_of_the_octets_given() {
        assert_eq!(reason_of(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), b"Switching Protocols");
        assert_eq!(reason_of(b"HTTP/1.1 101 \xC3\xA9\r\nA: b\r\n\r\n"), b"\xC3\xA9");
        for empty in [&b"\r\nHTTP/1.1 101\r\n\r\n"[..], b"HTTP/1.1 101 \r\n\r\n"] {
            let reason = reason_of(empty);
            assert!(reason.is_empty() && empty.as_ptr_range().contains(&reason.as_ptr()));
        }
    }

    #[test]
    fn room_for_fields_is_not_allocated_beyond_what_can_come() {
        let head = b"GET / HTTP/1.1\r\na:\nb:\n\n";
        let mut count = 0;
        parse_request(head, u32::MAX as usize, |_| count += 1).unwrap();
        assert_eq!(count, 2);
        assert_eq!(parse_request(head, 1, |_| ()).unwrap_err(), Error::InsufficientBuffer);
    }

    /// The heads that have the most fields for their length.
    fn full_heads(count: usize) -> [String; 2] {
        ["G / HTTP/1.1\n", "HTTP/1.1 200\n"]
            .map(|line| [line, &"a:\n".repeat(count), "\n"].concat())
    }

    #[test]
    fn there_is_room_for_all_fields_that_fit_and_not_for_many_more() {
        for count in [0, 1, USUAL_FIELDS, 10 * USUAL_FIELDS] {
            for head in full_heads(count) {
                let room = with_slots(head.as_bytes(), usize::MAX, |slots| Ok(slots.len()));
                assert!((count..count + 10).contains(&room.unwrap()), "{count}");
            }
        }
    }

    #[test]
    fn a_part_of_a_head_lacks_octets_and_never_room() {
        let [request, response] = full_heads(5);
        for len in 0..=request.len() {
            let whole = if len < request.len() { Err(Error::Incomplete) } else { Ok(len) };
            let parsed = parse_request(&request.as_bytes()[..len], usize::MAX, |_| ());
            assert_eq!(parsed.map(|head| head.head_len), whole, "{len}");
            let parsed = parse_response(&response.as_bytes()[..len], usize::MAX, |_| ());
            assert_eq!(parsed.map(|head| head.head_len), whole, "{len}");
        }
    }
}
