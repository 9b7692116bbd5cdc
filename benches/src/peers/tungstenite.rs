//! tungstenite, blocking, over a connection in memory.

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Bytes, Message, WebSocket};

use crate::memory_stream::MemoryStream;
use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8, idle};
use crate::placed::Placed;
use crate::wire::{Source, Wire};

pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::new(wire))),
    client_send: Some(|payload| Box::new(Sending::new(Role::Client, payload))),
    server_send: Some(|payload| Box::new(Sending::new(Role::Server, payload))),
    accept: Some(|request| Box::new(Accepting(MemoryStream::new(&Source::in_one_read(request))))),
    idle: Some(|count, wire| idle(count, wire, || Connection::new(wire))),
    on_memory_stream: true,
    ..Participant::named("tungstenite", Utf8::Checked)
};

/// A buffer as large as ours: every read clears it first, and the 128 KiB that it has otherwise make
/// small reads slow. The limits are below our largest message.
fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .max_message_size(None)
        .max_frame_size(None)
}

struct Connection(WebSocket<MemoryStream>);

impl Connection {
    fn new(wire: &Wire) -> Connection {
        let stream = MemoryStream::new(&wire.source);
        Connection(WebSocket::from_raw_socket(stream, Role::Server, Some(config())))
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        self.0.get_ref().rewind();
        for _ in 0..wire.messages.len() {
            match self.0.read() {
                Ok(Message::Binary(octets)) => sink.part(&octets, true),
                Ok(Message::Text(text)) => sink.part(text.as_bytes(), true),
                other => panic!("{other:?} was not expected"),
            }
        }
    }
}

struct Sending {
    socket: WebSocket<MemoryStream>,
    stream: MemoryStream,
    payload: Bytes,
}

impl Sending {
    fn new(role: Role, payload: &Placed) -> Sending {
        let stream = MemoryStream::silent();
        let socket = WebSocket::from_raw_socket(stream.clone(), role, Some(config()));
        Sending { socket, stream, payload: payload.to_bytes() }
    }
}

impl Producer for Sending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Sending { socket, stream, payload } = self;
        stream
            .writing(network, || socket.send(Message::Binary(payload.clone())))
            .expect("it is written");
    }
}

struct Accepting(MemoryStream);

impl Producer for Accepting {
    fn produce<N: Network>(&mut self, network: &mut N) {
        self.0.rewind();
        self.0.writing(network, || {
            tungstenite::accept_with_config(self.0.clone(), Some(config()))
                .expect("a good request");
        });
    }
}
