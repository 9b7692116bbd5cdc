//! A panic at each place of the functions that have no open connection, where one is tried: handshakes,
//! handles that are made and deleted, and functions without a handle. Pins row *no-panic* of
//! `docs/compatibility.md`.

#[cfg(test)]
mod tests {
    use core::mem::MaybeUninit;
    use core::ptr::{null, null_mut};

    use crate::ffi::exports::*;
    use crate::ffi::hresult::E_UNEXPECTED;
    use crate::ffi::memory_cases::tests::*;
    use crate::ffi::outputs::header;
    use crate::ffi::panic_cases::tests::*;
    use crate::ffi::types::*;
    use crate::ffi::wspc::*;

    /// Creates a handle, which is NULL where it failed.
    fn call_create(client: bool, nth: usize) -> (usize, HRESULT) {
        let create = if client { WebSocketCreateClientHandle } else { WebSocketCreateServerHandle };
        let (mut handle, mut result) = (core::ptr::dangling_mut(), 0);
        // SAFETY: all pointers are to local variables.
        let count = places(nth, || result = unsafe { create(null_mut(), 0, &mut handle) });
        assert_eq!(handle.is_null(), nth > 0);
        if nth == 0 {
            delete(handle);
        }
        (count, result)
    }

    fn begin(handle: Handle, client: bool) -> HRESULT {
        let request: [(&[u8], &[u8]); 5] = [
            (b"Connection", b"Upgrade"),
            (b"Upgrade", b"websocket"),
            (b"Host", b""),
            (b"Sec-WebSocket-Version", b"13"),
            (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let mut request = request.map(|(name, value)| header(name, value));
        let (mut made, mut count, none) = (null_mut(), 0, null_mut());
        let request = request.as_mut_ptr();
        // SAFETY: all pointers are to local variables, and the handle is alive.
        unsafe {
            if client {
                let (made, count) = (&mut made, &mut count);
                WebSocketBeginClientHandshake(handle, none, 0, none, 0, null_mut(), 0, made, count)
            } else {
                let (made, count) = (&mut made, &mut count);
                WebSocketBeginServerHandshake(handle, null(), none, 0, request, 5, made, count)
            }
        }
    }

    /// Begins without a fault, and ends; a client by what a server of its own answers.
    fn end(handle: Handle, client: bool, nth: usize) -> (usize, HRESULT) {
        let (other, mut result) = (create(false, Setting::default()), 0);
        // SAFETY: as above; headers are read before their handle is deleted.
        let passed = unsafe {
            if client {
                let (answer, count) = begin_both(handle, other);
                let none = null_mut();
                let end = || WebSocketEndClientHandshake(handle, answer, count, none, none, none);
                let passed = places(nth, || result = end());
                assert_ne!(end(), E_UNEXPECTED);
                passed
            } else {
                assert_eq!(begin(handle, false), 0);
                let passed = places(nth, || result = WebSocketEndServerHandshake(handle));
                assert_eq!(WebSocketEndServerHandshake(handle), 0);
                passed
            }
        };
        delete(other);
        (passed, result)
    }

    /// What a handle has to be good for behind it all: errors, or more.
    fn is_consistent(handle: Handle) {
        let text = Block::holding(b"text");
        let sent = send(handle, TEXT, Some(&text), 1);
        assert!(sent == 0 || sent == OPERATION, "{sent:x}");
        loop {
            let step = ask(handle, queue::ALL, 2);
            assert!(step.result == 0 || step.result == OPERATION);
            if step.action == action::NONE {
                break;
            }
            assert_eq!((sent, step.context), (0, 1));
            done(handle, &step, octets_lent(&step));
        }
        delete(handle);
    }

    /// Tries every place of a call, which does not come to fewer of them than that.
    fn at_each_place(
        least: usize,
        result: HRESULT,
        mut call: impl FnMut(usize) -> (usize, HRESULT),
    ) {
        // The first time in a process there is more to do.
        call(0);
        let (count, good) = call(0);
        assert_eq!(good, 0);
        assert!(count >= least, "{count} places");
        for nth in each(count) {
            assert_eq!(call(nth), (nth, result));
        }
    }

    #[test]
    fn a_handshake_is_as_it_was_or_cannot_go_on() {
        for client in [true, false] {
            at_each_place(2, E_UNEXPECTED, |nth| call_create(client, nth));
            at_each_place(3, E_UNEXPECTED, |nth| {
                let (handle, mut result) = (create(client, Setting::default()), 0);
                let count = places(nth, || result = begin(handle, client));
                let again = begin(handle, client);
                assert!(again == 0 || again == OPERATION, "{again:x}");
                is_consistent(handle);
                (count, result)
            });
            at_each_place(3, E_UNEXPECTED, |nth| {
                let handle = create(client, Setting::default());
                let passed = end(handle, client, nth);
                is_consistent(handle);
                passed
            });
        }
    }

    #[test]
    fn an_abort_before_the_session_and_a_delete_return_as_ever() {
        at_each_place(2, 0, |nth| {
            let (handle, mut result) = (create(false, Setting::default()), 0);
            // SAFETY: the handle is alive.
            let count = places(nth, || result = unsafe { WebSocketAbortHandle(handle) });
            assert_eq!(begin(handle, false), 0);
            is_consistent(handle);
            (count, result)
        });
        at_each_place(1, 0, |nth| {
            let (handle, mut result) = (create(false, Setting::default()), 0);
            // SAFETY: the handle is alive; it still is where deleting it has panicked.
            let count = places(nth, || result = unsafe { WebSocketDeleteHandle(handle) });
            if nth > 0 {
                delete(handle);
            }
            (count, result)
        });
    }

    #[test]
    fn functions_without_a_handle() {
        let (mut count, mut length, mut size, mut value) = (9, 0, 4, 0u32);
        // SAFETY of these calls: all pointers are to local variables, or to constants.
        at_each_place(1, E_UNEXPECTED, |nth| {
            let (mut result, value) = (0, (&raw mut value).cast());
            let ty = property::KEEPALIVE_INTERVAL;
            // SAFETY: see above.
            let mut get = || unsafe { WebSocketGetGlobalProperty(ty, value, &mut size) };
            (places(nth, || result = get()), result)
        });
        // Longer, and with room for more fields, than what is parsed without memory.
        let get = format!("GET / HTTP/1.1\r\nA: {:0400}\r\n\r\n", 1);
        let answer = format!("HTTP/1.1 200 OK\r\nA: {:0400}\r\n\r\n", 1);
        let mut fields = [const { MaybeUninit::<WEB_SOCKET_HTTP_HEADER>::uninit() }; 100];
        let fields = fields.as_mut_ptr().cast();
        at_each_place(2, E_UNEXPECTED, |nth| {
            let (mut result, mut request) = (0, MaybeUninit::<WSPC_REQUEST>::uninit());
            let (text, len) = (get.as_ptr().cast(), get.len() as ULONG);
            let line = request.as_mut_ptr();
            (count, length) = (100, 0);
            let (count, length) = (&mut count, &mut length);
            // SAFETY: see above.
            let mut parse = || unsafe { WspcParseRequest(text, len, line, fields, count, length) };
            (places(nth, || result = parse()), result)
        });
        at_each_place(2, E_UNEXPECTED, |nth| {
            let (mut result, mut response) = (0, MaybeUninit::<WSPC_RESPONSE>::uninit());
            let (text, len) = (answer.as_ptr().cast(), answer.len() as ULONG);
            let line = response.as_mut_ptr();
            (count, length) = (100, 0);
            let (count, length) = (&mut count, &mut length);
            // SAFETY: see above.
            let mut parse = || unsafe { WspcParseResponse(text, len, line, fields, count, length) };
            (places(nth, || result = parse()), result)
        });
    }
}
