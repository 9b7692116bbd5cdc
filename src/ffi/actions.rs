//! GetAction, the call of which there are most. What is asked for most often is found by a function that
//! has everything in place; all else goes on in another one, which gets the same arguments where they are,
//! for the price of a jump. `docs/performance.md` says what that is worth.

#![allow(non_snake_case, clippy::too_many_arguments)]

use super::guard::{self, guard};
use super::handle::{self, Begun};
use super::outputs::ActionOutputs;
use super::types::*;
use super::{convert, hresult};
use crate::error::Result;
use crate::session::{Action, Session};

/// GetAction, or what becomes of it.
type GetAction = unsafe extern "system" fn(
    WEB_SOCKET_HANDLE,
    WEB_SOCKET_ACTION_QUEUE,
    *mut WEB_SOCKET_BUFFER,
    *mut ULONG,
    *mut WEB_SOCKET_ACTION,
    *mut WEB_SOCKET_BUFFER_TYPE,
    *mut PVOID,
    *mut PVOID,
) -> HRESULT;

/// See [`super::exports::WebSocketGetAction`].
///
/// # Safety
///
/// See [`super`].
#[inline(always)]
pub unsafe fn get_action(
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    outputs: ActionOutputs,
) -> HRESULT {
    // SAFETY: as the caller promises.
    unsafe {
        match eActionQueue {
            queue::RECEIVE | queue::ALL => {
                usual(hWebSocket, eActionQueue, outputs, 1, Session::next_whole, || {
                    next_part(hWebSocket, eActionQueue, outputs)
                })
            }
            _ => go_on(next_send, hWebSocket, eActionQueue, outputs),
        }
    }
}

/// The same for the send queue, or for none that there is.
unsafe extern "system" fn next_send(
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    buffers: *mut WEB_SOCKET_BUFFER,
    count: *mut ULONG,
    action: *mut WEB_SOCKET_ACTION,
    buffer_type: *mut WEB_SOCKET_BUFFER_TYPE,
    application_context: *mut PVOID,
    action_context: *mut PVOID,
) -> HRESULT {
    let outputs =
        ActionOutputs { buffers, count, action, buffer_type, application_context, action_context };
    // SAFETY: as the caller promises.
    unsafe {
        if eActionQueue != queue::SEND {
            return go_on(rest::<false>, hWebSocket, eActionQueue, outputs);
        }
        usual(hWebSocket, eActionQueue, outputs, 2, Session::next_send, || {
            go_on(rest::<true>, hWebSocket, eActionQueue, outputs)
        })
    }
}

/// The usual case: nothing is wrong, the lock is free, the caller has room for so many buffers, and `find`
/// finds something. Where all is so but that it finds nothing, `otherwise` goes on, with the lock held.
#[inline(always)]
unsafe fn usual(
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    outputs: ActionOutputs,
    slots: ULONG,
    find: impl FnOnce(&mut Session) -> Option<Action>,
    otherwise: impl FnOnce() -> HRESULT,
) -> HRESULT {
    // SAFETY: as the caller promises; the lock is held where that is said, and let go of by `otherwise`.
    unsafe {
        let look = |session: &mut Session| find(session).map(|found| outputs.write(&found));
        let has_room = || outputs.have_room(slots);
        match guard::catch(|| has_room().then(|| handle::begin(hWebSocket, look))) {
            Some(Some(Ok(Begun::Done(())))) => hresult::S_OK,
            Some(Some(Ok(Begun::Held))) => otherwise(),
            Some(_) => go_on(rest::<false>, hWebSocket, eActionQueue, outputs),
            None => give_up(outputs),
        }
    }
}

/// The same for messages that come in parts. The lock is held, and the caller has room for a buffer.
#[inline(always)]
unsafe fn next_part(
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    outputs: ActionOutputs,
) -> HRESULT {
    // SAFETY: as the caller promises; the lock is held, and let go of by `rest` if not here.
    unsafe {
        let look = |session: &mut Session| session.next_part().map(|found| outputs.write(&found));
        match guard::catch(|| handle::attempt(hWebSocket, look)) {
            Some(Some(())) => hresult::S_OK,
            Some(None) => go_on(rest::<true>, hWebSocket, eActionQueue, outputs),
            None => give_up(outputs),
        }
    }
}

/// Leaves it to another function.
#[inline(always)]
unsafe fn go_on(
    to: GetAction,
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    outputs: ActionOutputs,
) -> HRESULT {
    let ActionOutputs { buffers, count, action, buffer_type, application_context, action_context } =
        outputs;
    // SAFETY: as the caller promises.
    unsafe {
        to(
            hWebSocket,
            eActionQueue,
            buffers,
            count,
            action,
            buffer_type,
            application_context,
            action_context,
        )
    }
}

/// Any case. `HELD`: the lock of the handle is held already.
unsafe extern "system" fn rest<const HELD: bool>(
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    buffers: *mut WEB_SOCKET_BUFFER,
    count: *mut ULONG,
    action: *mut WEB_SOCKET_ACTION,
    buffer_type: *mut WEB_SOCKET_BUFFER_TYPE,
    application_context: *mut PVOID,
    action_context: *mut PVOID,
) -> HRESULT {
    let outputs =
        ActionOutputs { buffers, count, action, buffer_type, application_context, action_context };
    // SAFETY: as the caller promises; and the lock is held where that is said.
    let result = guard(|| unsafe {
        // With the lock held nothing may be refused but inside, where it is freed again.
        let look = |session: &mut Session| any(session, eActionQueue, &outputs);
        if HELD { handle::resume(hWebSocket, look) } else { handle::with(hWebSocket, look) }
    });
    if result != hresult::S_OK {
        // SAFETY: as the caller promises.
        unsafe { outputs.write_nothing() };
    }
    result
}

#[inline(always)]
unsafe fn any(
    session: &mut Session,
    queue: WEB_SOCKET_ACTION_QUEUE,
    outputs: &ActionOutputs,
) -> Result<()> {
    // SAFETY: as the caller promises.
    unsafe {
        let slots = outputs.check()?;
        let queue = convert::queue(queue)?;
        if let Some(action) = session.usual_send(queue, slots) {
            outputs.write(&action);
            return Ok(());
        }
        match session.get_action(queue, slots)? {
            Some(action) => outputs.write(&action),
            None => outputs.write_nothing(),
        }
    }
    Ok(())
}

/// Behind a panic.
#[cold]
unsafe fn give_up(outputs: ActionOutputs) -> HRESULT {
    // SAFETY: as the caller promises.
    unsafe { outputs.write_nothing() };
    hresult::E_UNEXPECTED
}
