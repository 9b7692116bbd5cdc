//! Handshakes over header arrays.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use super::accept::accept;
use super::api::api;
use super::handle::Handle;
use super::types::*;

/// Name and value.
pub type Field = (String, String);

pub fn field(name: &str, value: &str) -> Field {
    (name.to_owned(), value.to_owned())
}

/// The least that a server accepts, as .NET fakes it.
pub fn minimal_request() -> Vec<Field> {
    vec![
        field("Connection", "Upgrade"),
        field("Upgrade", "websocket"),
        field("Host", ""),
        field("Sec-WebSocket-Version", "13"),
        field("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ]
}

/// The least that a client accepts.
pub fn minimal_response(key: &str) -> Vec<Field> {
    vec![
        field("Connection", "Upgrade"),
        field("Upgrade", "websocket"),
        field("Sec-WebSocket-Accept", &accept(key)),
    ]
}

/// Compression with all that it can.
pub const DEFLATE: Deflate =
    Deflate { client_bits: 15, server_bits: 15, flags: 0, level: 6, max_message: 1 << 20 };

const EXTENSIONS_HEADER: &str = "Sec-WebSocket-Extensions";

/// A handle that may compress is offered it.
pub fn connect_server(handle: &Handle) {
    let mut request = minimal_request();
    if handle.options().deflate.is_some() {
        let offer = "permessage-deflate; client_max_window_bits";
        request.push(field(EXTENSIONS_HEADER, offer));
    }
    let response = begin_server(handle, None, &request).unwrap();
    assert_eq!(value(&response, EXTENSIONS_HEADER), deflate_answer(handle).as_deref());
    assert_eq!(end_server(handle), S_OK);
}

pub fn connect_client(handle: &Handle) {
    let request = begin_client(handle, &[], &[]).unwrap();
    let mut response = minimal_response(value(&request, "Sec-WebSocket-Key").unwrap());
    let answer = deflate_answer(handle);
    response.extend(answer.map(|answer| field(EXTENSIONS_HEADER, &answer)));
    end_client(handle, &response).unwrap();
}

/// What a server with this handle's settings answers to the offer above.
fn deflate_answer(handle: &Handle) -> Option<String> {
    let deflate = handle.options().deflate?;
    let bits = |name: &str, bits: u32| match bits {
        15 => String::new(),
        bits => format!("; {name}_max_window_bits={bits}"),
    };
    let takeover = |name: &str, flag: u32| match deflate.flags & flag {
        0 => String::new(),
        _ => format!("; {name}_no_context_takeover"),
    };
    Some(
        [
            "permessage-deflate".to_owned(),
            takeover("server", 2),
            takeover("client", 1),
            bits("server", deflate.server_bits),
            bits("client", deflate.client_bits),
        ]
        .concat(),
    )
}

/// The value of the header of that name.
pub fn value<'a>(headers: &'a [Field], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str())
}

pub fn begin_server(
    handle: &Handle,
    subprotocol: Option<&str>,
    request: &[Field],
) -> Result<Vec<Field>, Hresult> {
    let subprotocol = subprotocol.map(|text| CString::new(text).unwrap());
    let subprotocol = subprotocol.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    let request = c_headers(request);
    let (mut headers, mut count) = (ptr::null_mut(), 0);
    // SAFETY: all arrays are alive during the call.
    let hr = unsafe {
        (api().begin_server)(
            handle.raw(),
            subprotocol,
            ptr::null(),
            0,
            request.as_ptr(),
            request.len() as u32,
            &mut headers,
            &mut count,
        )
    };
    returned(hr, headers, count)
}

pub fn end_server(handle: &Handle) -> Hresult {
    // SAFETY: the handle is alive.
    unsafe { (api().end_server)(handle.raw()) }
}

pub fn begin_client(
    handle: &Handle,
    subprotocols: &[String],
    extensions: &[String],
) -> Result<Vec<Field>, Hresult> {
    let (_subprotocols, subprotocols) = c_strings(subprotocols);
    let (_extensions, extensions) = c_strings(extensions);
    let (mut headers, mut count) = (ptr::null_mut(), 0);
    // SAFETY: all arrays are alive during the call.
    let hr = unsafe {
        (api().begin_client)(
            handle.raw(),
            subprotocols.as_ptr(),
            subprotocols.len() as u32,
            extensions.as_ptr(),
            extensions.len() as u32,
            ptr::null(),
            0,
            &mut headers,
            &mut count,
        )
    };
    returned(hr, headers, count)
}

/// What EndClientHandshake says that the server selected.
#[derive(Debug, PartialEq, Eq)]
pub struct Selection {
    pub subprotocol: Option<usize>,
    pub extensions: Vec<u32>,
}

/// What stands in an output that must not be written.
const UNTOUCHED: u32 = 0x5A5A_5A5A;

pub fn end_client(handle: &Handle, response: &[Field]) -> Result<Selection, Hresult> {
    let response = c_headers(response);
    let mut extensions = [UNTOUCHED; 8];
    let (mut count, mut subprotocol) = (extensions.len() as u32, UNTOUCHED);
    // SAFETY: all arrays are alive during the call.
    let hr = unsafe {
        (api().end_client)(
            handle.raw(),
            response.as_ptr(),
            response.len() as u32,
            extensions.as_mut_ptr(),
            &mut count,
            &mut subprotocol,
        )
    };
    if hr != S_OK {
        return Err(hr);
    }
    let subprotocol = (subprotocol != UNTOUCHED).then_some(subprotocol as usize);
    Ok(Selection { subprotocol, extensions: extensions[..count as usize].to_vec() })
}

/// The headers as the C functions take them; they point into `fields`.
pub fn c_headers(fields: &[Field]) -> Vec<HttpHeader> {
    let header = |(name, value): &Field| HttpHeader {
        name: name.as_ptr().cast(),
        name_len: name.len() as u32,
        value: value.as_ptr().cast(),
        value_len: value.len() as u32,
    };
    fields.iter().map(header).collect()
}

/// The strings, to be kept alive, and their addresses.
fn c_strings(texts: &[String]) -> (Vec<CString>, Vec<*const c_char>) {
    let strings: Vec<CString> =
        texts.iter().map(|text| CString::new(text.as_str()).unwrap()).collect();
    let addresses = strings.iter().map(|text| text.as_ptr()).collect();
    (strings, addresses)
}

fn returned(hr: Hresult, headers: *const HttpHeader, count: u32) -> Result<Vec<Field>, Hresult> {
    if hr != S_OK {
        assert!(headers.is_null() && count == 0, "outputs were written by a call that failed");
        return Err(hr);
    }
    // SAFETY: the array belongs to the handle, which is alive.
    let headers = unsafe { std::slice::from_raw_parts(headers, count as usize) };
    Ok(headers.iter().map(|header| (terminated(header, true), terminated(header, false))).collect())
}

/// A name or value, which must end with a NUL where its length says.
fn terminated(header: &HttpHeader, is_name: bool) -> String {
    let (start, len) = match is_name {
        true => (header.name, header.name_len),
        false => (header.value, header.value_len),
    };
    // SAFETY: returned strings belong to the handle and are terminated.
    let text = unsafe { CStr::from_ptr(start) };
    assert_eq!(text.count_bytes(), len as usize);
    text.to_str().unwrap().to_owned()
}
