//! Constants and layouts, in the order of `facts.c`.

use std::mem::{offset_of, size_of};

use windows_sys::Win32::Foundation::*;
use windows_sys::Win32::Networking::WebSocket::*;

/// As 32 bits without a sign: MSVC's enumerations have one, ours in C have none.
macro_rules! constants {
    ($($name:ident)*) => {
        $(println!("{} {:#x}", stringify!($name), $name as u32);)*
    };
}

macro_rules! layout {
    ($name:ident, $path:ty, $($field:ident)*) => {
        println!("{} {}", stringify!($name), size_of::<$path>());
        $(println!("{}.{} {}", stringify!($name), stringify!($field), offset_of!($path, $field));)*
    };
}

pub fn print() {
    // The names of include/websocket_types.h.
    include!(env!("ORACLE_CONSTANTS"));
    layout!(WEB_SOCKET_PROPERTY, WEB_SOCKET_PROPERTY, Type pvValue ulValueSize);
    layout!(WEB_SOCKET_HTTP_HEADER, WEB_SOCKET_HTTP_HEADER,
        pcName ulNameLength pcValue ulValueLength);
    layout!(WEB_SOCKET_BUFFER, WEB_SOCKET_BUFFER, Data CloseStatus);
    layout!(Data, WEB_SOCKET_BUFFER_0, pbBuffer ulBufferLength);
    layout!(CloseStatus, WEB_SOCKET_BUFFER_1, pbReason ulReasonLength usStatus);
    layout!(WEB_SOCKET_HANDLE, WEB_SOCKET_HANDLE,);
}
