//! The WebSocket protocol (RFC 6455) without I/O, behind Microsoft's *WebSocket Protocol
//! Component API*: a drop-in replacement for `websocket.dll`.
//!
//! The only entrance is the C border in [`ffi`]. Calls go one way through the house:
//! `ffi → session → {codec, handshake}`; everybody may use [`error`], [`fallible`] and
//! [`random`]. `docs/architecture.md` has the map.

// What may be unsafe says so where it is declared; docs/unsafe.md has every block.
#![deny(unsafe_code)]

mod codec;
#[forbid(unsafe_code)]
mod error;
#[forbid(unsafe_code)]
mod fallible;
#[allow(unsafe_code)]
pub mod ffi;
#[forbid(unsafe_code)]
mod handshake;
#[cfg(test)]
mod panics;
#[allow(unsafe_code)]
mod random;
mod session;
// helgrind has to be told in what order the lock lets threads come.
#[cfg_attr(helgrind, path = "../tests/helgrind/sync.rs")]
mod sync;
