//! A second opinion: what this library sends, the crate `tungstenite` understands, and what that
//! sends, this library understands.

use std::io::{self, Read, Write};

use proptest::prelude::*;
use tungstenite::protocol::frame::Frame as TheirFrame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::{Bytes, Message as Their, WebSocket};

use super::cases;
use super::conversation;
use super::sending::{self, NOMINAL};
use super::support::feed::{Driver, Feed, Seen};
use super::support::frames::*;
use super::support::handle::{Handle, Options, Role};
use super::support::types::*;

/// A stream over memory: reads end with "would block".
struct Pipe {
    input: io::Cursor<Vec<u8>>,
    output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        match self.input.read(target)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            len => Ok(len),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.output.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn peer(role: Role, input: Vec<u8>) -> WebSocket<Pipe> {
    let role = match role {
        Role::Client => tungstenite::protocol::Role::Client,
        Role::Server => tungstenite::protocol::Role::Server,
    };
    let pipe = Pipe { input: io::Cursor::new(input), output: Vec::new() };
    WebSocket::from_raw_socket(pipe, role, None)
}

/// What both sides should make of frames.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, Vec<u8>)>),
}

fn events(frames: &[Frame]) -> Vec<Event> {
    let (mut events, mut pieces, mut is_text) = (Vec::new(), Vec::new(), false);
    for frame in frames {
        let payload = frame.payload.clone();
        match frame.opcode {
            PING => events.push(Event::Ping(payload)),
            PONG => events.push(Event::Pong(payload)),
            OP_CLOSE => {
                let status = payload.split_first_chunk::<2>();
                let status =
                    status.map(|(status, reason)| (u16::from_be_bytes(*status), reason.to_vec()));
                events.push(Event::Close(status));
            }
            opcode => {
                is_text = if opcode == CONTINUATION { is_text } else { opcode == TEXT };
                pieces.extend(payload);
                if frame.fin {
                    let octets = std::mem::take(&mut pieces);
                    events.push(if is_text { Event::Text(octets) } else { Event::Binary(octets) });
                }
            }
        }
    }
    events
}

/// What the peer reads.
fn read_all(mut peer: WebSocket<Pipe>) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        events.push(match peer.read() {
            Ok(Their::Text(text)) => Event::Text(text.as_bytes().to_vec()),
            Ok(Their::Binary(octets)) => Event::Binary(octets.to_vec()),
            Ok(Their::Ping(octets)) => Event::Ping(octets.to_vec()),
            Ok(Their::Pong(octets)) => Event::Pong(octets.to_vec()),
            Ok(Their::Close(close)) => Event::Close(
                close.map(|close| (u16::from(close.code), close.reason.as_bytes().to_vec())),
            ),
            Ok(Their::Frame(frame)) => panic!("a raw frame: {frame}"),
            Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return events;
            }
            Err(error) => panic!("the peer refuses: {error}"),
        });
        if let Some(Event::Close(_)) = events.last() {
            return events;
        }
    }
}

/// What the peer has to send for a frame of its.
fn their_message(frame: &Frame) -> Their {
    let payload = Bytes::from(frame.payload.clone());
    let data = match frame.opcode {
        PING => return Their::Ping(payload),
        PONG => return Their::Pong(payload),
        CONTINUATION => Data::Continue,
        TEXT => Data::Text,
        BINARY => Data::Binary,
        _ => panic!("not in this conversation"),
    };
    Their::Frame(TheirFrame::message(payload, OpCode::Data(data), frame.fin))
}

/// What this library makes of octets.
fn understand(role: Role, wire: &[u8], receive: u32, read: usize) -> Vec<Event> {
    let handle = Handle::connected(Options::new(role, receive, 16));
    let (seen, _) = Feed::run(&handle, Driver::USUAL, wire, |from| from + read);
    let (mut events, mut pieces) = (Vec::new(), Vec::new());
    for seen in seen {
        match seen {
            Seen::Answer(payload) => events.push(Event::Ping(payload)),
            Seen::Pong(payload) => events.push(Event::Pong(payload)),
            Seen::Close { .. } => panic!("not in this conversation"),
            Seen::Data { kind, octets } => {
                pieces.extend(octets);
                match kind {
                    UTF8_MESSAGE => events.push(Event::Text(std::mem::take(&mut pieces))),
                    BINARY_MESSAGE => events.push(Event::Binary(std::mem::take(&mut pieces))),
                    _ => {}
                }
            }
        }
    }
    assert!(pieces.is_empty());
    events
}

/// The peer does not know 1014, which was registered after RFC 6455.
fn their_close() -> impl Strategy<Value = Option<(u16, String)>> {
    conversation::close()
        .prop_filter("1014", |close| close.as_ref().is_none_or(|close| close.0 != 1014))
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_peer_understands_what_is_sent(
        role in conversation::role(),
        setting in sending::setting(),
        messages in conversation::messages(true),
        close in prop::option::of(their_close()),
    ) {
        let frames = conversation::frames(&messages, close.as_ref(), NOMINAL, (Role::Server, 0));
        let sends = sending::sends(frames.clone());
        let wire = sending::run(&setting, role, &sends);
        prop_assert_eq!(read_all(peer(role.peer(), wire)), events(&frames));
    }

    #[test]
    fn what_a_peer_sends_is_understood(
        role in conversation::role(),
        messages in conversation::messages(false),
        receive in 256..1024u32,
        read in 1..1500usize,
    ) {
        let buffer = receive as usize;
        let frames = conversation::frames(&messages, None, buffer, (Role::Server, 0));
        let mut peer = peer(role.peer(), Vec::new());
        for frame in &frames {
            peer.send(their_message(frame)).unwrap();
        }
        let wire = &peer.get_ref().output;
        prop_assert_eq!(understand(role, wire, receive, read), events(&frames));
    }
}
