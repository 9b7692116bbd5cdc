//! Other people's libraries: a file each, and a line each in the list.

use crate::participant::Participant;

mod beast;
mod by_hyper;
mod fastwebsockets;
mod native;
mod nexus_web;
mod sockudo_ws;
mod tokio_websockets;
mod tungstenite;
mod websocket_sans_io;
mod wslay;
mod wtx;
mod yawc;

pub const PEERS: &[&Participant] = &[
    &tungstenite::PEER,
    &fastwebsockets::PEER,
    &tokio_websockets::PEER,
    &yawc::PEER,
    &sockudo_ws::PEER,
    &nexus_web::PEER,
    &websocket_sans_io::PEER,
    &wtx::PEER,
    &wslay::PEER,
    &beast::PEER,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use crate::participant::Utf8;
    use crate::wire::{Cut, Kind, Shape, Wire};

    /// What `Participant::utf8` says.
    #[test]
    fn utf8_is_checked_by_those_who_say_so() {
        let shape = Shape::new(Kind::Ascii, 125, Cut::Message);
        for peer in PEERS.iter().filter(|peer| peer.utf8 != Utf8::Unchecked) {
            let Some(receive) = peer.receive else { continue };
            for damage in [0, 0x80] {
                let mut wire = Wire::of(shape, 1);
                let source = Arc::get_mut(&mut wire.source).expect("nobody else has it");
                source.octets[50] ^= damage;
                let wire = Arc::new(wire);
                let received = catch_unwind(AssertUnwindSafe(|| receive(&wire).collect(&wire)));
                assert_eq!(received.is_ok(), damage == 0, "{}", peer.name);
            }
        }
    }
}
