//! The WebSocket protocol (RFC 6455) without I/O, behind Microsoft's *WebSocket Protocol
//! Component API*: a drop-in replacement for `websocket.dll`.
//!
//! The only entrance is the C border in [`ffi`]. Calls go one way through the house:
//! `ffi → session → {codec, handshake}`; everybody may use [`error`], [`fallible`] and
//! [`random`]. `docs/architecture.md` has the map.

mod codec;
mod error;
mod fallible;
pub mod ffi;
mod handshake;
mod random;
mod session;
