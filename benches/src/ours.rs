//! The library, driven as a careful caller drives it: no call that says nothing, every result
//! looked at. A message in a read of its own takes five calls: WebSocketReceive, WebSocketGetAction
//! and WebSocketCompleteAction for the read, both again for what came.

use std::any::Any;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use crate::library::*;
use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8, idle};
use crate::placed::Placed;
use crate::wire::{Position, Wire};

/// The receive and the send buffer of our handles.
pub const BUFFER: u32 = 16 * 1024;

/// What a handle has beside its receive and its send buffer.
pub const OVERHEAD: usize = 144;

/// The smallest buffers, for what a handle takes beside them.
const SMALLEST: (u32, u32) = (256, 16);

pub const OURS: Participant = Participant {
    receive: Some(|_| Box::new(Connection::server(BUFFER, BUFFER))),
    client_send: Some(|payload| {
        Box::new(Sending {
            connection: Connection::client(BUFFER),
            payload: payload.clone(),
            copies: true,
        })
    }),
    server_send: Some(|payload| {
        Box::new(Sending {
            connection: Connection::server(BUFFER, BUFFER),
            payload: payload.clone(),
            copies: false,
        })
    }),
    accept: Some(|request| Box::new(Accepting::new(request))),
    // With the smallest buffers: they are the caller's wish and would hide what the handle takes.
    idle: Some(|count, wire| idle(count, wire, || Connection::server(SMALLEST.0, SMALLEST.1))),
    ..Participant::named("ours", Utf8::Checked)
};

/// A handle, deleted at the end.
pub struct Connection {
    lib: &'static Library,
    handle: Handle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and no call is under way.
        unsafe { (self.lib.delete)(self.handle) };
    }
}

fn create(lib: &Library, create: bool, receive: u32, send: u32) -> Handle {
    let create = if create { lib.create_server } else { lib.create_client };
    let properties = [(0, &receive), (1, &send)].map(|(kind, value)| Property {
        kind,
        value: std::ptr::from_ref(value).cast(),
        size: 4,
    });
    let mut handle = null_mut();
    // SAFETY: two properties whose values live; a place for the handle.
    ok(unsafe { create(properties.as_ptr(), 2, &mut handle) }, "WebSocketCreate*Handle");
    handle
}

/// Answers a request; what is returned lives as long as the handle.
fn begin_server(lib: &Library, handle: Handle, request: &[Header]) -> &'static [Header] {
    let (mut headers, mut count) = (null(), 0);
    // SAFETY: the headers point to live strings, the rest to live variables.
    let result = unsafe {
        (lib.begin_server_handshake)(
            handle,
            null(),
            null(),
            0,
            request.as_ptr(),
            request.len() as u32,
            &mut headers,
            &mut count,
        )
    };
    ok(result, "WebSocketBeginServerHandshake");
    // SAFETY: so many headers were returned; callers do not keep them beyond the handle.
    unsafe { std::slice::from_raw_parts(headers, count as usize) }
}

fn end_server(lib: &Library, handle: Handle) {
    // SAFETY: the handle is open for it.
    ok(unsafe { (lib.end_server_handshake)(handle) }, "WebSocketEndServerHandshake");
}

impl Connection {
    fn new(is_server: bool, receive: u32, send: u32) -> Connection {
        let lib = library();
        Connection { lib, handle: create(lib, is_server, receive, send) }
    }

    /// An open connection of a server.
    pub fn server(receive: u32, send: u32) -> Connection {
        let connection = Connection::new(true, receive, send);
        connection.answer();
        end_server(connection.lib, connection.handle);
        connection
    }

    /// Begins the handshake of a server, with what every client sends.
    fn answer(&self) {
        let request = [
            Header::new("Host", "localhost"),
            Header::new("Connection", "Upgrade"),
            Header::new("Upgrade", "websocket"),
            Header::new("Sec-WebSocket-Version", "13"),
            Header::new("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        begin_server(self.lib, self.handle, &request);
    }

    /// Begins the handshake of a client.
    fn ask(&self) -> &[Header] {
        let (mut headers, mut count) = (null(), 0);
        // SAFETY: nothing is offered, and the results have a place.
        let result = unsafe {
            (self.lib.begin_client_handshake)(
                self.handle,
                null(),
                0,
                null(),
                0,
                null(),
                0,
                &mut headers,
                &mut count,
            )
        };
        ok(result, "WebSocketBeginClientHandshake");
        // SAFETY: so many headers were returned, and the handle lives.
        unsafe { std::slice::from_raw_parts(headers, count as usize) }
    }

    /// An open connection of a client; a server's handle answers it.
    pub fn client(buffers: u32) -> Connection {
        let connection = Connection::new(false, buffers, buffers);
        let lib = connection.lib;
        let mut request = connection.ask().to_vec();
        request.push(Header::new("Host", "localhost"));
        let server = Connection::new(true, SMALLEST.0, SMALLEST.1);
        let answer = begin_server(lib, server.handle, &request);
        // SAFETY: the answer's strings live as long as the server's handle; nothing is asked for.
        let result = unsafe {
            (lib.end_client_handshake)(
                connection.handle,
                answer.as_ptr(),
                answer.len() as u32,
                null_mut(),
                null_mut(),
                null_mut(),
            )
        };
        ok(result, "WebSocketEndClientHandshake");
        connection
    }

    #[inline]
    fn complete(&self, step: &Step<'_>, octets: u32) {
        // SAFETY: any context and count may be given.
        unsafe { (self.lib.complete_action)(self.handle, step.context, octets) };
    }
}

impl Receiver for Connection {
    #[inline]
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        let mut position = Position::default();
        let mut messages = wire.messages.len();
        while messages > 0 {
            // SAFETY: no buffer of ours, no context.
            let result = unsafe { (self.lib.receive)(self.handle, null(), null_mut()) };
            ok(result, "WebSocketReceive");
            messages -= usize::from(self.indication(wire, &mut position, sink));
        }
    }
}

impl Connection {
    /// Carries one receive out; returns whether it ended a message.
    #[inline]
    fn indication<S: Sink>(&self, wire: &Wire, position: &mut Position, sink: &mut S) -> bool {
        loop {
            let mut buffers = [MaybeUninit::uninit()];
            let step = self.lib.step(self.handle, RECEIVE_QUEUE, &mut buffers);
            let [buffer] = step.buffers else { panic!("one buffer") };
            match step.action {
                RECEIVE_FROM_NETWORK => {
                    let octets = position.next(&wire.source, buffer.length as usize);
                    // SAFETY: the buffer is lent for writing, and no more than its length comes.
                    unsafe {
                        buffer.octets.copy_from_nonoverlapping(octets.as_ptr(), octets.len())
                    };
                    self.complete(&step, octets.len() as u32);
                }
                INDICATE_RECEIVE_COMPLETE => {
                    let last = matches!(step.kind, UTF8_MESSAGE | BINARY_MESSAGE);
                    // SAFETY: the buffer is lent until the action is completed.
                    sink.part(unsafe { buffer.octets() }, last);
                    self.complete(&step, 0);
                    return last;
                }
                action => panic!("action {action} was not expected"),
            }
        }
    }
}

struct Sending {
    connection: Connection,
    payload: Placed,
    /// A server's payload goes out from where it is.
    copies: bool,
}

impl Producer for Sending {
    #[inline]
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Connection { lib, handle } = self.connection;
        let message = Buffer {
            octets: self.payload.as_mut_ptr(),
            length: self.payload.len() as u32,
            status: MaybeUninit::uninit(),
        };
        // SAFETY: the payload stays where it is until the end of this function.
        let result = unsafe { (lib.send)(handle, BINARY_MESSAGE, &message, null_mut()) };
        ok(result, "WebSocketSend");
        loop {
            let mut buffers = [MaybeUninit::uninit(); 2];
            let step = lib.step(handle, SEND_QUEUE, &mut buffers);
            match step.action {
                SEND_TO_NETWORK => {
                    if N::KEEPS && !self.copies && message.length > 0 {
                        let last = step.buffers.last().expect("a buffer");
                        assert!(last.octets == message.octets, "the payload was copied");
                    }
                    // SAFETY: the buffers are lent until the action is completed.
                    network.write(step.buffers.iter().map(|buffer| unsafe { buffer.octets() }));
                    let octets = step.buffers.iter().map(|buffer| buffer.length).sum();
                    self.connection.complete(&step, octets);
                }
                INDICATE_SEND_COMPLETE => {
                    self.connection.complete(&step, 0);
                    return;
                }
                action => panic!("action {action} was not expected"),
            }
        }
    }
}

struct Accepting {
    lib: &'static Library,
    request: Vec<u8>,
    /// Where the request comes to, and the head of the answer is made; there from the first connection on.
    read: Vec<u8>,
    head: Vec<u8>,
}

impl Accepting {
    fn new(request: &[u8]) -> Accepting {
        let [read, head] = [request.len(), 256].map(Vec::with_capacity);
        Accepting { lib: library(), request: request.to_vec(), read, head }
    }

    fn write_head(&mut self, answer: &[Header]) {
        self.head.clear();
        self.head.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\n");
        for header in answer {
            // SAFETY: the strings have the lengths that stand beside them.
            let (name, value) = unsafe {
                (
                    std::slice::from_raw_parts(header.name.cast(), header.name_length as usize),
                    std::slice::from_raw_parts(header.value.cast(), header.value_length as usize),
                )
            };
            for part in [name, b": ", value, b"\r\n"] {
                self.head.extend_from_slice(part);
            }
        }
        self.head.extend_from_slice(b"\r\n");
    }
}

impl Producer for Accepting {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let lib = self.lib;
        let connection = Connection::new(true, BUFFER, BUFFER);
        self.read.clear();
        self.read.extend_from_slice(&self.request);
        // As a program in C has them: what is not said is not cleared.
        let mut request = MaybeUninit::<Request>::uninit();
        let mut headers = [const { MaybeUninit::<Header>::uninit() }; 32];
        let mut count = headers.len() as u32;
        let mut head = 0;
        // SAFETY: the request's octets live; so many headers have room.
        let result = unsafe {
            (lib.parse_request)(
                self.read.as_ptr().cast(),
                self.read.len() as u32,
                request.as_mut_ptr(),
                headers.as_mut_ptr().cast(),
                &mut count,
                &mut head,
            )
        };
        ok(result, "WspcParseRequest");
        // SAFETY: so many were written.
        let headers =
            unsafe { std::slice::from_raw_parts(headers.as_ptr().cast(), count as usize) };
        let answer = begin_server(lib, connection.handle, headers);
        self.write_head(answer);
        network.write([&*self.head]);
        end_server(lib, connection.handle);
    }
}

/// The octets of the buffers that idle handles of ours were given.
pub fn idle_buffers() -> usize {
    SMALLEST.0 as usize + SMALLEST.1 as usize + OVERHEAD
}

/// What is noted here of each of them, which is no memory of the library's.
pub const NOTED: usize = size_of::<Connection>();

/// So many handles of servers whose handshake has begun, or not even that.
pub fn handles(count: usize, have_begun: bool) -> Box<dyn Any> {
    let make = |_| {
        let connection = Connection::new(true, BUFFER, BUFFER);
        if have_begun {
            connection.answer();
        }
        connection
    };
    Box::new((0..count).map(make).collect::<Vec<_>>())
}
