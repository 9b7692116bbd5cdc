//! The C types and numbers of the API, written from Microsoft's documentation and not taken from
//! `src/`: a wrong layout there must show here.

use std::ffi::{c_char, c_void};
use std::fmt;

/// An HRESULT.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hresult(pub u32);

pub const S_OK: Hresult = Hresult(0);
pub const OPERATION: Hresult = Hresult(0x8376_0001);
pub const FORMAT: Hresult = Hresult(0x8376_0002);
pub const EXTENSIONS: Hresult = Hresult(0x8376_0003);
pub const SUBPROTOCOL: Hresult = Hresult(0x8376_0004);
pub const VERSION: Hresult = Hresult(0x8376_0005);
pub const INVALIDARG: Hresult = Hresult(0x8007_0057);
pub const OUTOFMEMORY: Hresult = Hresult(0x8007_000E);
pub const INSUFFICIENT_BUFFER: Hresult = Hresult(0x8007_007A);
/// WSPC_E_INCOMPLETE.
pub const INCOMPLETE: Hresult = Hresult(0x8007_00EA);

impl fmt::Debug for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            S_OK => "S_OK",
            OPERATION => "E_INVALID_PROTOCOL_OPERATION",
            FORMAT => "E_INVALID_PROTOCOL_FORMAT",
            EXTENSIONS => "E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED",
            SUBPROTOCOL => "E_SUBPROTOCOL_NOT_SUPPORTED",
            VERSION => "E_PROTOCOL_VERSION_NOT_SUPPORTED",
            INVALIDARG => "E_INVALIDARG",
            OUTOFMEMORY => "E_OUTOFMEMORY",
            INSUFFICIENT_BUFFER => "ERROR_INSUFFICIENT_BUFFER",
            INCOMPLETE => "WSPC_E_INCOMPLETE",
            Hresult(0x8000_FFFF) => "E_UNEXPECTED",
            Hresult(other) => return write!(f, "{other:#010X}"),
        };
        f.write_str(name)
    }
}

pub const UTF8_MESSAGE: u32 = 0x8000_0000;
pub const UTF8_FRAGMENT: u32 = 0x8000_0001;
pub const BINARY_MESSAGE: u32 = 0x8000_0002;
pub const BINARY_FRAGMENT: u32 = 0x8000_0003;
pub const CLOSE: u32 = 0x8000_0004;
pub const PING_PONG: u32 = 0x8000_0005;
pub const UNSOLICITED_PONG: u32 = 0x8000_0006;

pub const SEND_QUEUE: u32 = 1;
pub const RECEIVE_QUEUE: u32 = 2;
pub const ALL_QUEUE: u32 = 3;

pub const NO_ACTION: u32 = 0;
pub const SEND_TO_NETWORK: u32 = 1;
pub const SEND_COMPLETE: u32 = 2;
pub const RECEIVE_FROM_NETWORK: u32 = 3;
pub const RECEIVE_COMPLETE: u32 = 4;

pub const RECEIVE_SIZE: u32 = 0;
pub const SEND_SIZE: u32 = 1;
pub const DISABLE_MASKING: u32 = 2;
pub const ALLOCATED_BUFFER: u32 = 3;
pub const DISABLE_UTF8: u32 = 4;

/// What a caller that lends memory adds to the two sizes.
pub const OVERHEAD: usize = 144;
/// WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE.
pub const PERMESSAGE_DEFLATE: u32 = 0x5753_0001;

/// WSPC_DEFLATE.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Deflate {
    pub client_bits: u32,
    pub server_bits: u32,
    /// 1: the client, 2: the server compresses each message by itself.
    pub flags: u32,
    pub level: u32,
    pub max_message: u32,
}

pub type RawHandle = *mut c_void;

/// WEB_SOCKET_PROPERTY.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Property {
    pub kind: u32,
    pub value: *const c_void,
    pub size: u32,
}

/// WEB_SOCKET_HTTP_HEADER.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HttpHeader {
    pub name: *const c_char,
    pub name_len: u32,
    pub value: *const c_char,
    pub value_len: u32,
}

/// WEB_SOCKET_BUFFER: the first two members of both arms of the union coincide.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    pub start: *mut u8,
    pub len: u32,
    pub status: u16,
}

impl Buffer {
    pub fn data(octets: &[u8]) -> Buffer {
        Buffer { start: octets.as_ptr().cast_mut(), len: octets.len() as u32, status: 0 }
    }

    pub fn close(status: u16, reason: &[u8]) -> Buffer {
        Buffer { status, ..Buffer::data(reason) }
    }
}

/// WSPC_REQUEST.
#[repr(C)]
pub struct Request {
    pub method: *const c_char,
    pub method_len: u32,
    pub target: *const c_char,
    pub target_len: u32,
    pub minor_version: u32,
}

/// WSPC_RESPONSE.
#[repr(C)]
pub struct Response {
    pub status: u32,
    pub reason: *const c_char,
    pub reason_len: u32,
    pub minor_version: u32,
}

const _: () = {
    const POINTER: usize = size_of::<usize>();
    assert!(size_of::<Buffer>() == if POINTER == 8 { 16 } else { 12 });
    assert!(size_of::<Property>() == 3 * POINTER);
    assert!(size_of::<HttpHeader>() == 4 * POINTER);
};
