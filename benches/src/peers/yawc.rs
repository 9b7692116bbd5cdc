//! yawc, with its feature for UTF-8 by SIMD.

use std::any::Any;
use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;

use futures::SinkExt;
use futures::channel::oneshot;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use yawc::{Frame, OpCode, Options, Role, WebSocket};

use crate::memory_stream::{MemoryStream, at_once};
use crate::participant::{Network, Nowhere, Participant, Producer, Receiver, Sink, Utf8};
use crate::wire::{Source, Wire};

/// UTF-8 of whole messages is checked, which has to be asked for (`with_utf8`).
pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::new(wire))),
    client_send: Some(|payload| Box::new(Sending::new(Role::Client, payload))),
    server_send: Some(|payload| Box::new(Sending::new(Role::Server, payload))),
    accept: Some(|request| {
        let source = Source { octets: request.to_vec(), ends: vec![request.len()] };
        Box::new(Accepting(MemoryStream::new(&Arc::new(source))))
    }),
    idle: Some(idle),
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
    fn new(role: Role, payload: &[u8]) -> Sending {
        let stream = MemoryStream::silent();
        let socket = WebSocket::from_stream(stream.clone(), role, options());
        let frame = Frame::binary(payload.to_vec());
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
    let (open, opening) = oneshot::channel();
    let open = Cell::new(Some(open));
    let service = service_fn(|mut request: Request<Incoming>| {
        let (answer, upgraded) =
            WebSocket::upgrade_with_options(&mut request, options()).expect("a good request");
        let open = open.take().expect("one request");
        assert!(open.send(upgraded).is_ok());
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await
        .expect("a good request");
    opening.await.expect("a request").await.expect("a connection");
}

fn idle(count: usize, wire: &Arc<Wire>) -> Box<dyn Any> {
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let mut connection = Connection::new(wire);
        connection.receive(wire, &mut Nowhere);
        connections.push(connection);
    }
    Box::new(connections)
}
