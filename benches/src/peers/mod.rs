//! Other people's libraries: a file each, and a line each in the list.

use crate::participant::Participant;

mod fastwebsockets;
mod sockudo_ws;
mod tokio_websockets;
mod tungstenite;
mod yawc;

pub const PEERS: &[&Participant] = &[
    &tungstenite::PEER, //
    &fastwebsockets::PEER,
    &tokio_websockets::PEER,
    &yawc::PEER,
    &sockudo_ws::PEER,
];
