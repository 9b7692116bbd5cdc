//! wtx, asynchronous, over a connection in memory that is always ready.

use std::io::{IoSlice, Read, Write};

use wtx::collection::Vector;
use wtx::rng::{Xorshift64, simple_seed};
use wtx::stream::{StreamReader, StreamWriter};
use wtx::web_socket::{
    FrameMut, OpCode, WebSocketAcceptor, WebSocketBuffer, WebSocketOwned, WebSocketPayloadOrigin,
};

use crate::memory_stream::{MemoryStream, at_once};
use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8, idle};
use crate::placed::Placed;
use crate::wire::{Source, Wire};

/// Text is checked frame by frame, each when it is whole. That a message of several frames ends
/// within a character is not noticed; no row has such text.
pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::new(wire, BUFFER))),
    client_send: Some(|payload| Box::new(ClientSending::new(payload))),
    server_send: Some(|payload| Box::new(ServerSending::new(payload))),
    accept: Some(|request| Box::new(Accepting(MemoryStream::new(&Source::in_one_read(request))))),
    // Their buffers have grown as the message asks.
    idle: Some(|count, wire| idle(count, wire, || Connection::new(wire, 0))),
    on_memory_stream: true,
    ..Participant::named("wtx", Utf8::Checked)
};

/// As large as ours; others, up to a megabyte, are no faster. It grows with the messages.
const BUFFER: usize = 16 * 1024;

/// What wtx asks of a stream, done as it does it for the sockets of the standard library.
struct Stream(MemoryStream);

impl StreamReader for Stream {
    #[inline]
    async fn read(&mut self, octets: &mut [u8]) -> wtx::Result<usize> {
        Ok(self.0.read(octets)?)
    }
}

impl StreamWriter for Stream {
    #[inline]
    async fn write_all(&mut self, octets: &[u8]) -> wtx::Result<()> {
        Ok(self.0.write_all(octets)?)
    }

    #[inline]
    async fn write_all_vectored(&mut self, parts: &[&[u8]]) -> wtx::Result<()> {
        let [head, payload] = parts else { panic!("{} parts were not expected", parts.len()) };
        let written = self.0.write_vectored(&[IoSlice::new(head), IoSlice::new(payload)])?;
        // Not in what is measured: it makes all of it slower, by half at times.
        debug_assert!(written == head.len() + payload.len(), "the connection takes all");
        Ok(())
    }
}

type Socket<const IS_CLIENT: bool> = WebSocketOwned<(), Xorshift64, Stream, IS_CLIENT>;

fn socket<const IS_CLIENT: bool>(stream: &MemoryStream, buffer: usize) -> Socket<IS_CLIENT> {
    let random = Xorshift64::from(simple_seed());
    let buffers = WebSocketBuffer::with_capacity(buffer, 0, 0).expect("memory");
    Socket::new((), false, random, Stream(stream.clone()), buffers)
}

struct Connection {
    socket: Socket<false>,
    stream: MemoryStream,
    /// Where messages of several frames come together.
    message: Vector<u8>,
}

impl Connection {
    fn new(wire: &Wire, buffer: usize) -> Connection {
        let stream = MemoryStream::new(&wire.source);
        Connection { socket: socket(&stream, buffer), stream, message: Vector::new() }
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        let Connection { socket, stream, message } = self;
        stream.rewind();
        at_once(async {
            for _ in 0..wire.messages.len() {
                let frame = socket.read_frame(message, WebSocketPayloadOrigin::Adaptive).await;
                let frame = frame.expect("a message");
                assert!(matches!(frame.op_code(), OpCode::Binary | OpCode::Text));
                sink.part(frame.payload(), true);
            }
        });
    }
}

/// It masks where the payload is, so the payload is copied first: it is the caller's and stays.
struct ClientSending {
    socket: Socket<true>,
    stream: MemoryStream,
    payload: Placed,
    masked: Vec<u8>,
}

impl ClientSending {
    fn new(payload: &Placed) -> ClientSending {
        let stream = MemoryStream::silent();
        let masked = vec![0; payload.len()];
        ClientSending { socket: socket(&stream, 0), stream, payload: payload.clone(), masked }
    }
}

impl Producer for ClientSending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let ClientSending { socket, stream, payload, masked } = self;
        masked.copy_from_slice(payload);
        stream
            .writing(network, || {
                let mut frame = FrameMut::new_fin(OpCode::Binary, &mut masked[..]);
                at_once(socket.write_frame(&mut frame))
            })
            .expect("it is written");
    }
}

/// A server's payload goes out from where it is.
struct ServerSending {
    socket: Socket<false>,
    stream: MemoryStream,
    payload: Placed,
}

impl ServerSending {
    fn new(payload: &Placed) -> ServerSending {
        let stream = MemoryStream::silent();
        ServerSending { socket: socket(&stream, 0), stream, payload: payload.clone() }
    }
}

impl Producer for ServerSending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let ServerSending { socket, stream, payload } = self;
        stream
            .writing(network, || {
                let mut frame = FrameMut::new_fin(OpCode::Binary, &mut payload[..]);
                at_once(socket.write_frame(&mut frame))
            })
            .expect("it is written");
    }
}

struct Accepting(MemoryStream);

impl Producer for Accepting {
    fn produce<N: Network>(&mut self, network: &mut N) {
        self.0.rewind();
        self.0.writing(network, || {
            at_once(WebSocketAcceptor::default().accept(Stream(self.0.clone())))
                .expect("a good request");
        });
    }
}
