//! Other people's libraries: a file each, and a line each in the list.

use crate::participant::Participant;

mod fastwebsockets;
mod tungstenite;

pub const PEERS: &[&Participant] = &[
    &tungstenite::PEER, //
    &fastwebsockets::PEER,
];
