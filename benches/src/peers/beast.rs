//! Boost.Beast, blocking.

use std::ffi::{c_int, c_void};

use super::native::{Connection, Functions, Memory, Sending, Stream, idle};
use crate::participant::{Network, Participant, Producer, Utf8};
use crate::wire::Source;

pub const PEER: Participant = Participant {
    receive: Some(|wire| Box::new(Connection::receiving(&FUNCTIONS, wire))),
    client_send: Some(|payload| Box::new(Sending::new(&FUNCTIONS, false, payload))),
    server_send: Some(|payload| Box::new(Sending::new(&FUNCTIONS, true, payload))),
    accept: Some(|request| Box::new(Accepting(Memory::new(Source::in_one_read(request))))),
    idle: Some(|count, wire| idle(&FUNCTIONS, count, wire)),
    ..Participant::named("beast", Utf8::Checked)
};

static FUNCTIONS: Functions = Functions {
    open: bench_beast_open,
    receive: bench_beast_receive,
    send: bench_beast_send,
    close: bench_beast_close,
};

struct Accepting(Memory);

impl Producer for Accepting {
    fn produce<N: Network>(&mut self, network: &mut N) {
        // SAFETY: the stream lives.
        self.0.writing(network, || unsafe { bench_beast_accept(self.0.stream()) });
    }
}

unsafe extern "C" {
    fn bench_beast_open(is_server: c_int, stream: *const Stream) -> *mut c_void;
    fn bench_beast_accept(stream: *const Stream) -> c_int;
    fn bench_beast_receive(
        connection: *mut c_void,
        stream: *const Stream,
        messages: usize,
    ) -> c_int;
    fn bench_beast_send(connection: *mut c_void, octets: *const u8, length: usize) -> c_int;
    fn bench_beast_close(connection: *mut c_void);
}
