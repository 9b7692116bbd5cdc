//! An open connection: frames and commands, as they come.

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::words::{Command, Event, Payload, tell};
use crate::{Commands, Failure};

type Socket = WebSocketStream<TcpStream>;
type Outbox = UnboundedSender<Message>;

const NO_STATUS: u16 = 1005;

/// Until the connection or the commands end. What is sent waits for its turn, so that reading goes on.
pub async fn talk(socket: Socket, echo: bool, commands: &mut Commands) -> Result<(), Failure> {
    let (sink, stream) = socket.split();
    let (outbox, waiting) = unbounded_channel();
    tokio::select! {
        ending = read(stream, echo, outbox.clone()) => tell(&ending),
        () = write(sink, waiting) => {}
        terminated = obey(commands, outbox) => if terminated? {
            tell(&Event::Lost { why: "terminated".into() });
        },
    }
    Ok(())
}

async fn read(mut stream: SplitStream<Socket>, echo: bool, outbox: Outbox) -> Event<'static> {
    let mut close = None;
    while let Some(read) = stream.next().await {
        match read {
            Ok(Message::Ping(payload)) => tell(&Event::Ping { payload: lossy(&payload) }),
            Ok(Message::Pong(payload)) => tell(&Event::Pong { payload: lossy(&payload) }),
            // The answer leaves while reading goes on.
            Ok(Message::Close(frame)) => close = Some(close_event(frame)),
            Ok(message) => {
                tell(&Event::message(&message));
                if echo {
                    // If nobody takes it, the end is near.
                    let _ = outbox.send(message);
                }
            }
            Err(error) => return close.unwrap_or(Event::Lost { why: error.to_string() }),
        }
    }
    close.unwrap_or(Event::Lost { why: "the end of the stream".into() })
}

fn lossy(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn close_event(frame: Option<CloseFrame>) -> Event<'static> {
    match frame {
        Some(CloseFrame { code, reason }) => {
            Event::Close { code: code.into(), reason: reason.to_string() }
        }
        None => Event::Close { code: NO_STATUS, reason: String::new() },
    }
}

/// Sends what is waiting. An error is found by the reader as well, who tells it.
async fn write(mut sink: SplitSink<Socket, Message>, mut waiting: UnboundedReceiver<Message>) {
    while let Some(message) = waiting.recv().await {
        if sink.send(message).await.is_err() {
            break;
        }
    }
    std::future::pending().await
}

/// Whether the connection is to be dropped; else the commands have ended.
async fn obey(commands: &mut Commands, outbox: Outbox) -> Result<bool, Failure> {
    while let Some(line) = commands.next_line().await? {
        for message in match serde_json::from_str(&line)? {
            Command::Terminate => return Ok(true),
            Command::Send(payload) => vec![whole(payload)?],
            Command::Fragments { parts } => fragments(parts)?,
            Command::Ping { text } => vec![Message::Ping(text.into())],
            Command::Pong { text } => vec![Message::Pong(text.into())],
            Command::Close { code, reason } => {
                vec![Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))]
            }
        } {
            outbox.send(message)?;
        }
    }
    Ok(false)
}

fn whole(payload: Payload) -> Result<Message, Failure> {
    Ok(match payload {
        Payload::Text { text } => Message::text(text),
        octets => Message::binary(octets.octets()?),
    })
}

/// Frames of one message, and pings between them.
fn fragments(parts: Vec<Payload>) -> Result<Vec<Message>, Failure> {
    let last = parts.len() - 1;
    let mut messages = Vec::new();
    for (number, part) in parts.into_iter().enumerate() {
        let opcode = match (number, part.is_text()) {
            (0, true) => Data::Text,
            (0, false) => Data::Binary,
            _ => Data::Continue,
        };
        let frame = Frame::message(part.octets()?, OpCode::Data(opcode), number == last);
        messages.push(Message::Frame(frame));
        if number < last {
            messages.push(Message::Ping(format!("between {number}").into()));
        }
    }
    Ok(messages)
}
