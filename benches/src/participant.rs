//! What takes part in a comparison, and what it has to be able to do.

use std::any::Any;
use std::hint::black_box;
use std::sync::Arc;

use crate::placed::Placed;
use crate::wire::{Shape, Wire};

/// So many connections of a server that have received the messages of that wire.
pub fn idle<R: Receiver + 'static>(
    count: usize,
    wire: &Wire,
    open: impl Fn() -> R,
) -> Box<dyn Any> {
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let mut connection = open();
        connection.receive(wire, &mut Nowhere);
        connections.push(connection);
    }
    Box::new(connections)
}

/// Takes what is delivered: messages in parts, of which the last one is marked.
pub trait Sink {
    fn part(&mut self, octets: &[u8], last: bool);
}

/// Takes what goes to the network: what is written at one time, in order.
pub trait Network {
    /// Whether it keeps what it takes; timing does not.
    const KEEPS: bool;
    fn write<'p>(&mut self, parts: impl IntoIterator<Item = &'p [u8]>);
}

/// Receives as a server. To be implemented by whoever takes part.
pub trait Receiver {
    /// Runs through all reads of the wire once, copying each into memory of the participant's, as a
    /// socket would, and delivers its messages. Called again and again with the same wire, in one
    /// connection.
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S);
}

/// Sends a message, or answers a request. To be implemented by whoever takes part.
pub trait Producer {
    /// Does it once, down to the network.
    fn produce<N: Network>(&mut self, network: &mut N);
}

/// Whether the text that a participant delivers is known to be UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Utf8 {
    Checked,
    /// Not if a message came in several reads.
    CheckedWithinReads,
    Unchecked,
}

impl Utf8 {
    /// Whether the participant may be compared with in a row of that shape.
    pub fn rivals(self, shape: &Shape) -> bool {
        shape.kind == crate::wire::Kind::Binary
            || match self {
                Utf8::Checked => true,
                Utf8::CheckedWithinReads => shape.messages_lie_in_reads(),
                Utf8::Unchecked => false,
            }
    }
}

/// Makes an open connection of a server, for that wire.
pub type MakeReceiving = fn(&Arc<Wire>) -> Box<dyn Receiving>;
/// Makes what sends that payload, from where it lies or from where a clone of it does.
pub type MakeSending = fn(&Placed) -> Box<dyn Producing>;
/// Makes what answers that request.
pub type MakeAccepting = fn(&[u8]) -> Box<dyn Producing>;
/// Makes so many connections of a server that have received the messages of that wire.
pub type MakeIdle = fn(usize, &Arc<Wire>) -> Box<dyn Any>;

/// What takes part; what it cannot do is None.
pub struct Participant {
    pub name: &'static str,
    pub utf8: Utf8,
    pub receive: Option<MakeReceiving>,
    /// As a client, a binary message.
    pub client_send: Option<MakeSending>,
    /// As a server.
    pub server_send: Option<MakeSending>,
    /// From the octets of a request to those of the answer and an open connection, which is dropped.
    pub accept: Option<MakeAccepting>,
    pub idle: Option<MakeIdle>,
    /// Whether idle connections have a `MemoryStream`, whose memory is not theirs.
    pub on_memory_stream: bool,
}

impl Participant {
    /// One that can do nothing.
    pub const fn named(name: &'static str, utf8: Utf8) -> Participant {
        Participant {
            name,
            utf8,
            receive: None,
            client_send: None,
            server_send: None,
            accept: None,
            idle: None,
            on_memory_stream: false,
        }
    }
}

/// A `Receiver`, for lists of all sorts.
pub trait Receiving {
    /// Returns the octets delivered.
    fn pass(&mut self, wire: &Wire) -> u64;
    /// The same, but returns the messages.
    fn collect(&mut self, wire: &Wire) -> Vec<Vec<u8>>;
}

impl<R: Receiver> Receiving for R {
    fn pass(&mut self, wire: &Wire) -> u64 {
        let mut sink = Swallow(0);
        self.receive(wire, &mut sink);
        sink.0
    }

    fn collect(&mut self, wire: &Wire) -> Vec<Vec<u8>> {
        let mut sink = Collect { messages: Vec::new(), open: Vec::new() };
        self.receive(wire, &mut sink);
        assert!(sink.open.is_empty(), "half a message was delivered");
        sink.messages
    }
}

/// A `Producer`, for lists of all sorts.
pub trait Producing {
    fn repeat(&mut self, times: usize);
    /// Does it once and returns what it wrote.
    fn collect(&mut self) -> Vec<u8>;
}

impl<P: Producer> Producing for P {
    fn repeat(&mut self, times: usize) {
        for _ in 0..times {
            self.produce(&mut Forget);
        }
    }

    fn collect(&mut self) -> Vec<u8> {
        let mut network = Keep(Vec::new());
        self.produce(&mut network);
        network.0
    }
}

/// Where the message of an idle connection goes.
pub struct Nowhere;

impl Sink for Nowhere {
    fn part(&mut self, _octets: &[u8], _last: bool) {}
}

struct Swallow(u64);

impl Sink for Swallow {
    #[inline]
    fn part(&mut self, octets: &[u8], _last: bool) {
        self.0 += black_box(octets).len() as u64;
    }
}

struct Collect {
    messages: Vec<Vec<u8>>,
    open: Vec<u8>,
}

impl Sink for Collect {
    fn part(&mut self, octets: &[u8], last: bool) {
        self.open.extend_from_slice(octets);
        if last {
            self.messages.push(std::mem::take(&mut self.open));
        }
    }
}

struct Forget;

impl Network for Forget {
    const KEEPS: bool = false;

    #[inline]
    fn write<'p>(&mut self, parts: impl IntoIterator<Item = &'p [u8]>) {
        for part in parts {
            black_box(part);
        }
    }
}

struct Keep(Vec<u8>);

impl Network for Keep {
    const KEEPS: bool = true;

    fn write<'p>(&mut self, parts: impl IntoIterator<Item = &'p [u8]>) {
        for part in parts {
            self.0.extend_from_slice(part);
        }
    }
}
