//! sockudo-ws, with its feature for SIMD but not the one that replaces everybody's allocator. Its
//! read buffer has no setting.

use futures::{SinkExt, StreamExt};
use sockudo_ws::handshake::server_handshake;
use sockudo_ws::{Config, Message, Role, WebSocketStream};

use crate::memory_stream::{MemoryStream, at_once};
use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8, idle};
use crate::placed::Placed;
use crate::wire::{Source, Wire};

/// UTF-8 is checked, that of long messages as they come.
pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::new(wire))),
    client_send: Some(|payload| Box::new(Sending::new(Role::Client, payload))),
    server_send: Some(|payload| Box::new(Sending::new(Role::Server, payload))),
    accept: Some(|request| Box::new(Accepting(MemoryStream::new(&Source::in_one_read(request))))),
    idle: Some(|count, wire| idle(count, wire, || Connection::new(wire))),
    on_memory_stream: true,
    ..Participant::named("sockudo-ws", Utf8::Checked)
};

const MIB: usize = 1 << 20;

/// Limits above our largest message, and no pings and timeouts of its own: nobody else has them, and
/// they read the clock with every message. A larger or smaller write buffer makes no difference.
fn config() -> Config {
    Config::builder().max_payload_length(64 * MIB).auto_ping(false).idle_timeout(0).build()
}

struct Connection(WebSocketStream<MemoryStream>);

impl Connection {
    fn new(wire: &Wire) -> Connection {
        Connection(WebSocketStream::server(MemoryStream::new(&wire.source), config()))
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        self.0.get_ref().rewind();
        at_once(async {
            for _ in 0..wire.messages.len() {
                match self.0.next().await {
                    Some(Ok(Message::Binary(octets) | Message::Text(octets))) => {
                        sink.part(&octets, true);
                    }
                    other => panic!("{other:?} was not expected"),
                }
            }
        });
    }
}

struct Sending {
    socket: WebSocketStream<MemoryStream>,
    stream: MemoryStream,
    message: Message,
}

impl Sending {
    fn new(role: Role, payload: &Placed) -> Sending {
        let stream = MemoryStream::silent();
        let socket = WebSocketStream::from_raw(stream.clone(), role, config());
        Sending { socket, stream, message: Message::binary(payload.to_bytes()) }
    }
}

impl Producer for Sending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Sending { socket, stream, message } = self;
        stream.writing(network, || at_once(socket.send(message.clone()))).expect("it is written");
    }
}

struct Accepting(MemoryStream);

impl Producer for Accepting {
    fn produce<N: Network>(&mut self, network: &mut N) {
        self.0.rewind();
        let mut stream = self.0.clone();
        self.0.writing(network, || {
            let request = at_once(server_handshake(&mut stream)).expect("a good request");
            WebSocketStream::from_raw_with_leftover(
                stream,
                Role::Server,
                config(),
                request.leftover,
            )
        });
    }
}
