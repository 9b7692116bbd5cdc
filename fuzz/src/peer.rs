//! What `tungstenite` makes of octets.

use std::io::{self, Read, Write};

use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};

use super::events::Event;
use super::support::handle::Role;
use super::support::types::{BINARY_MESSAGE, UTF8_MESSAGE};

/// The longest frame and message that it takes; a longer one in an input is never complete.
const MOST: usize = 1 << 20;

/// The reason that it shows with 1002 for a close whose status must not be sent.
pub const BAD_STATUS: &[u8] = b"Protocol violation";

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum PeerEnd {
    Dry,
    Closed,
    /// It answered a close with a status that must not be sent, and shows its own status instead.
    BadStatus,
    /// A length above `MOST`, with which it does not wait for the octets.
    TooLong,
    Failed,
}

/// A stream over memory: reads end with "would block".
struct Pipe<'w>(&'w [u8]);

impl Read for Pipe<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        match self.0.read(target)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            len => Ok(len),
        }
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The events of the octets, and how they ended.
pub fn understand(role: Role, unmasked_too: bool, wire: &[u8]) -> (Vec<Event>, PeerEnd) {
    let role = match role {
        Role::Client => tungstenite::protocol::Role::Client,
        Role::Server => tungstenite::protocol::Role::Server,
    };
    let config = WebSocketConfig::default()
        .accept_unmasked_frames(unmasked_too)
        .max_frame_size(Some(MOST))
        .max_message_size(Some(MOST));
    let mut socket = WebSocket::from_raw_socket(Pipe(wire), role, Some(config));
    let mut events = Vec::new();
    loop {
        match socket.read() {
            Ok(Message::Close(close)) => {
                let close = close
                    .map(|close| (u16::from(close.code), Some(close.reason.as_bytes().to_vec())));
                if let Some((1002, Some(reason))) = &close
                    && reason == BAD_STATUS
                {
                    return (events, PeerEnd::BadStatus);
                }
                let (status, reason) = close.unwrap_or((1005, None));
                events.push(Event::Close(status, reason));
                return (events, PeerEnd::Closed);
            }
            Ok(message) => events.push(event(message)),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return (events, PeerEnd::Dry);
            }
            Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => {
                return (events, PeerEnd::TooLong);
            }
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                panic!("the stream does not end")
            }
            Err(Error::Protocol(_) | Error::Utf8(_)) => return (events, PeerEnd::Failed),
            Err(error) => panic!("not a fault of the frames: {error}"),
        }
    }
}

fn event(message: Message) -> Event {
    let message_of = |kind, octets| Event::Message { kinds: vec![kind], octets };
    match message {
        Message::Text(text) => message_of(UTF8_MESSAGE, text.as_bytes().to_vec()),
        Message::Binary(octets) => message_of(BINARY_MESSAGE, octets.to_vec()),
        Message::Ping(octets) => Event::Ping(octets.to_vec()),
        Message::Pong(octets) => Event::Pong(octets.to_vec()),
        Message::Close(_) | Message::Frame(_) => panic!("not a message"),
    }
}
