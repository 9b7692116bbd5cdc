//! The words that all peers of the tests understand.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_tungstenite::tungstenite::Message;

use crate::Failure;

#[derive(Deserialize)]
pub struct Options {
    #[serde(default)]
    pub protocols: Vec<String>,
    #[serde(default)]
    pub echo: bool,
    pub refuse: Option<u16>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Payload {
    Text { text: String },
    Octets { base64: String },
}

impl Payload {
    pub fn is_text(&self) -> bool {
        matches!(self, Payload::Text { .. })
    }

    pub fn octets(self) -> Result<Vec<u8>, Failure> {
        Ok(match self {
            Payload::Text { text } => text.into_bytes(),
            Payload::Octets { base64 } => STANDARD.decode(base64)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Command {
    Send(Payload),
    Fragments { parts: Vec<Payload> },
    Ping { text: String },
    Pong { text: String },
    Close { code: u16, reason: String },
    Terminate,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event<'a> {
    Listening { port: u16 },
    Open { protocol: &'a str, extensions: &'a str },
    Message { binary: bool, length: usize, sha256: String },
    Ping { payload: String },
    Pong { payload: String },
    Close { code: u16, reason: String },
    Lost { why: String },
    Failed { why: String },
}

impl<'a> Event<'a> {
    pub fn open(protocol: &'a str) -> Self {
        Event::Open { protocol, extensions: "" }
    }

    pub fn message(message: &Message) -> Self {
        let octets = match message {
            Message::Text(text) => text.as_bytes(),
            Message::Binary(octets) => octets,
            _ => unreachable!("control frames have events of their own"),
        };
        Event::Message {
            binary: message.is_binary(),
            length: octets.len(),
            sha256: Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect(),
        }
    }
}

pub fn tell(event: &Event) {
    println!("{}", serde_json::to_string(event).expect("events can be written"));
}
