//! wslay, by its event-based interface. It has no opening handshake.

use std::ffi::{c_int, c_void};

use super::native::{Connection, Functions, Sending, Stream, idle};
use crate::participant::{Participant, Utf8};

pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::receiving(&FUNCTIONS, wire))),
    client_send: Some(|payload| Box::new(Sending::new(&FUNCTIONS, false, payload))),
    server_send: Some(|payload| Box::new(Sending::new(&FUNCTIONS, true, payload))),
    idle: Some(|count, wire| idle(&FUNCTIONS, count, wire)),
    ..Participant::named("wslay", Utf8::Checked)
};

static FUNCTIONS: Functions = Functions {
    open: bench_wslay_open,
    receive: bench_wslay_receive,
    send: bench_wslay_send,
    close: bench_wslay_close,
};

unsafe extern "C" {
    fn bench_wslay_open(is_server: c_int, stream: *const Stream) -> *mut c_void;
    fn bench_wslay_receive(context: *mut c_void, stream: *const Stream, messages: usize) -> c_int;
    fn bench_wslay_send(context: *mut c_void, octets: *const u8, length: usize) -> c_int;
    fn bench_wslay_close(context: *mut c_void);
}
