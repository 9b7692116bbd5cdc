//! Whole conversations through the C functions, in memory of the caller's and of the library's own. What
//! they show otherwise is tested from outside; these are here to be interpreted by Miri, which
//! sees who looks at what memory, and by which right.

#[cfg(test)]
pub mod tests {
    use core::ptr::{null_mut, without_provenance_mut};
    use std::alloc::{self, Layout};

    use crate::ffi::exports::*;
    use crate::ffi::outputs::header;
    use crate::ffi::types::*;

    pub type Handle = WEB_SOCKET_HANDLE;

    /// Memory as malloc gives it: known by its address alone.
    pub struct Block {
        pub start: *mut u8,
        pub len: usize,
    }

    impl Block {
        pub fn new(len: usize) -> Block {
            // SAFETY: the layout is not empty.
            Block { start: unsafe { alloc::alloc(Block::layout(len)) }, len }
        }

        fn layout(len: usize) -> Layout {
            Layout::array::<u8>(len).unwrap()
        }

        pub fn buffer(&self) -> WEB_SOCKET_BUFFER {
            buffer(self.start, self.len)
        }

        pub fn holding(octets: &[u8]) -> Block {
            let block = Block::new(octets.len());
            fill(&block.buffer(), octets);
            block
        }
    }

    impl Drop for Block {
        fn drop(&mut self) {
            // SAFETY: allocated in `new` with this layout.
            unsafe { alloc::dealloc(self.start, Block::layout(self.len)) };
        }
    }

    pub fn buffer(start: *mut u8, len: usize) -> WEB_SOCKET_BUFFER {
        let data = WEB_SOCKET_BUFFER_Data { pbBuffer: start, ulBufferLength: len as ULONG };
        WEB_SOCKET_BUFFER { Data: data }
    }

    /// What a handle is made with.
    #[derive(Clone, Copy, Default)]
    pub struct Setting<'b> {
        pub lent: Option<&'b Block>,
        pub compressed: bool,
    }

    pub const RECEIVE: ULONG = 256;
    pub const SEND: ULONG = 16;
    /// What is to be lent with such buffers.
    pub const LENT: usize = (RECEIVE + SEND) as usize + 144;

    pub fn create(client: bool, setting: Setting) -> Handle {
        let (mut receive, mut send) = (RECEIVE, SEND);
        let mut lent = setting.lent.map_or(null_mut(), |block| block.start);
        let mut deflate: WSPC_DEFLATE = WSPC_DEFLATE {
            ulClientWindowBits: 9,
            ulServerWindowBits: 9,
            ulFlags: 0,
            ulLevel: 1,
            ulMaxMessageLength: 0,
        };
        let property = |ty, value: PVOID, size: usize| WEB_SOCKET_PROPERTY {
            Type: ty,
            pvValue: value,
            ulValueSize: size as ULONG,
        };
        let mut properties = vec![
            property(property::RECEIVE_BUFFER_SIZE, (&raw mut receive).cast(), 4),
            property(property::SEND_BUFFER_SIZE, (&raw mut send).cast(), 4),
        ];
        if let Some(block) = setting.lent {
            let value = (&raw mut lent).cast();
            properties.push(property(property::ALLOCATED_BUFFER, value, block.len));
        }
        if setting.compressed {
            let value = (&raw mut deflate).cast();
            let size = size_of::<WSPC_DEFLATE>();
            properties.push(property(property::PERMESSAGE_DEFLATE, value, size));
        }
        let create = if client { WebSocketCreateClientHandle } else { WebSocketCreateServerHandle };
        let (count, mut handle) = (properties.len() as ULONG, null_mut());
        // SAFETY: all pointers are to local variables.
        assert_eq!(unsafe { create(properties.as_mut_ptr(), count, &mut handle) }, 0);
        handle
    }

    /// Begins on both sides; returns the server's answer, which is its handle's.
    pub fn begin_both(client: Handle, server: Handle) -> (PWEB_SOCKET_HTTP_HEADER, ULONG) {
        let (mut sent, mut count, none) = (null_mut(), 0, null_mut());
        // SAFETY: the handles are alive, and headers are read before their handle is deleted.
        unsafe {
            let (made, len) = (&mut sent, &mut count);
            let begun =
                WebSocketBeginClientHandshake(client, none, 0, none, 0, null_mut(), 0, made, len);
            assert_eq!(begun, 0);
            let mut request: Vec<_> = (0..count as usize).map(|i| sent.add(i).read()).collect();
            request.push(header(b"Host", b"h"));
            let (request, len) = (request.as_mut_ptr(), request.len() as ULONG);
            let nothing = core::ptr::null();
            let begun = WebSocketBeginServerHandshake(
                server, nothing, none, 0, request, len, &mut sent, &mut count,
            );
            assert_eq!(begun, 0);
        }
        (sent, count)
    }

    /// A client and a server after their handshake.
    pub fn pair(client: Setting, server: Setting) -> (Handle, Handle) {
        let (client, server) = (create(true, client), create(false, server));
        let (answer, count) = begin_both(client, server);
        // SAFETY: the handles are alive, and so are the headers.
        unsafe {
            let none = null_mut();
            assert_eq!(WebSocketEndClientHandshake(client, answer, count, none, none, none), 0);
            assert_eq!(WebSocketEndServerHandshake(server), 0);
        }
        (client, server)
    }

    /// All that one GetAction returned.
    pub struct Step {
        pub result: HRESULT,
        pub action: WEB_SOCKET_ACTION,
        pub kind: WEB_SOCKET_BUFFER_TYPE,
        pub buffers: Vec<WEB_SOCKET_BUFFER>,
        pub context: usize,
        pub id: PVOID,
    }

    pub fn ask(handle: Handle, queue: WEB_SOCKET_ACTION_QUEUE, slots: usize) -> Step {
        let mut buffers = vec![buffer(null_mut(), 0); slots];
        let (mut count, mut action, mut kind) = (slots as ULONG, 99, 99);
        let (mut context, mut id) = (null_mut(), null_mut());
        // SAFETY: all pointers are to local variables, and the handle is alive.
        let result = unsafe {
            let (array, context) = (buffers.as_mut_ptr(), &mut context);
            WebSocketGetAction(
                handle,
                queue,
                array,
                &mut count,
                &mut action,
                &mut kind,
                context,
                &mut id,
            )
        };
        buffers.truncate(count as usize);
        Step { result, action, kind, buffers, context: context.addr(), id }
    }

    pub fn done(handle: Handle, step: &Step, octets: usize) {
        // SAFETY: the handle is alive.
        unsafe { WebSocketCompleteAction(handle, step.id, octets as ULONG) };
    }

    pub fn octets(step: &Step) -> Vec<u8> {
        let piece = |buffer: &WEB_SOCKET_BUFFER| {
            // SAFETY: every buffer of the kinds that are asked for here has an address and a length.
            let (start, len) = unsafe { (buffer.Data.pbBuffer, buffer.Data.ulBufferLength) };
            // SAFETY: it is lent until the action is completed.
            (0..len as usize).map(move |i| unsafe { start.add(i).read() }).collect::<Vec<u8>>()
        };
        step.buffers.iter().flat_map(piece).collect()
    }

    pub fn fill(buffer: &WEB_SOCKET_BUFFER, octets: &[u8]) {
        // SAFETY: it is lent for that, and has room.
        unsafe {
            assert!(octets.len() <= buffer.Data.ulBufferLength as usize);
            buffer.Data.pbBuffer.copy_from_nonoverlapping(octets.as_ptr(), octets.len());
        }
    }

    pub fn send(
        handle: Handle,
        kind: WEB_SOCKET_BUFFER_TYPE,
        data: Option<&Block>,
        context: usize,
    ) -> HRESULT {
        let mut buffer = data.map(Block::buffer);
        let buffer = buffer.as_mut().map_or(null_mut(), |buffer| &raw mut *buffer);
        // SAFETY: the handle is alive, and the block outlives its send.
        unsafe { WebSocketSend(handle, kind, buffer, without_provenance_mut(context)) }
    }

    pub fn receive(handle: Handle, own: Option<&Block>, context: usize) -> HRESULT {
        let mut buffer = own.map(Block::buffer);
        let buffer = buffer.as_mut().map_or(null_mut(), |buffer| &raw mut *buffer);
        // SAFETY: the handle is alive, and the block outlives its receive.
        unsafe { WebSocketReceive(handle, buffer, without_provenance_mut(context)) }
    }

    pub fn delete(handle: Handle) {
        // SAFETY: the handle is alive, and not used any more.
        unsafe { WebSocketDeleteHandle(handle) };
    }

    /// What goes out until a send is over.
    pub fn what_is_sent(handle: Handle) -> Vec<u8> {
        let mut sent = Vec::new();
        loop {
            let step = ask(handle, queue::SEND, 2);
            let piece = octets(&step);
            done(handle, &step, piece.len());
            if step.action != action::SEND_TO_NETWORK {
                return sent;
            }
            sent.extend(piece);
        }
    }

    /// One end of a conversation.
    pub struct Side {
        pub handle: Handle,
        /// Where every second message is received.
        pub own: Block,
        pub slots: usize,
        /// A read that is out.
        pub read: Option<Step>,
        pub received: Vec<(WEB_SOCKET_BUFFER_TYPE, Vec<u8>)>,
        pub receives: usize,
        pub sent: Vec<usize>,
    }

    impl Side {
        pub fn new(handle: Handle, slots: usize) -> Side {
            let (own, sent) = (Block::new(64), Vec::new());
            let mut side =
                Side { handle, own, slots, read: None, received: Vec::new(), receives: 0, sent };
            side.receive_next();
            side
        }

        fn receive_next(&mut self) {
            let own = (self.receives % 2 == 1).then_some(&self.own);
            assert_eq!(receive(self.handle, own, self.receives), 0);
            self.receives += 1;
        }

        /// Goes on until it needs octets that have not come; they come by so many.
        pub fn turn(&mut self, input: &mut Vec<u8>, output: &mut Vec<u8>, most: usize) {
            loop {
                if let Some(read) = self.read.take_if(|_| !input.is_empty()) {
                    // SAFETY: a read has one buffer of data.
                    let room = unsafe { read.buffers[0].Data.ulBufferLength } as usize;
                    let len = input.len().min(most).min(room);
                    fill(&read.buffers[0], &input[..len]);
                    input.drain(..len);
                    done(self.handle, &read, len);
                }
                let queue = if self.read.is_some() { queue::SEND } else { queue::ALL };
                let step = ask(self.handle, queue, self.slots);
                assert_eq!(step.result, 0);
                match step.action {
                    action::NONE if self.read.is_some() && !input.is_empty() => {}
                    action::NONE => return,
                    action::RECEIVE_FROM_NETWORK => self.read = Some(step),
                    _ => self.perform(step, output),
                }
            }
        }

        fn perform(&mut self, step: Step, output: &mut Vec<u8>) {
            let mut transferred = 0;
            if step.action == action::SEND_TO_NETWORK {
                let octets = octets(&step);
                transferred = octets.len();
                output.extend(octets);
            } else if step.action == action::INDICATE_SEND_COMPLETE {
                self.sent.push(step.context);
            } else if step.kind == buffer_type::CLOSE {
                self.received.push((step.kind, Vec::new()));
            } else {
                self.received.push((step.kind, octets(&step)));
                // As callers do, before it is completed.
                self.receive_next();
            }
            done(self.handle, &step, transferred);
        }
    }

    /// Messages of all sizes in both directions, pings among them, and a close.
    pub fn converse((client, server): (Handle, Handle), slots: usize, most: usize) {
        let mut sides = [Side::new(client, slots), Side::new(server, slots)];
        let mut wires = [Vec::new(), Vec::new()];
        let texts = [0, 1, 15, 16, 17, 125, 126, 300].map(|len| {
            let text: Vec<u8> = (0..len).map(|i| b'a' + (i % 26) as u8).collect();
            (Block::holding(if len == 0 { b" " } else { &text }), text)
        });
        let mut numbers = Vec::new();
        for (number, (block, text)) in texts.iter().enumerate() {
            for side in &sides {
                let block = (!text.is_empty()).then_some(block);
                let kind = if block.is_some() {
                    buffer_type::UTF8_MESSAGE
                } else {
                    buffer_type::PING_PONG
                };
                assert_eq!(send(side.handle, kind, block, number), 0);
            }
            numbers.push(number);
            let [client, server] = &mut sides;
            let [to_server, to_client] = &mut wires;
            while {
                client.turn(to_client, to_server, most);
                server.turn(to_server, to_client, most);
                !to_client.is_empty() || !to_server.is_empty()
            } {}
        }
        for side in sides {
            assert_eq!(side.sent, numbers);
            let data = side.received.iter().filter(|(kind, _)| *kind != buffer_type::PING_PONG);
            let got: Vec<u8> = data.flat_map(|(_, octets)| octets.clone()).collect();
            assert_eq!(got, texts.iter().flat_map(|(_, text)| text.clone()).collect::<Vec<_>>());
            // A read is out.
            delete(side.handle);
        }
    }

    #[test]
    fn in_memory_of_the_librarys() {
        converse(pair(Setting::default(), Setting::default()), 2, 1000);
    }

    #[test]
    fn in_memory_that_was_lent() {
        let (client, server) = (Block::new(LENT), Block::new(LENT));
        let setting = |block| Setting { lent: Some(block), compressed: false };
        converse(pair(setting(&client), setting(&server)), 1, 7);
    }

    /// They are looked at with what stands behind them, of which nobody has written to all.
    #[test]
    fn short_messages_in_memory_that_was_lent() {
        let lent = Block::new(LENT);
        let setting = Setting { lent: Some(&lent), compressed: false };
        let (client, server) = pair(Setting::default(), setting);
        let text = Block::holding(b"a short one");
        for together in [1, 2, 10] {
            let mut wire = Vec::new();
            for number in 0..together {
                assert_eq!(send(client, buffer_type::UTF8_MESSAGE, Some(&text), number), 0);
                wire.extend(what_is_sent(client));
            }
            let mut wire = Some(wire);
            for number in 0..together {
                assert_eq!(receive(server, None, number), 0);
                if let Some(wire) = wire.take() {
                    let read = ask(server, queue::RECEIVE, 1);
                    fill(&read.buffers[0], &wire);
                    done(server, &read, wire.len());
                }
                let step = ask(server, queue::RECEIVE, 1);
                assert_eq!(
                    (step.action, step.context),
                    (action::INDICATE_RECEIVE_COMPLETE, number)
                );
                assert_eq!(octets(&step), b"a short one");
                done(server, &step, 0);
            }
        }
        delete(client);
        delete(server);
    }
}
