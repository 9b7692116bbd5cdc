//! Handshake calls with good and bad arguments.

use std::ffi::{CStr, c_char};
use std::ptr;

use super::arguments::Form;
use super::support::api::api;
use super::support::handshake::{self, Field, c_headers, field};
use super::support::types::*;

/// The extension that is offered and selected where one is.
const EXTENSION: &CStr = c"x-test";

/// Where a handshake returns headers, or NULL.
struct Outputs {
    headers: *mut HttpHeader,
    count: u32,
    is_null: bool,
}

impl Outputs {
    fn new(form: Form) -> Outputs {
        Outputs { headers: ptr::null_mut(), count: 0, is_null: form == Form::NullOutputs }
    }

    fn pointers(&mut self) -> (*mut *mut HttpHeader, *mut u32) {
        if self.is_null {
            return (ptr::null_mut(), ptr::null_mut());
        }
        (&mut self.headers, &mut self.count)
    }
}

/// Begins a client's handshake; returns its key too if it succeeded.
pub fn begin_client(handle: RawHandle, form: Form, extension: bool) -> (Hresult, Option<String>) {
    let subprotocols: &[*const c_char] = match form {
        Form::Wrong => &[c"a,b".as_ptr()],
        Form::NotOffered => &[c"chat".as_ptr(), c"chat".as_ptr()],
        _ => &[],
    };
    let extensions = [EXTENSION.as_ptr()];
    let (array, count) = match form {
        Form::NullArray => (ptr::null(), 1),
        _ => (extensions.as_ptr(), u32::from(extension)),
    };
    let mut outputs = Outputs::new(form);
    let (headers, header_count) = outputs.pointers();
    // SAFETY: all arrays are alive during the call.
    let hr = unsafe {
        (api().begin_client)(
            handle,
            subprotocols.as_ptr(),
            subprotocols.len() as u32,
            array,
            count,
            ptr::null(),
            0,
            headers,
            header_count,
        )
    };
    (hr, (hr == S_OK).then(|| key(&outputs)))
}

fn key(outputs: &Outputs) -> String {
    // SAFETY: the array and its strings belong to the handle, which is alive.
    unsafe {
        let headers = std::slice::from_raw_parts(outputs.headers, outputs.count as usize);
        let is_key = |header: &&HttpHeader| CStr::from_ptr(header.name) == c"Sec-WebSocket-Key";
        let key = headers.iter().find(is_key).expect("a key");
        CStr::from_ptr(key.value).to_str().unwrap().to_owned()
    }
}

/// What a server may answer whatever the client's properties ask of it: a client that asked for a small window
/// does not take a larger one.
const NARROWEST: &str = "permessage-deflate; server_no_context_takeover; server_max_window_bits=8";

/// Ends a client's handshake with what a server would answer to that key.
pub fn end_client(
    handle: RawHandle,
    form: Form,
    key: &str,
    (extension, deflate): (bool, bool),
) -> Hresult {
    let mut response = handshake::minimal_response(key);
    match form {
        Form::Short => drop(response.pop()),
        Form::Wrong => response[2].1.insert(0, 'x'),
        Form::NotOffered => response.push(field("Sec-WebSocket-Extensions", "other")),
        _ => {
            let selected = [(extension, "x-test"), (deflate, NARROWEST)];
            let selected = selected.into_iter().filter(|(is_selected, _)| *is_selected);
            response.extend(selected.map(|(_, name)| field("Sec-WebSocket-Extensions", name)));
        }
    }
    let headers = c_headers(&response);
    let array = if form == Form::NullArray { ptr::null() } else { headers.as_ptr() };
    let mut selected = [0u32; 4];
    let mut count = selected.len() as u32;
    let count = if form == Form::NullOutputs { ptr::null_mut() } else { &raw mut count };
    let (selected, len) = (selected.as_mut_ptr(), headers.len() as u32);
    // SAFETY: all arrays are alive during the call.
    unsafe { (api().end_client)(handle, array, len, selected, count, ptr::null_mut()) }
}

/// A handle that compresses finds its extension among the others.
fn request(form: Form, extension: bool) -> Vec<Field> {
    const OFFERS: &str = "y, x-test; a=1, permessage-deflate";
    let mut request = handshake::minimal_request();
    match form {
        Form::Short => drop(request.remove(2)),
        Form::Wrong => request[3].1 = "12".to_owned(),
        _ if extension => request.push(field("Sec-WebSocket-Extensions", OFFERS)),
        _ => {}
    }
    request
}

/// Begins a server's handshake.
pub fn begin_server(handle: RawHandle, form: Form, extension: bool) -> Hresult {
    let request = request(form, extension);
    let headers = c_headers(&request);
    let array = if form == Form::NullArray { ptr::null() } else { headers.as_ptr() };
    let subprotocol = if form == Form::NotOffered { c"chat".as_ptr() } else { ptr::null() };
    let extensions = [EXTENSION.as_ptr()];
    let mut outputs = Outputs::new(form);
    let (returned, returned_count) = outputs.pointers();
    // SAFETY: all arrays are alive during the call.
    unsafe {
        (api().begin_server)(
            handle,
            subprotocol,
            extensions.as_ptr(),
            u32::from(extension),
            array,
            headers.len() as u32,
            returned,
            returned_count,
        )
    }
}
