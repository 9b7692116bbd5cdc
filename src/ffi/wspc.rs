//! Companion functions, which Microsoft's library does not have: HTTP heads, close codes, our version.

#![allow(non_snake_case)]

use super::guard::guard;
use super::types::*;
use super::{args, handle, outputs};
use crate::error::Result;
use crate::handshake::Header;
use crate::handshake::http::{self, Head};

/// Reads the head of a request: the request line, and the fields as a handshake takes them.
/// Every string is a part of the octets given. `*pulHeaderCount`: the room in `pHeaders`, then the
/// fields found. `*pulHeadLength`: the octets of the head; what stands behind it is not
/// HTTP any more. WSPC_E_INCOMPLETE: the head does not end here; read on and ask again with all of
/// it. WSPC_E_TOO_MANY_HEADERS, E_INVALID_PROTOCOL_FORMAT: it never will be good.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WspcParseRequest(
    pcData: *const CHAR,
    ulDataLength: ULONG,
    pRequest: PWSPC_REQUEST,
    pHeaders: PWEB_SOCKET_HTTP_HEADER,
    pulHeaderCount: *mut ULONG,
    pulHeadLength: *mut ULONG,
) -> HRESULT {
    let outputs = HeadOutputs { pHeaders, pulHeaderCount, pulHeadLength };
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        args::not_null(pRequest)?;
        let octets = outputs.check(pcData, ulDataLength)?;
        let line = outputs.write(|room, field| http::parse_request(octets, room, field))?;
        pRequest.write_unaligned(WSPC_REQUEST {
            pcMethod: line.method.as_ptr() as PCHAR,
            ulMethodLength: line.method.len() as ULONG,
            pcTarget: line.target.as_ptr() as PCHAR,
            ulTargetLength: line.target.len() as ULONG,
            ulMinorVersion: ULONG::from(line.minor_version),
        });
        Ok(())
    })
}

/// Reads the head of a response; see WspcParseRequest.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WspcParseResponse(
    pcData: *const CHAR,
    ulDataLength: ULONG,
    pResponse: PWSPC_RESPONSE,
    pHeaders: PWEB_SOCKET_HTTP_HEADER,
    pulHeaderCount: *mut ULONG,
    pulHeadLength: *mut ULONG,
) -> HRESULT {
    let outputs = HeadOutputs { pHeaders, pulHeaderCount, pulHeadLength };
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        args::not_null(pResponse)?;
        let octets = outputs.check(pcData, ulDataLength)?;
        let line = outputs.write(|room, field| http::parse_response(octets, room, field))?;
        pResponse.write_unaligned(WSPC_RESPONSE {
            ulStatus: ULONG::from(line.status),
            pcReason: line.reason.as_ptr() as PCHAR,
            ulReasonLength: line.reason.len() as ULONG,
            ulMinorVersion: ULONG::from(line.minor_version),
        });
        Ok(())
    })
}

/// The close code (RFC 6455 §7.4.1) that tells the peer why its octets were refused: after
/// WebSocketGetAction failed with E_INVALID_PROTOCOL_FORMAT or E_INVALID_PROTOCOL_OPERATION it is
/// 1007 for text or a close reason that is not UTF-8 and for data that cannot be decompressed, 1009
/// for a message that is longer than allowed once decompressed, 1011 if the caller completed a read
/// with more octets than there was room for, and 1002 for everything else. Queue it with WebSocketSend
/// as a close; sends still work then. It stays until the handle is deleted, also after
/// WebSocketAbortHandle. E_INVALID_PROTOCOL_OPERATION, with `*pusStatus` left alone: nothing has
/// failed. E_INVALIDARG: a NULL argument.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WspcGetCloseStatus(
    hWebSocket: WEB_SOCKET_HANDLE,
    pusStatus: *mut USHORT,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        args::not_null(pusStatus)?;
        let status = handle::with(hWebSocket, |session| session.close_status())?;
        pusStatus.write_unaligned(status);
        Ok(())
    })
}

/// The version of this library, as WSPC_VERSION has that of the header.
#[unsafe(no_mangle)]
pub extern "system" fn WspcVersion() -> ULONG {
    const VERSION: ULONG = number(env!("CARGO_PKG_VERSION_MAJOR")) << 16
        | number(env!("CARGO_PKG_VERSION_MINOR")) << 8
        | number(env!("CARGO_PKG_VERSION_PATCH"));
    VERSION
}

const fn number(digits: &str) -> ULONG {
    match ULONG::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version that is not a number"),
    }
}

/// Where the fields of a head go.
struct HeadOutputs {
    pHeaders: PWEB_SOCKET_HTTP_HEADER,
    pulHeaderCount: *mut ULONG,
    pulHeadLength: *mut ULONG,
}

impl HeadOutputs {
    unsafe fn check<'a>(&self, data: *const CHAR, len: ULONG) -> Result<&'a [u8]> {
        #[cfg(test)]
        crate::panics::pass();
        args::not_null(self.pulHeaderCount)?;
        args::not_null(self.pulHeadLength)?;
        // SAFETY: what this module asks of callers.
        unsafe {
            if self.pulHeaderCount.read_unaligned() > 0 {
                args::not_null(self.pHeaders)?;
            }
            if len > 0 {
                args::not_null(data)?;
            }
            Ok(args::octets(data.cast(), len))
        }
    }

    /// Writes the fields and what is known of them; returns the first line.
    unsafe fn write<'a, L>(
        &self,
        parse: impl FnOnce(usize, &mut dyn FnMut(Header<'a>)) -> Result<Head<L>>,
    ) -> Result<L> {
        let mut count = 0;
        // SAFETY: what this module asks of callers; no more fields come than there is room for.
        unsafe {
            let room = self.pulHeaderCount.read_unaligned() as usize;
            let head = parse(room, &mut |field| {
                self.pHeaders.add(count).write_unaligned(outputs::header(field.name, field.value));
                count += 1;
            })?;
            self.pulHeaderCount.write_unaligned(count as ULONG);
            self.pulHeadLength.write_unaligned(head.head_len as ULONG);
            Ok(head.line)
        }
    }
}
