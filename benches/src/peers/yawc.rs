//! yawc, with its feature for UTF-8 by SIMD.

use futures::SinkExt;
use yawc::{Frame, OpCode, Options, Role, WebSocket};

use super::by_hyper;
use crate::memory_stream::{MemoryStream, at_once};
use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8, idle};
use crate::placed::Placed;
use crate::wire::{Source, Wire};

/// UTF-8 of whole messages is checked, which has to be asked for (`with_utf8`).
pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::new(wire))),
    client_send: Some(|payload| Box::new(Sending::new(Role::Client, payload))),
    server_send: Some(|payload| Box::new(Sending::new(Role::Server, payload))),
    accept: Some(|request| Box::new(Accepting(MemoryStream::new(&Source::in_one_read(request))))),
    idle: Some(|count, wire| idle(count, wire, || Connection::new(wire))),
    on_memory_stream: true,
    ..Participant::named("yawc", Utf8::Checked)
};

const MIB: usize = 1 << 20;

/// Limits above our largest message. Larger buffers make no difference here.
fn options() -> Options {
    Options::default().with_utf8().with_limits(32 * MIB, 64 * MIB)
}

struct Connection {
    socket: WebSocket<MemoryStream>,
    stream: MemoryStream,
}

impl Connection {
    fn new(wire: &Wire) -> Connection {
        let stream = MemoryStream::new(&wire.source);
        let socket = WebSocket::from_stream(stream.clone(), Role::Server, options());
        Connection { socket: socket.expect("a connection"), stream }
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        self.stream.rewind();
        at_once(async {
            for _ in 0..wire.messages.len() {
                let frame = self.socket.next_frame().await.expect("a message");
                assert!(matches!(frame.opcode(), OpCode::Binary | OpCode::Text));
                sink.part(frame.payload(), true);
            }
        });
    }
}

struct Sending {
    socket: WebSocket<MemoryStream>,
    stream: MemoryStream,
    frame: Frame,
}

impl Sending {
    fn new(role: Role, payload: &Placed) -> Sending {
        let stream = MemoryStream::silent();
        let socket = WebSocket::from_stream(stream.clone(), role, options());
        let frame = Frame::binary(payload.to_bytes());
        Sending { socket: socket.expect("a connection"), stream, frame }
    }
}

impl Producer for Sending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Sending { socket, stream, frame } = self;
        stream.writing(network, || at_once(socket.send(frame.clone()))).expect("it is written");
    }
}

struct Accepting(MemoryStream);

impl Producer for Accepting {
    fn produce<N: Network>(&mut self, network: &mut N) {
        self.0.rewind();
        self.0.writing(network, || at_once(accept(self.0.clone())));
    }
}

/// By hyper, as the library's documentation has it.
async fn accept(stream: MemoryStream) {
    by_hyper::accept(stream, |request| {
        WebSocket::upgrade_with_options(request, options()).expect("a good request")
    })
    .await;
}
