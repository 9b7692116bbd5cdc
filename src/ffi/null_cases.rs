//! NULL in the place of every pointer, and memory that is out or queued when a handle is given up: what
//! is answered, and under Miri that nothing else is touched.

#[cfg(test)]
mod tests {
    use core::ptr::{null, null_mut};

    use crate::ffi::exports::*;
    use crate::ffi::memory_cases::tests::*;
    use crate::ffi::types::*;
    use crate::ffi::wspc::*;

    const ARGUMENT: HRESULT = 0x8007_0057_u32 as HRESULT;

    // SAFETY of the calls in this file: pointers are NULL or to local variables, the handles are alive.
    #[test]
    fn creating_and_shaking_hands() {
        let (mut headers, mut count) = (null_mut::<WEB_SOCKET_HTTP_HEADER>(), 0);
        let mut one = [null::<CHAR>(); 1];
        let (none, no_headers) = (null_mut(), null_mut());
        // SAFETY: see above.
        unsafe {
            for create in [WebSocketCreateClientHandle, WebSocketCreateServerHandle] {
                let mut handle = null_mut();
                assert_eq!(create(null_mut(), 0, null_mut()), ARGUMENT);
                assert_eq!(create(null_mut(), 1, &mut handle), ARGUMENT);
            }
            let (client, server) =
                (create(true, Setting::default()), create(false, Setting::default()));
            let mut begin_client =
                |handle, strings, strings_count, extensions, extensions_count, given| {
                    WebSocketBeginClientHandshake(
                        handle,
                        strings,
                        strings_count,
                        extensions,
                        extensions_count,
                        no_headers,
                        given,
                        &mut headers,
                        &mut count,
                    )
                };
            assert_eq!(begin_client(null_mut(), none, 0, none, 0, 0), ARGUMENT);
            assert_eq!(begin_client(client, none, 1, none, 0, 0), ARGUMENT);
            assert_eq!(begin_client(client, one.as_mut_ptr(), 1, none, 0, 0), ARGUMENT);
            assert_eq!(begin_client(client, none, 0, none, 1, 0), ARGUMENT);
            assert_eq!(begin_client(client, none, 0, none, 0, 1), ARGUMENT);
            let begin_server = |handle, extensions_count, given, headers, count| {
                WebSocketBeginServerHandshake(
                    handle,
                    null(),
                    none,
                    extensions_count,
                    no_headers,
                    given,
                    headers,
                    count,
                )
            };
            assert_eq!(begin_server(null_mut(), 0, 0, &mut headers, &mut count), ARGUMENT);
            assert_eq!(begin_server(server, 1, 0, &mut headers, &mut count), ARGUMENT);
            assert_eq!(begin_server(server, 0, 1, &mut headers, &mut count), ARGUMENT);
            assert_eq!(begin_server(server, 0, 0, null_mut(), &mut count), ARGUMENT);
            assert_eq!(begin_server(server, 0, 0, &mut headers, null_mut()), ARGUMENT);
            let end = |handle, given, extensions| {
                WebSocketEndClientHandshake(
                    handle,
                    no_headers,
                    given,
                    extensions,
                    null_mut(),
                    null_mut(),
                )
            };
            assert_eq!(end(null_mut(), 0, null_mut()), ARGUMENT);
            assert_eq!(end(client, 1, null_mut()), ARGUMENT);
            assert_eq!(WebSocketEndServerHandshake(null_mut()), ARGUMENT);
            delete(client);
            delete(server);
            delete(null_mut());
        }
    }

    #[test]
    fn the_action_loop() {
        let (client, server) = pair(Setting::default(), Setting::default());
        // SAFETY: see above.
        unsafe {
            let mut nowhere = buffer(null_mut(), 5);
            for handle in [client, server] {
                let text = buffer_type::UTF8_MESSAGE;
                assert_eq!(WebSocketSend(handle, text, null_mut(), null_mut()), ARGUMENT);
                assert_eq!(WebSocketSend(handle, text, &mut nowhere, null_mut()), ARGUMENT);
                assert_eq!(WebSocketReceive(handle, &mut nowhere, null_mut()), ARGUMENT);
                assert_eq!(WebSocketReceive(handle, null_mut(), null_mut()), 0);
                get_action_with_each_left_out(handle);
                WebSocketCompleteAction(handle, null_mut(), 0);
            }
            assert_eq!(WebSocketSend(null_mut(), 0, null_mut(), null_mut()), ARGUMENT);
            assert_eq!(WebSocketReceive(null_mut(), null_mut(), null_mut()), ARGUMENT);
            WebSocketCompleteAction(null_mut(), null_mut(), 0);
            WebSocketAbortHandle(null_mut());
        }
        delete(client);
        delete(server);
    }

    /// Only the context of the application may be NULL.
    unsafe fn get_action_with_each_left_out(handle: Handle) {
        for left_out in 0..7 {
            let mut buffers = [buffer(null_mut(), 0); 1];
            let (mut count, mut action, mut kind) = (1, 99, 99);
            let (mut context, mut id) = (null_mut(), null_mut());
            // SAFETY: see above.
            let result = unsafe {
                WebSocketGetAction(
                    if left_out == 0 { null_mut() } else { handle },
                    queue::ALL,
                    if left_out == 1 { null_mut() } else { buffers.as_mut_ptr() },
                    if left_out == 2 { null_mut() } else { &mut count },
                    if left_out == 3 { null_mut() } else { &mut action },
                    if left_out == 4 { null_mut() } else { &mut kind },
                    if left_out == 5 { null_mut() } else { &mut context },
                    if left_out == 6 { null_mut() } else { &mut id },
                )
            };
            assert_eq!(result, if left_out == 5 { 0 } else { ARGUMENT }, "{left_out}");
            // SAFETY: see above. What was handed out is given back.
            unsafe { WebSocketCompleteAction(handle, id, 0) };
        }
    }

    #[test]
    fn companions_and_global_properties() {
        let (mut count, mut length, mut size) = (0, 0, 4);
        // SAFETY: see above.
        unsafe {
            let (data, out) = (c"GET / HTTP/1.1\r\n\r\n".as_ptr(), null_mut());
            for (data, len, count, length) in [
                (null(), 18, &raw mut count, &raw mut length),
                (data, 18, null_mut(), &raw mut length),
                (data, 18, &raw mut count, null_mut()),
                (data, 18, &raw mut count, &raw mut length),
            ] {
                assert_eq!(WspcParseRequest(data, len, null_mut(), out, count, length), ARGUMENT);
                assert_eq!(WspcParseResponse(data, len, null_mut(), out, count, length), ARGUMENT);
            }
            let mut request: core::mem::MaybeUninit<WSPC_REQUEST> =
                core::mem::MaybeUninit::uninit();
            let request = request.as_mut_ptr();
            assert_eq!(WspcParseRequest(data, 18, request, out, &mut count, &mut length), 0);
            assert_eq!((count, length), (0, 18));
            assert_eq!(WspcGetCloseStatus(null_mut(), null_mut()), ARGUMENT);
            let versions = property::SUPPORTED_VERSIONS;
            assert_eq!(WebSocketGetGlobalProperty(versions, null_mut(), &mut size), ARGUMENT);
            let value = (&raw mut count).cast();
            assert_eq!(WebSocketGetGlobalProperty(versions, value, null_mut()), ARGUMENT);
        }
    }

    /// Both roles, with a send and a read out and more behind them; `give_up` ends it.
    fn with_work_out(give_up: fn(Handle, Step, Step)) {
        for compressed in [false, true] {
            let (text, own) = (Block::holding(&[b'x'; 300]), Block::new(9));
            let (one, other) = (Block::new(LENT), Block::new(LENT));
            let ours = |lent| Setting { lent: (!compressed).then_some(lent), compressed };
            let theirs = Setting { lent: None, compressed };
            let (client, other_server) = pair(ours(&one), theirs);
            let (other_client, server) = pair(theirs, ours(&other));
            delete(other_server);
            delete(other_client);
            for handle in [client, server] {
                for context in 0..3 {
                    assert_eq!(send(handle, buffer_type::UTF8_MESSAGE, Some(&text), context), 0);
                    assert_eq!(receive(handle, (context == 1).then_some(&own), 3 + context), 0);
                }
                let sent = ask(handle, queue::SEND, 1);
                assert_eq!(sent.action, action::SEND_TO_NETWORK);
                let read = ask(handle, queue::RECEIVE, 1);
                assert_eq!(read.action, action::RECEIVE_FROM_NETWORK);
                give_up(handle, sent, read);
            }
        }
    }

    #[test]
    fn work_that_is_queued_at_an_abort_comes_back_once() {
        with_work_out(|handle, sent, read| {
            // SAFETY: the handle is alive.
            unsafe { WebSocketAbortHandle(handle) };
            // The transport goes on with what it has, and reports it.
            let len = octets(&sent).len();
            fill(&read.buffers[0], b"\x81\x01x");
            done(handle, &read, 3);
            done(handle, &sent, len);
            let mut back = Vec::new();
            loop {
                let step = ask(handle, queue::ALL, 2);
                assert_eq!((step.result, step.buffers.len()), (0, 0));
                if step.action == action::NONE {
                    break;
                }
                back.push(step.context);
                done(handle, &step, 0);
                done(handle, &step, 0);
            }
            back.sort_unstable();
            assert_eq!(back, [0, 1, 2, 3, 4, 5]);
            delete(handle);
        });
    }

    #[test]
    fn work_may_be_out_at_delete() {
        with_work_out(|handle, sent, read| {
            octets(&sent);
            fill(&read.buffers[0], b"\x81\x01x");
            delete(handle);
        });
    }

    /// A sender and a receiver, each filling and reading what was lent to it while the other is inside.
    #[test]
    fn two_threads_on_one_handle() {
        struct Shared(Handle);
        // SAFETY: a handle may be used by any thread.
        unsafe impl Sync for Shared {}
        let (client, server) = pair(Setting::default(), Setting::default());
        delete(client);
        let (shared, text) = (Shared(server), Block::holding(&[b'x'; 40]));
        let (shared, text) = (&shared, &Shared(text.start.cast()));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let text = core::mem::ManuallyDrop::new(Block { start: text.0.cast(), len: 40 });
                for number in 0..5 {
                    assert_eq!(send(shared.0, buffer_type::UTF8_MESSAGE, Some(&text), number), 0);
                    for _ in 0..2 {
                        let step = ask(shared.0, queue::SEND, 2);
                        done(shared.0, &step, octets(&step).len());
                    }
                }
            });
            scope.spawn(move || {
                for number in 0..5 {
                    assert_eq!(receive(shared.0, None, number), 0);
                    let step = ask(shared.0, queue::RECEIVE, 1);
                    fill(&step.buffers[0], b"\x81\x83\x00\x00\x00\x00abc");
                    done(shared.0, &step, 9);
                    let step = ask(shared.0, queue::RECEIVE, 1);
                    assert_eq!(octets(&step), b"abc");
                    done(shared.0, &step, 0);
                }
            });
        });
        assert_eq!(ask(server, queue::ALL, 1).action, action::NONE);
        delete(server);
    }
}
