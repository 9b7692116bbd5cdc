//! What the tests of the built library share, used here as it is there.

// Some of it is for the tests alone.
#![allow(dead_code)]

#[path = "../../tests/support/accept.rs"]
pub mod accept;
#[path = "../../tests/support/api.rs"]
pub mod api;
#[path = "../../tests/support/feed.rs"]
pub mod feed;
#[path = "../../tests/support/frames.rs"]
pub mod frames;
#[path = "../../tests/support/handle.rs"]
pub mod handle;
#[path = "../../tests/support/handshake.rs"]
pub mod handshake;
#[path = "../../tests/support/lent.rs"]
pub mod lent;
#[path = "../../tests/support/step.rs"]
pub mod step;
#[path = "../../tests/support/types.rs"]
pub mod types;

pub mod library {
    use std::env;
    use std::path::PathBuf;

    /// The library that the environment names.
    pub fn path() -> PathBuf {
        env::var_os("WEBSOCKET_LIBRARY")
            .expect("WEBSOCKET_LIBRARY is to name the built libwebsocket.so; scripts/fuzz sets it")
            .into()
    }
}
