//! Other people's libraries: a file each, and a line each in the list.

use crate::participant::Participant;

mod tungstenite;

pub const PEERS: &[&Participant] = &[
    &tungstenite::PEER, //
];
