//! The thirteen functions of the WebSocket Protocol Component API, in the order of the header.

#![allow(non_snake_case, clippy::too_many_arguments)]

use super::guard::guard;
use super::outputs::{self, ActionOutputs, HeaderOutputs};
use super::types::*;
use super::{actions, args, handle, hresult, keepalive, operations};
use crate::error::Error;
use crate::handshake::{Lines, VERSION};
use crate::session::{self, Config, Role};

/// Makes a client's handle, to be freed with WebSocketDeleteHandle.
///
/// `pProperties`: `ulPropertyCount` settings, of the types 0 to 4 and of
/// WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE (in `wspc.h`); NULL and 0 for the defaults. Values are
/// copied; a lent buffer stays in use until the handle is deleted. `*phWebSocket` is NULL on failure.
/// E_INVALIDARG: a property of another type, size or value than allowed. E_OUTOFMEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketCreateClientHandle(
    pProperties: ConstPProperty,
    ulPropertyCount: ULONG,
    phWebSocket: *mut WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe { create(Role::Client, pProperties, ulPropertyCount, phWebSocket) })
}

/// Makes the headers of a client's request (RFC 6455 section 4.1).
///
/// `pszSubprotocols`, `pszExtensions`: offers, one to a string, in order of preference.
/// `pInitialHeaders`: headers that the request has already; those that are returned replace them.
/// The array that is returned, its names and its NUL-terminated values belong to the handle.
/// E_INVALIDARG: an offer that is no token, or no extension. E_INVALID_PROTOCOL_OPERATION: a
/// server's handle, or begun already. E_OUTOFMEMORY. E_FAIL: the system has no randomness. On failure
/// nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketBeginClientHandshake(
    hWebSocket: WEB_SOCKET_HANDLE,
    pszSubprotocols: *mut PCSTR,
    ulSubprotocolCount: ULONG,
    pszExtensions: *mut PCSTR,
    ulExtensionCount: ULONG,
    pInitialHeaders: ConstPHeader,
    ulInitialHeaderCount: ULONG,
    pAdditionalHeaders: *mut PWEB_SOCKET_HTTP_HEADER,
    pulAdditionalHeaderCount: *mut ULONG,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        let outputs = HeaderOutputs { array: pAdditionalHeaders, count: pulAdditionalHeaderCount };
        outputs.check()?;
        let subprotocols = args::strings(pszSubprotocols, ulSubprotocolCount)?;
        let extensions = args::strings(pszExtensions, ulExtensionCount)?;
        // The caller's own headers are of no use here: all that the handshake needs is returned.
        let _ = args::headers(pInitialHeaders, ulInitialHeaderCount)?;
        begin(hWebSocket, outputs, |session| session.begin_client(subprotocols, extensions))
    })
}

/// Checks the headers of the server's answer (RFC 6455 section 4.1); from now on the connection is
/// open. That the status is 101 is for the caller to check.
///
/// `pulSelectedExtensions`: room for as many indices as there were offers, or NULL;
/// `*pulSelectedExtensionCount`: that room, then how many the server selected;
/// `*pulSelectedSubprotocol`: the index of the one it selected, untouched if none was offered.
/// E_INVALID_PROTOCOL_FORMAT: a header is missing or wrong. E_SUBPROTOCOL_NOT_SUPPORTED: none of
/// those offered, or another. E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED: one that was not offered.
/// E_INVALIDARG: too little room. E_INVALID_PROTOCOL_OPERATION: a server's handle, not begun, or
/// open already. E_OUTOFMEMORY. E_FAIL: the system has no randomness. On failure nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketEndClientHandshake(
    hWebSocket: WEB_SOCKET_HANDLE,
    pResponseHeaders: ConstPHeader,
    ulReponseHeaderCount: ULONG,
    pulSelectedExtensions: *mut ULONG,
    pulSelectedExtensionCount: *mut ULONG,
    pulSelectedSubprotocol: *mut ULONG,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        let response = args::headers(pResponseHeaders, ulReponseHeaderCount)?;
        let room = args::selection_room(pulSelectedExtensions, pulSelectedExtensionCount)?;
        handle::with(hWebSocket, |session| {
            let selection = session.end_client(response, room)?;
            let (extensions, count) = (pulSelectedExtensions, pulSelectedExtensionCount);
            outputs::write_selection(&selection, extensions, count, pulSelectedSubprotocol);
            Ok(())
        })
    })
}

/// Makes a server's handle; see WebSocketCreateClientHandle.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketCreateServerHandle(
    pProperties: ConstPProperty,
    ulPropertyCount: ULONG,
    phWebSocket: *mut WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe { create(Role::Server, pProperties, ulPropertyCount, phWebSocket) })
}

/// Checks the headers of a client's request and makes those of the 101 answer (RFC 6455 section
/// 4.2).
///
/// `pszSubprotocolSelected`, `pszExtensionSelected`: what the caller selects of the offers; NULL for
/// none. The array that is returned and its strings belong to the handle.
/// E_INVALID_PROTOCOL_FORMAT: a header is missing or wrong; answer 400.
/// E_PROTOCOL_VERSION_NOT_SUPPORTED: another version than 13, from 0 to 255 without leading zeros;
/// answer 426. E_INVALIDARG: selected, but not offered. E_INVALID_PROTOCOL_OPERATION: a client's
/// handle, or begun already. E_OUTOFMEMORY. On failure nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketBeginServerHandshake(
    hWebSocket: WEB_SOCKET_HANDLE,
    pszSubprotocolSelected: PCSTR,
    pszExtensionSelected: *mut PCSTR,
    ulExtensionSelectedCount: ULONG,
    pRequestHeaders: ConstPHeader,
    ulRequestHeaderCount: ULONG,
    pResponseHeaders: *mut PWEB_SOCKET_HTTP_HEADER,
    pulResponseHeaderCount: *mut ULONG,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        let outputs = HeaderOutputs { array: pResponseHeaders, count: pulResponseHeaderCount };
        outputs.check()?;
        let subprotocol = args::string(pszSubprotocolSelected);
        let extensions = args::strings(pszExtensionSelected, ulExtensionSelectedCount)?;
        let request = args::headers(pRequestHeaders, ulRequestHeaderCount)?;
        begin(hWebSocket, outputs, |session| session.begin_server(request, subprotocol, extensions))
    })
}

/// Opens a server's connection and allocates its buffers; the first session call does the same.
///
/// E_INVALID_PROTOCOL_OPERATION: a client's handle, or not begun. E_OUTOFMEMORY. E_FAIL: the system
/// has no randomness. On failure nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketEndServerHandshake(
    hWebSocket: WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe { handle::with(hWebSocket, session::Session::end_server) })
}

/// Queues a send; no octet moves before WebSocketGetAction.
///
/// `BufferType`: FRAGMENT for all parts of a message but the last, MESSAGE for the last or only one
/// (RFC 6455 section 5.4). `pBuffer`: `Data` for text and binary, `CloseStatus` for CLOSE, where
/// NULL sends none; NULL for PING_PONG (a ping) and UNSOLICITED_PONG. What it points to stays valid
/// until INDICATE_SEND_COMPLETE; the structure itself is copied. `Context` comes back with every
/// action of this operation.
/// E_INVALID_PROTOCOL_OPERATION: not open, aborted, data behind a CLOSE, or another kind of data
/// inside a message. E_INVALIDARG: type and buffer do not go together, or a reason of more than
/// WEB_SOCKET_MAX_CLOSE_REASON_LENGTH octets. E_OUTOFMEMORY. E_FAIL where this call opens the
/// connection, as WebSocketEndServerHandshake.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketSend(
    hWebSocket: WEB_SOCKET_HANDLE,
    BufferType: WEB_SOCKET_BUFFER_TYPE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    Context: PVOID,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    unsafe { operations::send(hWebSocket, BufferType, pBuffer, Context) }
}

/// Queues a receive, which ends with one indication: a message or a part of one, a pong, or the
/// peer's close. Nothing is read without one.
///
/// `pBuffer`: NULL to be shown the octets where they arrived; or `Data`, a buffer of the caller's
/// that they are copied to and that stays valid until INDICATE_RECEIVE_COMPLETE.
/// E_INVALID_PROTOCOL_OPERATION: not open, aborted, failed, or the peer's close was indicated.
/// E_INVALIDARG: a buffer at NULL or of length 0. E_OUTOFMEMORY. E_FAIL where this call opens the
/// connection, as WebSocketEndServerHandshake.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketReceive(
    hWebSocket: WEB_SOCKET_HANDLE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    pvContext: PVOID,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    unsafe { operations::receive(hWebSocket, pBuffer, pvContext) }
}

/// Says what has to be done next.
///
/// `*pulDataBufferCount`: the room in `pDataBuffers`, then the buffers used, 2 at the most; 1 is
/// enough. Their memory is lent until WebSocketCompleteAction is called with `*pvActionContext`.
/// `*pvApplicationContext` (may be NULL): that of the operation, NULL for an automatic pong.
/// E_INVALID_PROTOCOL_FORMAT, E_INVALID_PROTOCOL_OPERATION: the peer broke RFC 6455; repeated for
/// receives until WebSocketAbortHandle, sends go on. The latter also before the connection is open.
/// No fault of the peer's: E_INVALIDARG, where there is no room for a buffer that is due, or no such
/// queue; E_OUTOFMEMORY; E_FAIL, where the system has no randomness. The call can be repeated then.
/// On failure the action is NO_ACTION, without buffers and contexts.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketGetAction(
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    pDataBuffers: *mut WEB_SOCKET_BUFFER,
    pulDataBufferCount: *mut ULONG,
    pAction: *mut WEB_SOCKET_ACTION,
    pBufferType: *mut WEB_SOCKET_BUFFER_TYPE,
    pvApplicationContext: *mut PVOID,
    pvActionContext: *mut PVOID,
) -> HRESULT {
    let outputs = ActionOutputs {
        buffers: pDataBuffers,
        count: pulDataBufferCount,
        action: pAction,
        buffer_type: pBufferType,
        application_context: pvApplicationContext,
        action_context: pvActionContext,
    };
    // SAFETY: what this module asks of callers.
    unsafe { actions::get_action(hWebSocket, eActionQueue, outputs) }
}

/// Says that an action was done; a context that is not out is passed over.
///
/// `ulBytesTransferred`: octets sent, which must be all, or the send is given up; or octets read,
/// where 0 gives the receive up. For indications it is not looked at.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketCompleteAction(
    hWebSocket: WEB_SOCKET_HANDLE,
    pvActionContext: PVOID,
    ulBytesTransferred: ULONG,
) -> VoidHresult {
    // SAFETY: what this module asks of callers.
    unsafe { operations::complete(hWebSocket, pvActionContext, ulBytesTransferred) }
}

/// Gives the connection up: what is queued is only handed back, by WebSocketGetAction, without
/// buffers. NULL is passed over.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketAbortHandle(hWebSocket: WEB_SOCKET_HANDLE) -> VoidHresult {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        handle::with(hWebSocket, |session| {
            session.abort();
            Ok(())
        })
    });
    hresult::S_OK
}

/// Frees the handle and all that it returned, in any state. No other call may be under way. NULL is
/// passed over.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketDeleteHandle(hWebSocket: WEB_SOCKET_HANDLE) -> VoidHresult {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        handle::delete(hWebSocket);
        Ok(())
    });
    hresult::S_OK
}

/// Says what holds for every handle: KEEPALIVE_INTERVAL (milliseconds) or SUPPORTED_VERSIONS.
///
/// `*ulSize`: octets of room, then octets used, or needed with
/// HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER). E_INVALIDARG: another type, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketGetGlobalProperty(
    eType: WEB_SOCKET_PROPERTY_TYPE,
    pvValue: PVOID,
    ulSize: *mut ULONG,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        match eType {
            property::KEEPALIVE_INTERVAL => {
                outputs::property(keepalive::interval(), pvValue, ulSize)
            }
            property::SUPPORTED_VERSIONS => {
                outputs::property(ULONG::from(VERSION), pvValue, ulSize)
            }
            _ => Err(Error::InvalidArgument),
        }
    })
}

unsafe fn create(
    role: Role,
    properties: ConstPProperty,
    count: ULONG,
    target: *mut WEB_SOCKET_HANDLE,
) -> crate::error::Result<()> {
    // SAFETY: what this module asks of callers.
    unsafe {
        args::not_null(target)?;
        target.write_unaligned(core::ptr::null_mut());
        let mut config = Config::new(role);
        args::configure(&mut config, properties, count)?;
        target.write_unaligned(handle::create(config)?);
    }
    Ok(())
}

unsafe fn begin(
    hWebSocket: WEB_SOCKET_HANDLE,
    outputs: HeaderOutputs,
    handshake: impl FnOnce(&mut session::Session) -> crate::error::Result<Lines>,
) -> crate::error::Result<()> {
    // SAFETY: what this module asks of callers.
    unsafe {
        handle::with(hWebSocket, |session| {
            let lines = handshake(session)?;
            outputs.write(outputs::headers(session.headers(), &lines));
            Ok(())
        })
    }
}
