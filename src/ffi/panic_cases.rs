//! A panic at each place where one is tried, behind every function of an open connection, in the usual half and in
//! the other: the result, what becomes of the session, and that the lock is free. Pins row *no-panic* of
//! `docs/compatibility.md`.

#[cfg(test)]
pub mod tests {
    use core::ptr::null_mut;

    use crate::ffi::exports::*;
    use crate::ffi::hresult::E_UNEXPECTED;
    use crate::ffi::memory_cases::tests::*;
    use crate::ffi::types::*;
    use crate::ffi::wspc::*;
    use crate::panics;

    pub const OPERATION: HRESULT = 0x8376_0001_u32 as HRESULT;
    pub const TEXT: WEB_SOCKET_BUFFER_TYPE = buffer_type::UTF8_MESSAGE;
    const PING: WEB_SOCKET_BUFFER_TYPE = buffer_type::PING_PONG;
    /// The context of the operation that a call queues which may fail.
    const OWN: usize = 99;
    /// More than there are.
    const MANY: usize = 1000;

    /// Runs a call so that its n-th place panics; 0: none. How many places it came to.
    pub fn places(nth: usize, call: impl FnOnce()) -> usize {
        let armed = if nth == 0 { MANY } else { nth };
        panics::arm(armed);
        call();
        armed - panics::disarm().0
    }

    /// The places to try of so many. Miri interprets.
    pub fn each(count: usize) -> impl Iterator<Item = usize> {
        (1..=count).step_by(if cfg!(miri) { 3 } else { 1 })
    }

    // ---- an open connection ----

    /// A handle with work, and what is known of it.
    struct World {
        handle: Handle,
        peer: Handle,
        text: Block,
        /// Where a piece of a message is received to.
        target: Block,
        /// Contexts of what is queued.
        queued: Vec<usize>,
        out: Vec<Step>,
    }

    impl World {
        fn new(client: bool, compressed: bool) -> World {
            let setting = Setting { lent: None, compressed };
            let (one, other) = pair(setting, setting);
            let (handle, peer) = if client { (one, other) } else { (other, one) };
            let (text, target) = (Block::holding(&[b'x'; 40]), Block::holding(&[0; 10]));
            World { handle, peer, text, target, queued: Vec::new(), out: Vec::new() }
        }

        fn send(&mut self, kind: WEB_SOCKET_BUFFER_TYPE) {
            let (context, data) = (self.queued.len() + 1, (kind != PING).then_some(&self.text));
            assert_eq!(send(self.handle, kind, data, context), 0);
            self.queued.push(context);
        }

        fn receive(&mut self) {
            let context = self.queued.len() + 1;
            assert_eq!(receive(self.handle, None, context), 0);
            self.queued.push(context);
        }

        fn take(&mut self, queue: WEB_SOCKET_ACTION_QUEUE) {
            let step = ask(self.handle, queue, 2);
            assert_eq!(step.result, 0);
            assert!(!step.buffers.is_empty());
            self.out.push(step);
        }

        /// What the peer sends for that.
        fn frame(&mut self, kind: WEB_SOCKET_BUFFER_TYPE) -> Vec<u8> {
            assert_eq!(send(self.peer, kind, (kind != PING).then_some(&self.text), 0), 0);
            what_is_sent(self.peer)
        }

        /// A receive is queued, and these octets come.
        fn bring(&mut self, octets: &[u8]) {
            let read = ask(self.handle, queue::RECEIVE, 1);
            assert_eq!(read.action, action::RECEIVE_FROM_NETWORK);
            fill(&read.buffers[0], octets);
            done(self.handle, &read, octets.len());
        }

        /// A receive is queued, and the peer has sent that.
        fn hear(&mut self, kind: WEB_SOCKET_BUFFER_TYPE) {
            let frame = self.frame(kind);
            self.bring(&frame);
        }

        /// The only receive that is queued has got a message, and the next is queued.
        fn is_shown(&mut self) {
            self.take(queue::RECEIVE);
            done(self.handle, &self.out.remove(0), 0);
            self.queued.clear();
            self.receive();
        }

        /// What is queued can be fetched, and nothing else can be done. What a call queued that then
        /// panicked may come as well.
        fn is_aborted(&mut self, what: (&str, usize)) {
            assert_eq!(send(self.handle, TEXT, Some(&self.text), 7), OPERATION);
            assert_eq!(receive(self.handle, None, 7), OPERATION);
            self.out.drain(..).for_each(|step| done(self.handle, &step, 0));
            let mut back = Vec::new();
            loop {
                let step = ask(self.handle, queue::ALL, 2);
                assert_eq!((step.result, step.buffers.len()), (0, 0));
                if step.action == action::NONE {
                    break;
                }
                back.push(step.context);
                done(self.handle, &step, 0);
            }
            back.sort_unstable();
            back.retain(|context| *context != OWN);
            assert_eq!(back, self.queued, "{what:?}");
        }

        fn delete(self) {
            delete(self.handle);
            delete(self.peer);
        }
    }

    /// A call on an open connection.
    struct Case {
        name: &'static str,
        client: bool,
        compressed: bool,
        prepare: fn(&mut World),
        call: fn(&mut World) -> HRESULT,
        /// What it returns behind a panic.
        result: HRESULT,
        /// Which of the functions behind the entry does it: the lock is passed into and out of so often.
        parts: usize,
    }

    fn get_action(world: &mut World, queue: WEB_SOCKET_ACTION_QUEUE) -> HRESULT {
        let step = ask(world.handle, queue, 2);
        let result = step.result;
        if result == 0 {
            assert_ne!(step.action, action::NONE);
        } else {
            assert_eq!((step.action, step.buffers.len()), (action::NONE, 0));
            assert_eq!((step.context, step.id), (0, null_mut()));
        }
        result
    }

    fn get_send(world: &mut World) -> HRESULT {
        get_action(world, queue::SEND)
    }

    fn get_receive(world: &mut World) -> HRESULT {
        get_action(world, queue::RECEIVE)
    }

    fn get_any(world: &mut World) -> HRESULT {
        get_action(world, queue::ALL)
    }

    fn call_send(world: &mut World) -> HRESULT {
        send(world.handle, TEXT, Some(&world.text), OWN)
    }

    fn call_receive(world: &mut World) -> HRESULT {
        receive(world.handle, None, OWN)
    }

    /// With one octet less than all, or with all of them.
    fn complete(world: &mut World, less: usize) -> HRESULT {
        let step = &world.out[0];
        let len = octets_lent(step) - less;
        // SAFETY: the handle is alive.
        unsafe { WebSocketCompleteAction(world.handle, step.id, len as ULONG) }
    }

    pub fn octets_lent(step: &Step) -> usize {
        // SAFETY: all buffers of such actions have an address and a length.
        step.buffers.iter().map(|buffer| unsafe { buffer.Data.ulBufferLength } as usize).sum()
    }

    fn case(name: &'static str, prepare: fn(&mut World), call: fn(&mut World) -> HRESULT) -> Case {
        let (client, compressed, result) = (false, false, E_UNEXPECTED);
        Case { name, client, compressed, prepare, call, result, parts: 1 }
    }

    fn cases() -> Vec<Case> {
        let queue_two = |world: &mut World| {
            world.send(TEXT);
            world.send(PING);
            world.receive();
        };
        let one_send = |world: &mut World| world.send(TEXT);
        let has_sent_a_piece = |world: &mut World| {
            world.send(TEXT);
            world.take(queue::SEND);
            complete(world, 0);
            world.out.clear();
        };
        let has_sent = |world: &mut World| {
            sent(world);
            done(world.handle, &ask(world.handle, queue::SEND, 2), 0);
            world.queued.clear();
            world.send(TEXT);
        };
        let is_sending = |world: &mut World| {
            world.send(TEXT);
            world.receive();
            world.take(queue::SEND);
        };
        let is_reading = |world: &mut World| {
            world.send(TEXT);
            world.receive();
            world.take(queue::RECEIVE);
        };
        let has_heard = |world: &mut World| {
            world.receive();
            world.receive();
            world.hear(TEXT);
        };
        let has_received = |world: &mut World| {
            world.receive();
            world.hear(TEXT);
            world.is_shown();
        };
        let has_a_part_that_must_be_moved = |world: &mut World| {
            world.text = Block::holding(&[b'x'; 150]);
            let frames = [(); 2].map(|()| world.frame(buffer_type::BINARY_MESSAGE));
            world.receive();
            world.bring(&frames.concat()[..200]);
            world.is_shown();
        };
        let has_a_part_of_a_text = |world: &mut World| {
            let frame = world.frame(TEXT);
            world.receive();
            world.bring(&frame[..20]);
        };
        let has_more_of_a_text = |world: &mut World| {
            let frame = world.frame(TEXT);
            world.receive();
            world.bring(&frame[..20]);
            world.bring(&frame[20..30]);
        };
        let has_heard_a_long_one = |world: &mut World| {
            assert_eq!(receive(world.handle, Some(&world.target), 1), 0);
            world.queued.push(1);
            world.hear(TEXT);
        };
        let has_heard_a_part = |world: &mut World| {
            world.receive();
            world.hear(buffer_type::UTF8_FRAGMENT);
        };
        let has_pinged = |world: &mut World| {
            world.receive();
            world.hear(PING);
        };
        let abort = |world: &mut World| {
            // SAFETY: the handle is alive.
            unsafe { WebSocketAbortHandle(world.handle) }
        };
        let status = |world: &mut World| {
            let mut status = 0;
            // SAFETY: the handle is alive.
            let result = unsafe { WspcGetCloseStatus(world.handle, &mut status) };
            if result == OPERATION { 0 } else { result }
        };
        let short_send = |world: &mut World| {
            world.text = Block::holding(b"x");
            world.send(TEXT);
        };
        let two_tracks = |world: &mut World| {
            world.send(TEXT);
            world.receive();
            world.hear(TEXT);
        };
        let void = |case: Case| Case { result: 0, ..case };
        let client = |case: Case| Case { client: true, ..case };
        let in_parts = |parts, case: Case| Case { parts, ..case };
        let rest = |case| in_parts(2, case);
        let packed = |case: Case| Case { compressed: true, ..case };
        vec![
            case("send", |_| (), call_send),
            rest(case("send behind others", queue_two, call_send)),
            rest(packed(case("send compressed", |_| (), call_send))),
            case("receive", |_| (), call_receive),
            rest(case("receive behind others", queue_two, call_receive)),
            in_parts(3, case("get first send", one_send, get_send)),
            rest(case("get send", has_sent, get_send)),
            rest(client(case("get short send", short_send, get_send))),
            rest(client(case("get first piece of a send", one_send, get_send))),
            rest(client(case("get piece of a send", has_sent_a_piece, get_send))),
            in_parts(3, client(packed(case("get compressed send", one_send, get_send)))),
            in_parts(3, packed(case("get compressed send", one_send, get_send))),
            case("get indication of a send", sent, get_send),
            in_parts(3, case("get first read", |world| world.receive(), get_receive)),
            case("get read", has_received, get_receive),
            in_parts(3, case("get read of the rest", has_a_part_that_must_be_moved, get_receive)),
            rest(case("get message", has_heard, get_receive)),
            rest(client(case("get message", has_heard, get_any))),
            in_parts(3, case("get fragment", has_heard_a_part, get_receive)),
            in_parts(3, case("get piece", has_heard_a_long_one, get_receive)),
            in_parts(3, case("get read of a text", has_a_part_of_a_text, get_receive)),
            rest(case("get next read of a text", has_more_of_a_text, get_receive)),
            rest(case("get any of two", two_tracks, get_any)),
            rest(client(case("get any of more", queue_two, get_any))),
            in_parts(4, case("get pong", has_pinged, get_any)),
            in_parts(4, client(case("get pong", has_pinged, get_receive))),
            in_parts(4, packed(case("get decompressed", has_heard, get_any))),
            void(case("complete a send", is_sending, |world| complete(world, 0))),
            void(rest(case("complete in part", is_sending, |world| complete(world, 1)))),
            void(case("complete a read", is_reading, |world| complete(world, 1))),
            void(rest(case("complete with nothing", is_reading, complete_with_nothing))),
            void(case("abort", queue_two, abort)),
            case("close status", queue_two, status),
        ]
    }

    fn complete_with_nothing(world: &mut World) -> HRESULT {
        let all = octets_lent(&world.out[0]);
        complete(world, all)
    }

    /// A send is with the network.
    fn sent(world: &mut World) {
        world.send(TEXT);
        world.take(queue::SEND);
        complete(world, 0);
        world.out.clear();
    }

    /// Makes a world and the call; how many places that came to, and the world behind it.
    fn run(case: &Case, nth: usize) -> (usize, World) {
        let mut world = World::new(case.client, case.compressed);
        (case.prepare)(&mut world);
        let mut result = 0;
        let count = places(nth, || result = (case.call)(&mut world));
        let (_, looks) = panics::disarm();
        assert_eq!(result, if nth == 0 { 0 } else { case.result }, "{} {nth}", case.name);
        assert!(nth > 0 || looks == 2 * case.parts, "{}: {looks} looks", case.name);
        (count, world)
    }

    #[test]
    fn an_open_connection_is_aborted_and_hands_back() {
        let mut tried = 0;
        for case in cases() {
            let (count, world) = run(&case, 0);
            world.delete();
            tried += count;
            // At the last place of a GetAction its action is handed out, and the results are written, which
            // cannot panic.
            let last = count - usize::from(case.name.starts_with("get"));
            for nth in each(last) {
                let (_, mut world) = run(&case, nth);
                world.is_aborted((case.name, nth));
                world.delete();
            }
        }
        println!("{tried} places of calls on open connections");
        assert!(tried > 100);
    }
}
