//! Microsoft's types, and those of the companion functions; the C side of them is in
//! `include/websocket_types.h` and `include/wspc_types.h`. Enumerations are plain numbers here:
//! a caller may pass any value.

#![allow(non_camel_case_types, non_snake_case, clippy::upper_case_acronyms)]

use core::ffi::{c_char, c_int, c_void};

pub type USHORT = u16;
pub type ULONG = u32;
pub type BOOL = i32;
pub type HRESULT = i32;
pub type CHAR = c_char;
pub type PVOID = *mut c_void;
pub type PBYTE = *mut u8;
pub type PCHAR = *mut c_char;
pub type PCSTR = *const c_char;
/// Declared `VOID`; S_OK is in the result register all the same, because callers exist that
/// were told that there is a result (row *void-returns* of `docs/compatibility.md`).
pub type VoidHresult = i32;

#[repr(C)]
pub struct WEB_SOCKET_HANDLE__ {
    unused: c_int,
}
pub type WEB_SOCKET_HANDLE = *mut WEB_SOCKET_HANDLE__;

pub type WEB_SOCKET_PROPERTY_TYPE = u32;
pub type WEB_SOCKET_ACTION_QUEUE = u32;
pub type WEB_SOCKET_BUFFER_TYPE = u32;
pub type WEB_SOCKET_ACTION = u32;

/// Values of [`WEB_SOCKET_PROPERTY_TYPE`].
pub mod property {
    pub const RECEIVE_BUFFER_SIZE: u32 = 0;
    pub const SEND_BUFFER_SIZE: u32 = 1;
    pub const DISABLE_MASKING: u32 = 2;
    pub const ALLOCATED_BUFFER: u32 = 3;
    pub const DISABLE_UTF8_VERIFICATION: u32 = 4;
    pub const KEEPALIVE_INTERVAL: u32 = 5;
    pub const SUPPORTED_VERSIONS: u32 = 6;
    /// WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE: ours, not Microsoft's.
    pub const PERMESSAGE_DEFLATE: u32 = 0x5753_0001;
}

/// Flags of [`WSPC_DEFLATE`].
pub mod deflate_flag {
    pub const CLIENT_NO_CONTEXT_TAKEOVER: u32 = 1;
    pub const SERVER_NO_CONTEXT_TAKEOVER: u32 = 2;
}

/// Values of [`WEB_SOCKET_ACTION_QUEUE`].
pub mod queue {
    pub const SEND: u32 = 1;
    pub const RECEIVE: u32 = 2;
    pub const ALL: u32 = 3;
}

/// Values of [`WEB_SOCKET_BUFFER_TYPE`].
pub mod buffer_type {
    pub const UTF8_MESSAGE: u32 = 0x8000_0000;
    pub const UTF8_FRAGMENT: u32 = 0x8000_0001;
    pub const BINARY_MESSAGE: u32 = 0x8000_0002;
    pub const BINARY_FRAGMENT: u32 = 0x8000_0003;
    pub const CLOSE: u32 = 0x8000_0004;
    pub const PING_PONG: u32 = 0x8000_0005;
    pub const UNSOLICITED_PONG: u32 = 0x8000_0006;
    /// WSPC_UNCOMPRESSED, which is added to a type of data: ours, not Microsoft's.
    pub const UNCOMPRESSED: u32 = 0x4000_0000;
}

/// Values of [`WEB_SOCKET_ACTION`].
pub mod action {
    pub const NONE: u32 = 0;
    pub const SEND_TO_NETWORK: u32 = 1;
    pub const INDICATE_SEND_COMPLETE: u32 = 2;
    pub const RECEIVE_FROM_NETWORK: u32 = 3;
    pub const INDICATE_RECEIVE_COMPLETE: u32 = 4;
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct WEB_SOCKET_PROPERTY {
    pub Type: WEB_SOCKET_PROPERTY_TYPE,
    pub pvValue: PVOID,
    pub ulValueSize: ULONG,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct WEB_SOCKET_HTTP_HEADER {
    pub pcName: PCHAR,
    pub ulNameLength: ULONG,
    pub pcValue: PCHAR,
    pub ulValueLength: ULONG,
}
pub type PWEB_SOCKET_HTTP_HEADER = *mut WEB_SOCKET_HTTP_HEADER;

/// `const PWEB_SOCKET_PROPERTY` and `const PWEB_SOCKET_HTTP_HEADER`: the pointer is const, not
/// what it points to.
pub type ConstPProperty = *mut WEB_SOCKET_PROPERTY;
pub type ConstPHeader = *mut WEB_SOCKET_HTTP_HEADER;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct WEB_SOCKET_BUFFER_Data {
    pub pbBuffer: PBYTE,
    pub ulBufferLength: ULONG,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct WEB_SOCKET_BUFFER_CloseStatus {
    pub pbReason: PBYTE,
    pub ulReasonLength: ULONG,
    pub usStatus: USHORT,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union WEB_SOCKET_BUFFER {
    pub Data: WEB_SOCKET_BUFFER_Data,
    pub CloseStatus: WEB_SOCKET_BUFFER_CloseStatus,
}

#[repr(C)]
pub struct WSPC_REQUEST {
    pub pcMethod: PCHAR,
    pub ulMethodLength: ULONG,
    pub pcTarget: PCHAR,
    pub ulTargetLength: ULONG,
    pub ulMinorVersion: ULONG,
}
pub type PWSPC_REQUEST = *mut WSPC_REQUEST;

#[repr(C)]
pub struct WSPC_RESPONSE {
    pub ulStatus: ULONG,
    pub pcReason: PCHAR,
    pub ulReasonLength: ULONG,
    pub ulMinorVersion: ULONG,
}
pub type PWSPC_RESPONSE = *mut WSPC_RESPONSE;

/// How messages may be compressed; 0 stands for what is usual.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WSPC_DEFLATE {
    pub ulClientWindowBits: ULONG,
    pub ulServerWindowBits: ULONG,
    pub ulFlags: ULONG,
    pub ulLevel: ULONG,
    pub ulMaxMessageLength: ULONG,
}

const _: () = {
    const POINTER: usize = size_of::<usize>();
    assert!(size_of::<WEB_SOCKET_BUFFER>() == if POINTER == 8 { 16 } else { 12 });
    assert!(size_of::<WEB_SOCKET_PROPERTY>() == 3 * POINTER);
    assert!(size_of::<WEB_SOCKET_HTTP_HEADER>() == 4 * POINTER);
    assert!(core::mem::offset_of!(WEB_SOCKET_BUFFER_CloseStatus, usStatus) == POINTER + 4);
};
