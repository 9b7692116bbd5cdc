//! websocket-sans-io: frames only. Buffers, mask keys and messages are the caller's, and so would
//! be the handshake and the check of text: it has neither.

use std::any::Any;
use std::sync::Arc;

use websocket_sans_io::{
    FrameInfo, Opcode, PayloadLength, WebsocketFrameDecoder, WebsocketFrameEncoder,
    WebsocketFrameEvent,
};

use crate::participant::{Network, Nowhere, Participant, Producer, Receiver, Sink, Utf8};
use crate::placed::Placed;
use crate::wire::{Position, Random, Wire};

pub const PEER: Participant = Participant {
    receive: Some(|_| Box::new(Connection::new())),
    client_send: Some(|payload| Box::new(ClientSending::new(payload))),
    server_send: Some(|payload| {
        let encoder = WebsocketFrameEncoder::new();
        Box::new(ServerSending { encoder, payload: payload.clone() })
    }),
    idle: Some(idle),
    ..Participant::named("websocket-sans-io", Utf8::Unchecked)
};

/// As large as ours.
const BUFFER: usize = 16 * 1024;

struct Connection {
    decoder: WebsocketFrameDecoder,
    buffer: Vec<u8>,
}

impl Connection {
    fn new() -> Connection {
        Connection { decoder: WebsocketFrameDecoder::new(), buffer: vec![0; BUFFER] }
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        let mut position = Position::default();
        let mut messages = 0;
        while messages < wire.messages.len() {
            let octets = position.next(&wire.source, self.buffer.len());
            assert!(!octets.is_empty(), "it waits for more than there is");
            let read = &mut self.buffer[..octets.len()];
            read.copy_from_slice(octets);
            messages += decode(&mut self.decoder, read, sink);
        }
    }
}

/// Returns how many messages ended.
fn decode<S: Sink>(
    decoder: &mut WebsocketFrameDecoder,
    mut read: &mut [u8],
    sink: &mut S,
) -> usize {
    let mut messages = 0;
    loop {
        let Ok(result) = decoder.add_data(read);
        let (done, rest) = read.split_at_mut(result.consumed_bytes);
        match result.event {
            Some(WebsocketFrameEvent::PayloadChunk {
                original_opcode: Opcode::Text | Opcode::Binary,
            }) => sink.part(done, false),
            // That it was the last part is not known earlier.
            Some(WebsocketFrameEvent::End {
                frame_info: FrameInfo { fin: true, .. },
                original_opcode: Opcode::Text | Opcode::Binary,
            }) => {
                sink.part(&[], true);
                messages += 1;
            }
            Some(WebsocketFrameEvent::Start { frame_info, .. }) => {
                assert!(frame_info.is_reasonable() && frame_info.mask.is_some());
            }
            Some(_) => {}
            None if done.is_empty() => return messages,
            None => {}
        }
        read = rest;
    }
}

fn binary(length: usize, mask: Option<[u8; 4]>) -> FrameInfo {
    let payload_length = length as PayloadLength;
    FrameInfo { opcode: Opcode::Binary, payload_length, mask, fin: true, reserved: 0 }
}

/// It masks where the payload is, so the payload is copied first: it is the caller's and stays.
struct ClientSending {
    encoder: WebsocketFrameEncoder,
    keys: Random,
    payload: Placed,
    masked: Vec<u8>,
}

impl ClientSending {
    fn new(payload: &Placed) -> ClientSending {
        ClientSending {
            encoder: WebsocketFrameEncoder::new(),
            keys: Random::new(1),
            payload: payload.clone(),
            masked: vec![0; payload.len().min(BUFFER)],
        }
    }
}

impl Producer for ClientSending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let ClientSending { encoder, keys, payload, masked } = self;
        let key = (keys.next() as u32).to_le_bytes();
        let head = encoder.start_frame(&binary(payload.len(), Some(key)));
        network.write([&head[..]]);
        for part in payload.chunks(BUFFER) {
            let masked = &mut masked[..part.len()];
            masked.copy_from_slice(part);
            encoder.transform_frame_payload(masked);
            network.write([&*masked]);
        }
    }
}

/// A server's payload goes out from where it is.
struct ServerSending {
    encoder: WebsocketFrameEncoder,
    payload: Placed,
}

impl Producer for ServerSending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let head = self.encoder.start_frame(&binary(self.payload.len(), None));
        network.write([&head[..], &self.payload]);
    }
}

/// Nothing but its two states: between two reads nobody needs a buffer.
fn idle(count: usize, wire: &Arc<Wire>) -> Box<dyn Any> {
    let mut connection = Connection::new();
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        connection.decoder = WebsocketFrameDecoder::new();
        connection.receive(wire, &mut Nowhere);
        connections.push((connection.decoder, WebsocketFrameEncoder::new()));
    }
    Box::new(connections)
}
