//! fastwebsockets, with its default features, which are those that are fast. Its read buffer has no
//! setting.

use std::any::Any;
use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;

use fastwebsockets::{FragmentCollector, Frame, OpCode, Role, WebSocket, upgrade};
use futures::channel::oneshot;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use crate::memory_stream::{MemoryStream, at_once};
use crate::participant::{Network, Nowhere, Participant, Producer, Receiver, Sink, Utf8};
use crate::wire::{Source, Wire};

/// Text in one frame is checked as a whole; in fragments (we send none) all but a character that the
/// last one leaves incomplete.
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
    payload: Vec<u8>,
}

impl Sending {
    fn new(role: Role, payload: &[u8]) -> Sending {
        let stream = MemoryStream::silent();
        let socket = WebSocket::after_handshake(stream.clone(), role);
        Sending { socket, stream, payload: payload.to_vec() }
    }
}

impl Producer for Sending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Sending { socket, stream, payload } = self;
        // A client copies what is borrowed before it masks it.
        let frame = Frame::binary(payload.as_slice().into());
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
    let (open, opening) = oneshot::channel();
    let open = Cell::new(Some(open));
    let service = service_fn(|mut request: Request<Incoming>| {
        assert!(upgrade::is_upgrade_request(&request));
        let (answer, upgraded) = upgrade::upgrade(&mut request).expect("a good request");
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
