//! nexus-web, by its reader and writer: its documentation says to use them where the transport is
//! one's own.
//!
//! Text of one frame that came in several reads is delivered without a check.

use std::any::Any;
use std::sync::Arc;

use nexus_web::buf::WriteBuf;
use nexus_web::ws::{Client, FrameReader, FrameWriter, Message, Role};

use crate::memory_stream::MemoryStream;
use crate::participant::{Network, Nowhere, Participant, Producer, Receiver, Sink, Utf8};
use crate::placed::Placed;
use crate::wire::{Position, Source, Wire};

pub const PEER: Participant = Participant {
    receive: Some(|_| Box::new(Connection::new(READ_BUFFER))),
    client_send: Some(|payload| Box::new(Sending::new(Role::Client, payload))),
    server_send: Some(|payload| Box::new(Sending::new(Role::Server, payload))),
    accept: Some(|request| Box::new(Accepting(MemoryStream::new(&Source::in_one_read(request))))),
    idle: Some(idle),
    ..Participant::named("nexus-web", Utf8::CheckedWithinReads)
};

/// Room for the longest read and what was left before it: what is smaller cuts reads, and cut
/// messages it copies, unchecked. The megabyte that it has otherwise is no faster. The last 2 KiB are
/// there because it copies into a buffer that mostly lies right behind this one, and copies of long
/// pieces take four times as long where both have the same place in a page.
const READ_BUFFER: usize = 130 * 1024;

/// The buffers of a connection that is accepted; as large as ours.
const ACCEPT_BUFFER: usize = 16 * 1024;

/// The smallest read buffer that takes the message of an idle connection in one read, and the
/// smallest write buffer: both are the caller's wish.
const SMALLEST: (usize, usize) = (256, HEADROOM + 2);

/// The longest head of a frame.
const HEADROOM: usize = 14;

struct Connection(FrameReader);

impl Connection {
    fn new(buffer: usize) -> Connection {
        Connection(FrameReader::builder().role(Role::Server).buffer_capacity(buffer).build())
    }

    #[inline]
    fn read(&mut self, wire: &Wire, position: &mut Position) {
        let Connection(reader) = self;
        if reader.should_compact() || reader.remaining() == 0 {
            reader.compact();
        }
        let spare = reader.spare();
        let octets = position.next(&wire.source, spare.len());
        assert!(!octets.is_empty(), "it waits for more than there is");
        spare[..octets.len()].copy_from_slice(octets);
        reader.filled(octets.len());
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        let mut position = Position::default();
        let mut messages = wire.messages.len();
        while messages > 0 {
            match self.0.next() {
                Ok(Some(Message::Binary(octets))) => sink.part(octets, true),
                Ok(Some(Message::Text(text))) => sink.part(text.as_bytes(), true),
                Ok(None) => {
                    self.read(wire, &mut position);
                    continue;
                }
                other => panic!("{other:?} was not expected"),
            }
            messages -= 1;
        }
    }
}

struct Sending {
    writer: FrameWriter,
    buffer: WriteBuf,
    payload: Placed,
}

impl Sending {
    fn new(role: Role, payload: &Placed) -> Sending {
        // The writer does not grow its buffer.
        let buffer = WriteBuf::new(HEADROOM + payload.len() + 2, HEADROOM);
        Sending { writer: FrameWriter::new(role), buffer, payload: payload.clone() }
    }
}

impl Producer for Sending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Sending { writer, buffer, payload } = self;
        writer.encode_binary_into(payload, buffer);
        network.write([buffer.data()]);
    }
}

struct Accepting(MemoryStream);

impl Producer for Accepting {
    fn produce<N: Network>(&mut self, network: &mut N) {
        self.0.rewind();
        self.0.writing(network, || {
            Client::builder()
                .buffer_capacity(ACCEPT_BUFFER)
                .write_buffer_capacity(ACCEPT_BUFFER)
                .accept(self.0.clone())
                .expect("a good request");
        });
    }
}

fn idle(count: usize, wire: &Arc<Wire>) -> Box<dyn Any> {
    let (read, write) = SMALLEST;
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let reader = FrameReader::builder().buffer_capacity(read).message_capacity(0).build();
        let mut connection = Connection(reader);
        connection.receive(wire, &mut Nowhere);
        let writer = FrameWriter::new(Role::Server);
        connections.push((connection, writer, WriteBuf::new(write, HEADROOM)));
    }
    Box::new(connections)
}
