//! The conformance cases of `frames.json` and `handshakes.json`, through the C functions of the
//! built library.

mod frames;
mod handshakes;
mod http;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod verdict;
