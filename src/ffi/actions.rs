//! GetAction, the call of which there are most. What is asked for most often is found by a function that
//! has everything in place; all else goes on in another one, which gets the same arguments where they are,
//! for the price of a jump. `docs/performance.md` says what that is worth.

#![allow(non_snake_case, clippy::too_many_arguments)]

use core::sync::atomic::{Ordering, compiler_fence};

use super::guard::guard;
use super::handle::{self, Rest};
use super::outputs::ActionOutputs;
use super::types::*;
use super::{convert, hresult};
use crate::error::Result;
use crate::session::{Action, Queue, SendTeller, Session, Teller};

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

/// What becomes of GetAction: a function of the same arguments.
macro_rules! becomes {
    (
        $(#[$about:meta])*
        fn $name:ident $(<const $held:ident>)? ($handle:ident, $queue:ident, $outputs:ident)
        $body:block
    ) => {
        $(#[$about])*
        #[inline(never)]
        unsafe extern "system" fn $name $(<const $held: bool>)? (
            $handle: WEB_SOCKET_HANDLE,
            $queue: WEB_SOCKET_ACTION_QUEUE,
            buffers: *mut WEB_SOCKET_BUFFER,
            count: *mut ULONG,
            action: *mut WEB_SOCKET_ACTION,
            buffer_type: *mut WEB_SOCKET_BUFFER_TYPE,
            application_context: *mut PVOID,
            action_context: *mut PVOID,
        ) -> HRESULT {
            let $outputs = ActionOutputs {
                buffers,
                count,
                action,
                buffer_type,
                application_context,
                action_context,
            };
            $body
        }
    };
}

/// See [`super::exports::WebSocketGetAction`]. A read needs so few registers that hardly another one has to be
/// saved. Whatever else there is goes on in other functions, and from one place in each: a compiler jumps from the
/// first place that it comes to, and calls from all others, because some of the arguments are on the stack.
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
    let receives = matches!(eActionQueue, queue::RECEIVE | queue::ALL);
    let queue = if eActionQueue == queue::RECEIVE { Queue::Receive } else { Queue::All };
    let mut to: GetAction = next_of_sends;
    // SAFETY: as the caller promises; the lock is held where that is said.
    unsafe {
        let tried = if receives {
            usual::<true>(hWebSocket, outputs, 1, |session| {
                session.next_read(queue).map_err(|teller| to = TELLERS[teller as usize]).ok()
            })
        } else {
            Rest::All
        };
        go_on(tried, to, hWebSocket, eActionQueue, outputs)
    }
}

/// In the order of [`Teller`]: to look one up takes fewer registers than to choose.
const TELLERS: [GetAction; 7] = [
    rest::<true>,
    next_message,
    next_short,
    next_fragment,
    next_piece,
    next_of_begun,
    begin_message,
];
const _: () = assert!(Teller::Any as usize == 0 && Teller::Message as usize == 1);
const _: () = assert!(Teller::Short as usize == 2);
const _: () = assert!(Teller::Fragment as usize == 3 && Teller::Piece as usize == 4);
const _: () = assert!(Teller::Begun as usize == 5 && Teller::NewMessage as usize == 6);

becomes! {
    /// A short message that has come whole. The lock is held, and the caller has room for a buffer.
    fn next_short(hWebSocket, eActionQueue, outputs) {
        // SAFETY: as the caller promises; the lock stays held for the next function.
        unsafe { held_or(Session::next_short, next_message, hWebSocket, eActionQueue, outputs) }
    }
}

becomes! {
    /// A message that has come whole, or a read for its rest; likewise.
    fn next_message(hWebSocket, eActionQueue, outputs) {
        // SAFETY: as the caller promises; the lock stays held for the next function.
        unsafe {
            let mut to: GetAction = rest::<true>;
            let tried = held(hWebSocket, outputs, |session| {
                let message = session.next_message();
                if message.is_none() {
                    to = TELLERS[session.behind_message() as usize];
                }
                message
            });
            go_on(tried, to, hWebSocket, eActionQueue, outputs)
        }
    }
}

becomes! {
    /// A fragment that has come whole; likewise.
    fn next_fragment(hWebSocket, eActionQueue, outputs) {
        // SAFETY: likewise.
        unsafe { held_or(Session::next_fragment, next_piece, hWebSocket, eActionQueue, outputs) }
    }
}

becomes! {
    /// The first read of a message of which the header is there; likewise.
    fn begin_message(hWebSocket, eActionQueue, outputs) {
        // SAFETY: likewise.
        unsafe { held_or(Session::begin_message, next_piece, hWebSocket, eActionQueue, outputs) }
    }
}

becomes! {
    /// What comes next of a frame of data that has begun; likewise.
    fn next_of_begun(hWebSocket, eActionQueue, outputs) {
        // SAFETY: likewise.
        unsafe { held_or(Session::next_of_begun, next_piece, hWebSocket, eActionQueue, outputs) }
    }
}

becomes! {
    /// A piece of a frame, or a read for one; likewise.
    fn next_piece(hWebSocket, eActionQueue, outputs) {
        // SAFETY: likewise.
        unsafe { held_or(Session::next_piece, rest::<true>, hWebSocket, eActionQueue, outputs) }
    }
}

becomes! {
    /// For the send queue: that the only send is over. Or for no queue that there is, or where it is to be found out
    /// what is wrong.
    fn next_of_sends(hWebSocket, eActionQueue, outputs) {
        // SAFETY: as the caller promises; the lock is held where that is said.
        unsafe {
            let mut to: GetAction = rest::<false>;
            let tried = if eActionQueue == queue::SEND {
                usual::<false>(hWebSocket, outputs, 2, |session| {
                    let sent = session.next_last_sent();
                    if sent.is_none() {
                        to = SEND_TELLERS[session.send_teller() as usize];
                    }
                    sent
                })
            } else {
                Rest::All
            };
            go_on(tried, to, hWebSocket, eActionQueue, outputs)
        }
    }
}

/// In the order of [`SendTeller`].
const SEND_TELLERS: [GetAction; 5] =
    [rest::<true>, next_sent, next_frame, next_masked_frame, next_send_piece];
const _: () = assert!(SendTeller::Any as usize == 0 && SendTeller::Sent as usize == 1);
const _: () = assert!(SendTeller::Frame as usize == 2 && SendTeller::MaskedFrame as usize == 3);
const _: () = assert!(SendTeller::Piece as usize == 4);

/// What tells of the send at the front, in this way alone. The lock is held, and the caller has room for two buffers.
macro_rules! tells {
    ($(#[$about:meta])* fn $name:ident by $teller:ident) => {
        becomes! {
            $(#[$about])*
            fn $name(hWebSocket, eActionQueue, outputs) {
                let find = |session: &mut Session| session.next_send(SendTeller::$teller);
                // SAFETY: as the caller promises; the lock stays held for the next function.
                unsafe { held_or(find, rest::<true>, hWebSocket, eActionQueue, outputs) }
            }
        }
    };
}

tells! {
    /// That a send is over, behind which others wait.
    fn next_sent by Sent
}
tells! {
    /// A frame whose payload is sent from where it is.
    fn next_frame by Frame
}
tells! {
    /// One whose payload is masked.
    fn next_masked_frame by MaskedFrame
}
tells! {
    /// The rest of one that goes out in pieces.
    fn next_send_piece by Piece
}

/// Tries the usual case, for which the caller has to have room for so many buffers.
#[inline(always)]
unsafe fn usual<const EITHER_WAY: bool>(
    hWebSocket: WEB_SOCKET_HANDLE,
    outputs: ActionOutputs,
    slots: ULONG,
    find: impl FnOnce(&mut Session) -> Option<Action>,
) -> Rest {
    // SAFETY: as the caller promises.
    unsafe {
        // Not one question with whatever was asked before: see `args::not_null`.
        compiler_fence(Ordering::AcqRel);
        if !outputs.have_room(slots) {
            return Rest::All;
        }
        handle::usual::<EITHER_WAY>(hWebSocket, |session| {
            find(session).map(|found| outputs.write(&found))
        })
    }
}

/// The same with the lock held.
#[inline(always)]
unsafe fn held(
    hWebSocket: WEB_SOCKET_HANDLE,
    outputs: ActionOutputs,
    find: impl FnOnce(&mut Session) -> Option<Action>,
) -> Rest {
    // SAFETY: as the caller promises.
    unsafe {
        handle::attempt(hWebSocket, |session| find(session).map(|found| outputs.write(&found)))
    }
}

/// The same, and all else is left to another function.
#[inline(always)]
unsafe fn held_or(
    find: impl FnOnce(&mut Session) -> Option<Action>,
    to: GetAction,
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    outputs: ActionOutputs,
) -> HRESULT {
    // SAFETY: as the caller promises; the lock stays held for the next function.
    unsafe { go_on(held(hWebSocket, outputs, find), to, hWebSocket, eActionQueue, outputs) }
}

/// Leaves what is left to another function.
#[inline(always)]
unsafe fn go_on(
    tried: Rest,
    to: GetAction,
    hWebSocket: WEB_SOCKET_HANDLE,
    eActionQueue: WEB_SOCKET_ACTION_QUEUE,
    outputs: ActionOutputs,
) -> HRESULT {
    let ActionOutputs { buffers, count, action, buffer_type, application_context, action_context } =
        outputs;
    let (to, eActionQueue): (GetAction, _) =
        if matches!(tried, Rest::Free) { (free, 0) } else { (to, eActionQueue) };
    // SAFETY: as the caller promises.
    unsafe {
        match tried {
            Rest::Nothing => hresult::S_OK,
            Rest::Panicked => give_up(outputs),
            Rest::Free | Rest::Held | Rest::All => to(
                hWebSocket,
                eActionQueue,
                buffers,
                count,
                action,
                buffer_type,
                application_context,
                action_context,
            ),
        }
    }
}

becomes! {
    /// All is done but for the lock, which is to be freed.
    fn free(hWebSocket, _queue, _outputs) {
        // SAFETY: as the caller promises.
        unsafe { handle::free(hWebSocket) };
        hresult::S_OK
    }
}

becomes! {
    /// Any case. `HELD`: the lock of the handle is held already.
    fn rest<const HELD>(hWebSocket, eActionQueue, outputs) {
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
