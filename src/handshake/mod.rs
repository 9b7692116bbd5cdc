//! The opening handshake as header arrays (RFC 6455 §4), both sides, and the HTTP heads that
//! carry it.

mod block;
pub mod client;
pub mod deflate;
mod headers;
pub mod http;
mod key;
pub mod server;

pub use block::{HeaderBlock, Lines};
pub use headers::Header;

/// The fields of the handshake, spelled as RFC 6455 spells them.
mod name {
    pub const CONNECTION: &str = "Connection";
    pub const UPGRADE: &str = "Upgrade";
    pub const HOST: &str = "Host";
    pub const VERSION: &str = "Sec-WebSocket-Version";
    pub const KEY: &str = "Sec-WebSocket-Key";
    pub const ACCEPT: &str = "Sec-WebSocket-Accept";
    pub const PROTOCOL: &str = "Sec-WebSocket-Protocol";
    pub const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
}

/// The only version of the protocol that is spoken (RFC 6455 §4.1).
pub const VERSION: u8 = 13;
/// The same as it stands in a header.
const VERSION_TEXT: &[u8] = b"13";
