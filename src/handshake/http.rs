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
    with_slots(max_fields, |slots| {
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
    with_slots(max_fields, |slots| {
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
        let reason = response.reason.unwrap_or_default().as_bytes();
        Ok(Head { line: StatusLine { status, reason, minor_version }, head_len })
    })
}

fn convert<'b>(header: &httparse::Header<'b>) -> Header<'b> {
    Header { name: header.name.as_bytes(), value: header.value }
}

fn with_slots<'b, T>(
    max_fields: usize,
    parse: impl FnOnce(Slots<'_, 'b>) -> Result<T>,
) -> Result<T> {
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
