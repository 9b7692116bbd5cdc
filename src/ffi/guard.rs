//! No panic crosses the border.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::hresult::{E_UNEXPECTED, from_result};
use super::types::HRESULT;
use crate::error::Result;

/// Runs the body of an entry. A panic becomes E_UNEXPECTED; the session that it happened in is
/// aborted.
#[inline(always)]
pub fn guard(body: impl FnOnce() -> Result<()>) -> HRESULT {
    catch(body).map_or(E_UNEXPECTED, from_result)
}

/// The same for the half of an entry: `None` where it panicked.
#[inline(always)]
pub fn catch<T>(body: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(body)).ok()
}

#[cfg(test)]
mod tests {
    use core::ptr::{null_mut, without_provenance_mut};

    use super::*;
    use crate::ffi::exports::*;
    use crate::ffi::types::*;
    use crate::ffi::{handle, outputs};

    const OPERATION: HRESULT = 0x8376_0001_u32 as HRESULT;

    fn open_server() -> WEB_SOCKET_HANDLE {
        let request: [(&[u8], &[u8]); 5] = [
            (b"Connection", b"Upgrade"),
            (b"Upgrade", b"websocket"),
            (b"Host", b""),
            (b"Sec-WebSocket-Version", b"13"),
            (b"Sec-WebSocket-Key", b"AAAAAAAAAAAAAAAAAAAAAA=="),
        ];
        let mut request = request.map(|(name, value)| outputs::header(name, value));
        let (mut server, mut answer, mut count) = (null_mut(), null_mut(), 0);
        // SAFETY: all pointers are to local variables.
        unsafe {
            assert_eq!(WebSocketCreateServerHandle(null_mut(), 0, &mut server), 0);
            let request = request.as_mut_ptr();
            let (none, nothing) = (null_mut(), core::ptr::null());
            let begun = WebSocketBeginServerHandshake(
                server,
                nothing,
                none,
                0,
                request,
                5,
                &mut answer,
                &mut count,
            );
            assert_eq!(begun, 0);
        }
        server
    }

    /// Result, action and application context of a GetAction.
    fn ask(handle: WEB_SOCKET_HANDLE) -> (HRESULT, u32, usize) {
        let (mut count, mut action, mut buffer_type) = (0, 99, 99);
        let (mut context, mut id) = (null_mut(), null_mut());
        // SAFETY: all pointers are to local variables, and the handle is alive.
        let result = unsafe {
            let buffers = null_mut();
            let (ty, app) = (&mut buffer_type, &mut context);
            WebSocketGetAction(
                handle,
                queue::ALL,
                buffers,
                &mut count,
                &mut action,
                ty,
                app,
                &mut id,
            )
        };
        // SAFETY: likewise.
        unsafe { WebSocketCompleteAction(handle, id, 0) };
        (result, action, context.addr())
    }

    /// Pins row *no-panic* of `docs/compatibility.md`.
    #[test]
    fn a_panic_stops_at_the_border_and_its_session_only_hands_back() {
        assert_eq!(guard(|| panic!("on purpose")), E_UNEXPECTED);
        let server = open_server();
        // SAFETY: the handle is alive until it is deleted at the end.
        unsafe {
            let context = without_provenance_mut(7);
            assert_eq!(WebSocketReceive(server, null_mut(), context), 0);
            let entry = guard(|| handle::with(server, |_| -> Result<()> { panic!("on purpose") }));
            assert_eq!(entry, E_UNEXPECTED);
            assert_eq!(WebSocketReceive(server, null_mut(), null_mut()), OPERATION);
            assert_eq!(ask(server), (0, action::INDICATE_RECEIVE_COMPLETE, 7));
            assert_eq!(ask(server), (0, action::NONE, 0));
            assert_eq!(WebSocketDeleteHandle(server), 0);
        }
    }
}
