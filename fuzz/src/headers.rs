//! Header arrays in which every string and the array itself are heap blocks of just their size.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use super::support::types::HttpHeader;

/// Headers for a call.
pub struct Headers {
    strings: Vec<[Box<[u8]>; 2]>,
    array: Box<[HttpHeader]>,
}

impl Headers {
    /// A header a line; its name goes to the first colon. `{A}` in a value is `accept`.
    pub fn from_lines(lines: &[u8], accept: &str) -> Headers {
        let lines = lines.split(|octet| *octet == b'\n').filter(|line| !line.is_empty());
        let strings: Vec<[Box<[u8]>; 2]> = lines.map(|line| header(line, accept)).collect();
        let array = strings.iter().map(|[name, value]| HttpHeader {
            name: name.as_ptr().cast(),
            name_len: name.len() as u32,
            value: value.as_ptr().cast(),
            value_len: value.len() as u32,
        });
        Headers { array: array.collect(), strings }
    }

    pub fn array(&self) -> (*const HttpHeader, u32) {
        (self.array.as_ptr(), self.array.len() as u32)
    }

    /// The values of the headers with that name, without white space around them.
    pub fn values(&self, wanted: &str) -> Vec<&[u8]> {
        let wanted = wanted.as_bytes();
        let named = self.strings.iter().filter(|[name, _]| name.eq_ignore_ascii_case(wanted));
        named.map(|[_, value]| trim(value)).collect()
    }
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn header(line: &[u8], accept: &str) -> [Box<[u8]>; 2] {
    let colon = line.iter().position(|octet| *octet == b':').unwrap_or(line.len());
    let (name, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
    let template = b"{A}";
    let value = match value.windows(3).position(|part| part == template) {
        Some(at) => [&value[..at], accept.as_bytes(), &value[at + 3..]].concat(),
        None => value.to_vec(),
    };
    [name.into(), value.into_boxed_slice()]
}

/// Strings that end with NULs, and their addresses.
pub struct Strings {
    strings: Vec<CString>,
    array: Box<[*const c_char]>,
}

impl Strings {
    /// The parts of a line between tabs; an empty line is no strings.
    pub fn from_line(line: &[u8]) -> Strings {
        let parts = line.split(|octet| *octet == b'\t').filter(|_| !line.is_empty());
        let to_string = |part: &[u8]| {
            let end = part.iter().position(|octet| *octet == 0).unwrap_or(part.len());
            CString::new(&part[..end]).expect("it ends before the NUL")
        };
        let strings: Vec<CString> = parts.map(to_string).collect();
        Strings { array: strings.iter().map(|text| text.as_ptr()).collect(), strings }
    }

    pub fn array(&self) -> (*const *const c_char, u32) {
        (self.array.as_ptr(), self.array.len() as u32)
    }

    pub fn len(&self) -> usize {
        self.array.len()
    }

    pub fn first(&self) -> Option<&str> {
        self.strings.first().map(|text| text.to_str().expect("it was taken, so it is ASCII"))
    }

    /// NULL if there is none.
    pub fn first_pointer(&self) -> *const c_char {
        self.strings.first().map_or(ptr::null(), |text| text.as_ptr())
    }
}

/// The headers that a handshake returned: terminated, and nothing in them that ends a line.
///
/// # Safety
///
/// The array belongs to a handle that is alive.
pub unsafe fn returned<'h>(array: *const HttpHeader, count: u32) -> Vec<(&'h str, &'h str)> {
    // SAFETY: as the caller promises.
    let headers = unsafe { std::slice::from_raw_parts(array, count as usize) };
    let text = |start: *const c_char, len: u32| {
        // SAFETY: as the caller promises.
        let text = unsafe { CStr::from_ptr(start) };
        assert_eq!(text.count_bytes(), len as usize);
        let text = text.to_str().expect("returned headers are ASCII");
        assert!(text.bytes().all(|octet| (b' '..0x7F).contains(&octet)), "{text:?}");
        text
    };
    headers
        .iter()
        .map(|header| (text(header.name, header.name_len), text(header.value, header.value_len)))
        .collect()
}
