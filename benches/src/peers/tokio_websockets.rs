//! tokio-websockets. Its read buffer has no setting.

use futures::{SinkExt, StreamExt};
use tokio_websockets::{ClientBuilder, Message, ServerBuilder, WebSocketStream};

use crate::memory_stream::{MemoryStream, at_once};
use crate::participant::{Network, Participant, Producer, Receiver, Sink, Utf8, idle};
use crate::placed::Placed;
use crate::wire::{Source, Wire};

pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::new(wire))),
    client_send: Some(|payload| {
        let take_over = |stream| ClientBuilder::new().take_over(stream);
        Box::new(Sending::new(take_over, payload))
    }),
    server_send: Some(|payload| Box::new(Sending::new(|stream| server().serve(stream), payload))),
    accept: Some(|request| Box::new(Accepting(MemoryStream::new(&Source::in_one_read(request))))),
    idle: Some(|count, wire| idle(count, wire, || Connection::new(wire))),
    on_memory_stream: true,
    ..Participant::named("tokio-websockets", Utf8::Checked)
};

fn server() -> ServerBuilder {
    ServerBuilder::new()
}

struct Connection(WebSocketStream<MemoryStream>);

impl Connection {
    fn new(wire: &Wire) -> Connection {
        Connection(server().serve(MemoryStream::new(&wire.source)))
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        self.0.get_ref().rewind();
        at_once(async {
            for _ in 0..wire.messages.len() {
                let message = self.0.next().await.expect("an open connection").expect("a message");
                assert!(message.is_binary() || message.is_text());
                sink.part(message.as_payload(), true);
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
    fn new(
        open: impl Fn(MemoryStream) -> WebSocketStream<MemoryStream>,
        payload: &Placed,
    ) -> Sending {
        let stream = MemoryStream::silent();
        let message = Message::binary(payload.to_bytes());
        Sending { socket: open(stream.clone()), stream, message }
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
        self.0.writing(network, || {
            at_once(server().accept(self.0.clone())).expect("a good request");
        });
    }
}
