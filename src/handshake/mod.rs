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

/// The only version of the protocol that is spoken (RFC 6455 §4.1).
pub const VERSION: u8 = 13;
/// The same as it stands in a header.
const VERSION_TEXT: &[u8] = b"13";
