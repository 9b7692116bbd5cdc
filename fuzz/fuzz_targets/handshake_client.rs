#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: websocket_fuzz::load(), |data: &[u8]| websocket_fuzz::handshake_client::run(data));
