//! fastwebsockets, with its default features, which are those that are fast. Its read buffer has no
//! setting.

use fastwebsockets::{FragmentCollector, Frame, OpCode, Role, WebSocket, upgrade};

use super::by_hyper;
use crate::memory_stream::{MemoryStream, at_once};
use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8, idle};
use crate::placed::Placed;
use crate::wire::{Source, Wire};

/// Text in one frame is checked as a whole; in fragments (we send none) all but a character that the
/// last one leaves incomplete.
pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::new(wire))),
    client_send: Some(|payload| Box::new(Sending::new(Role::Client, payload))),
    server_send: Some(|payload| Box::new(Sending::new(Role::Server, payload))),
    accept: Some(|request| Box::new(Accepting(MemoryStream::new(&Source::in_one_read(request))))),
    idle: Some(|count, wire| idle(count, wire, || Connection::new(wire))),
    on_memory_stream: true,
    ..Participant::named("fastwebsockets", Utf8::Checked)
};

struct Connection {
    socket: FragmentCollector<MemoryStream>,
    stream: MemoryStream,
}

impl Connection {
    fn new(wire: &Wire) -> Connection {
        let stream = MemoryStream::new(&wire.source);
        let socket = WebSocket::after_handshake(stream.clone(), Role::Server);
        Connection { socket: FragmentCollector::new(socket), stream }
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        self.stream.rewind();
        at_once(async {
            for _ in 0..wire.messages.len() {
                let frame = self.socket.read_frame().await.expect("a message");
                assert!(matches!(frame.opcode, OpCode::Binary | OpCode::Text));
                sink.part(&frame.payload, true);
            }
        });
    }
}

struct Sending {
    socket: WebSocket<MemoryStream>,
    stream: MemoryStream,
    payload: Placed,
}

impl Sending {
    fn new(role: Role, payload: &Placed) -> Sending {
        let stream = MemoryStream::silent();
        let socket = WebSocket::after_handshake(stream.clone(), role);
        Sending { socket, stream, payload: payload.clone() }
    }
}

impl Producer for Sending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Sending { socket, stream, payload } = self;
        // A client copies what is borrowed before it masks it.
        let frame = Frame::binary(payload[..].into());
        stream.writing(network, || at_once(socket.write_frame(frame))).expect("it is written");
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
        assert!(upgrade::is_upgrade_request(request));
        upgrade::upgrade(request).expect("a good request")
    })
    .await;
}
