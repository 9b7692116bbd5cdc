//! What the tests of the built library share: loading it, its C types, connected handles, an
//! action loop and an independent reader and writer of frames.

// Each test program uses a part of it.
#![allow(dead_code)]

pub mod accept;
pub mod api;
pub mod feed;
pub mod frames;
pub mod handle;
pub mod handshake;
pub mod lent;
pub mod library;
pub mod step;
pub mod types;
