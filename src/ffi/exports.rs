//! The thirteen functions of the WebSocket Protocol Component API, in the order of the header.

#![allow(non_snake_case, clippy::too_many_arguments)]

use super::guard::guard;
use super::outputs::{self, ActionOutputs, HeaderOutputs};
use super::types::*;
use super::{args, convert, handle, hresult, keepalive};
use crate::error::Error;
use crate::handshake::VERSION;
use crate::session::{self, ActionId, Role};

/// Makes a client's handle.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketCreateClientHandle(
    pProperties: ConstPProperty,
    ulPropertyCount: ULONG,
    phWebSocket: *mut WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe { create(Role::Client, pProperties, ulPropertyCount, phWebSocket) })
}

/// Makes the headers of a client's request.
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

/// Checks the server's answer; from now on the connection is open.
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
        let mut state = handle::lock(hWebSocket)?;
        let selection = state.session.end_client(response, room)?;
        let (extensions, count) = (pulSelectedExtensions, pulSelectedExtensionCount);
        outputs::write_selection(&selection, extensions, count, pulSelectedSubprotocol);
        Ok(())
    })
}

/// Makes a server's handle.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketCreateServerHandle(
    pProperties: ConstPProperty,
    ulPropertyCount: ULONG,
    phWebSocket: *mut WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe { create(Role::Server, pProperties, ulPropertyCount, phWebSocket) })
}

/// Checks a client's request and makes the headers of the answer.
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

/// Opens the connection; the first session call does the same.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketEndServerHandshake(
    hWebSocket: WEB_SOCKET_HANDLE,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe { handle::lock(hWebSocket)?.session.end_server() })
}

/// Queues a send.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketSend(
    hWebSocket: WEB_SOCKET_HANDLE,
    BufferType: WEB_SOCKET_BUFFER_TYPE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    Context: PVOID,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        let mut state = handle::lock(hWebSocket)?;
        let connection = state.session.operations()?;
        let buffer_type = convert::buffer_type(BufferType)?;
        let payload = args::payload(buffer_type, pBuffer)?;
        connection.send(buffer_type, payload, session::Context(Context.cast()))
    })
}

/// Queues a receive.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketReceive(
    hWebSocket: WEB_SOCKET_HANDLE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    pvContext: PVOID,
) -> HRESULT {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        let mut state = handle::lock(hWebSocket)?;
        let connection = state.session.operations()?;
        connection.receive(args::target(pBuffer)?, session::Context(pvContext.cast()))
    })
}

/// Says what has to be done next.
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
    let result = guard(|| unsafe {
        let slots = outputs.check()?;
        let mut state = handle::lock(hWebSocket)?;
        let queue = convert::queue(eActionQueue)?;
        match state.session.get_action(queue, slots)? {
            Some(action) => outputs.write(&action),
            None => outputs.write_nothing(),
        }
        Ok(())
    });
    if result != hresult::S_OK {
        // SAFETY: what this module asks of callers.
        unsafe { outputs.write_nothing() };
    }
    result
}

/// Says that an action was done.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketCompleteAction(
    hWebSocket: WEB_SOCKET_HANDLE,
    pvActionContext: PVOID,
    ulBytesTransferred: ULONG,
) -> VoidHresult {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        let id = ActionId(pvActionContext.addr());
        handle::lock(hWebSocket)?.session.complete_action(id, u64::from(ulBytesTransferred));
        Ok(())
    });
    hresult::S_OK
}

/// Gives the connection up: what is queued is only handed back.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketAbortHandle(hWebSocket: WEB_SOCKET_HANDLE) -> VoidHresult {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        handle::lock(hWebSocket)?.session.abort();
        Ok(())
    });
    hresult::S_OK
}

/// Frees the handle and all that it returned.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn WebSocketDeleteHandle(hWebSocket: WEB_SOCKET_HANDLE) -> VoidHresult {
    // SAFETY: what this module asks of callers.
    guard(|| unsafe {
        handle::delete(hWebSocket);
        Ok(())
    });
    hresult::S_OK
}

/// Says what holds for every handle.
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
        target.write_unaligned(handle::create(args::config(role, properties, count)?)?);
    }
    Ok(())
}

unsafe fn begin(
    hWebSocket: WEB_SOCKET_HANDLE,
    outputs: HeaderOutputs,
    handshake: impl FnOnce(&mut session::Session) -> crate::error::Result<()>,
) -> crate::error::Result<()> {
    // SAFETY: what this module asks of callers.
    unsafe {
        let mut state = handle::lock(hWebSocket)?;
        state.reserve_headers()?;
        handshake(&mut state.session)?;
        outputs.write(state.headers());
    }
    Ok(())
}
