//! What is done with the octets of a fuzzer, a module for each target. All of it goes through the C
//! functions of the library that `WEBSOCKET_LIBRARY` names: the one to fuzz, which `scripts/fuzz` builds
//! with AddressSanitizer and counters, or the one to ship, on which the corpus is replayed.

#[path = "../../tests/properties/arguments.rs"]
mod arguments;
#[path = "../../tests/properties/handshaking.rs"]
mod handshaking;
mod support;
#[path = "../../tests/properties/tracked.rs"]
mod tracked;
#[path = "../../tests/properties/world.rs"]
mod world;

mod compression;
mod connect;
mod decode;
mod events;
mod headers;
mod peer;
mod wire;

pub mod calls;
pub mod close;
pub mod deflate;
pub mod differential;
pub mod handshake_client;
pub mod handshake_server;
pub mod receive;
pub mod wspc_heads;

/// Name and function; the name is that of its folders and of its program too.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 8] = [
    ("calls", calls::run),
    ("close", close::run),
    ("deflate", deflate::run),
    ("differential", differential::run),
    ("handshake_client", handshake_client::run),
    ("handshake_server", handshake_server::run),
    ("receive", receive::run),
    ("wspc_heads", wspc_heads::run),
];

/// Loads the library, so that its counters are known from the beginning.
pub fn load() {
    support::api::api();
}
