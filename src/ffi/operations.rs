//! Send, Receive and CompleteAction, each in two halves: what is usual is done by one function that calls no
//! other, and all else by a second one, as in [`super::actions`].

#![allow(non_snake_case)]

use core::hint::black_box;

use super::guard::guard;
use super::handle::{self, Rest, usual};
use super::types::*;
use super::{args, convert, hresult};
use crate::error::{Error, Result};
use crate::session::{ActionId, BufferType, Context, Session};

/// Any case. `HELD`: the lock of the handle is held already.
#[inline(always)]
unsafe fn any<const HELD: bool>(
    hWebSocket: WEB_SOCKET_HANDLE,
    look: impl FnOnce(&mut Session) -> Result<()>,
) -> HRESULT {
    // SAFETY: as the caller promises; and the lock is held where that is said.
    guard(|| unsafe {
        if HELD { handle::resume(hWebSocket, look) } else { handle::with(hWebSocket, look) }
    })
}

/// See [`super::exports::WebSocketSend`].
///
/// # Safety
///
/// See [`super`].
#[inline(always)]
pub unsafe fn send(
    hWebSocket: WEB_SOCKET_HANDLE,
    number: WEB_SOCKET_BUFFER_TYPE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    pvContext: PVOID,
) -> HRESULT {
    let buffer_type = match number {
        buffer_type::UTF8_MESSAGE => Some(BufferType::TextMessage),
        buffer_type::BINARY_MESSAGE => Some(BufferType::BinaryMessage),
        _ => None,
    };
    // SAFETY: as the caller promises; the lock is held where that is said.
    unsafe {
        let look = |session: &mut Session| {
            let buffer_type = buffer_type?;
            let payload = args::payload(buffer_type, pBuffer).ok()?;
            session.send_first(buffer_type, payload, Context(pvContext.cast())).then_some(())
        };
        match usual::<true>(hWebSocket, look) {
            Rest::Nothing => hresult::S_OK,
            Rest::Free => free(hWebSocket),
            Rest::Held => send_any::<true>(hWebSocket, number, pBuffer, pvContext),
            Rest::All => send_any::<false>(hWebSocket, number, pBuffer, pvContext),
            Rest::Panicked => hresult::E_UNEXPECTED,
        }
    }
}

#[inline(never)]
unsafe extern "system" fn send_any<const HELD: bool>(
    hWebSocket: WEB_SOCKET_HANDLE,
    number: WEB_SOCKET_BUFFER_TYPE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    pvContext: PVOID,
) -> HRESULT {
    // SAFETY: as the caller promises; the lock is held where that is said.
    unsafe {
        any::<HELD>(hWebSocket, |session| {
            let may_compress = session.may_compress();
            let connection = session.operations()?;
            let (buffer_type, plain) = convert::send_type(number)?;
            if plain && !may_compress {
                return Err(Error::InvalidArgument);
            }
            let payload = args::payload(buffer_type, pBuffer)?;
            connection.send(buffer_type, payload, plain, Context(pvContext.cast()))
        })
    }
}

/// See [`super::exports::WebSocketReceive`].
///
/// # Safety
///
/// See [`super`].
#[inline(always)]
pub unsafe fn receive(
    hWebSocket: WEB_SOCKET_HANDLE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    pvContext: PVOID,
) -> HRESULT {
    // SAFETY: as the caller promises; the lock is held where that is said.
    unsafe {
        let look = |session: &mut Session| {
            let target = args::target(pBuffer).ok()?;
            session.receive_first(target, Context(pvContext.cast())).then_some(())
        };
        match usual::<true>(hWebSocket, look) {
            Rest::Nothing => hresult::S_OK,
            Rest::Free => free(hWebSocket),
            Rest::Held => receive_any::<true>(hWebSocket, pBuffer, pvContext),
            Rest::All => receive_any::<false>(hWebSocket, pBuffer, pvContext),
            Rest::Panicked => hresult::E_UNEXPECTED,
        }
    }
}

#[inline(never)]
unsafe extern "system" fn receive_any<const HELD: bool>(
    hWebSocket: WEB_SOCKET_HANDLE,
    pBuffer: *mut WEB_SOCKET_BUFFER,
    pvContext: PVOID,
) -> HRESULT {
    // SAFETY: as the caller promises; the lock is held where that is said.
    unsafe {
        any::<HELD>(hWebSocket, |session| {
            let connection = session.operations()?;
            connection.receive(args::target(pBuffer)?, Context(pvContext.cast()))
        })
    }
}

/// See [`super::exports::WebSocketCompleteAction`].
///
/// # Safety
///
/// See [`super`].
#[inline(always)]
pub unsafe fn complete(
    hWebSocket: WEB_SOCKET_HANDLE,
    pvActionContext: PVOID,
    ulBytesTransferred: ULONG,
) -> HRESULT {
    let Some(id) = ActionId::from_number(pvActionContext.addr()) else { return hresult::S_OK };
    // SAFETY: as the caller promises; the lock is held where that is said.
    unsafe {
        let look = |session: &mut Session| {
            session.complete_usual(id, u64::from(ulBytesTransferred)).then_some(())
        };
        match usual::<true>(hWebSocket, look) {
            Rest::Free => free(hWebSocket),
            Rest::Held => complete_any::<true>(hWebSocket, id, ulBytesTransferred),
            Rest::All => complete_any::<false>(hWebSocket, id, ulBytesTransferred),
            Rest::Nothing | Rest::Panicked => hresult::S_OK,
        }
    }
}

#[inline(never)]
unsafe extern "system" fn complete_any<const HELD: bool>(
    hWebSocket: WEB_SOCKET_HANDLE,
    id: ActionId,
    ulBytesTransferred: ULONG,
) -> HRESULT {
    // SAFETY: as the caller promises; the lock is held where that is said.
    unsafe {
        any::<HELD>(hWebSocket, |session| {
            session.complete_action(id, u64::from(ulBytesTransferred));
            Ok(())
        });
    }
    ok()
}

/// [`handle::free`] behind all that there was to do.
#[cold]
#[inline(never)]
unsafe extern "system" fn free(hWebSocket: WEB_SOCKET_HANDLE) -> HRESULT {
    // SAFETY: as the caller promises.
    unsafe { handle::free(hWebSocket) };
    ok()
}

/// S_OK, which a compiler is not to know: it would put that in place of what such a function returns, and then
/// could not jump there any more.
#[inline(always)]
fn ok() -> HRESULT {
    black_box(hresult::S_OK)
}
