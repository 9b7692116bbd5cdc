//! The peers in C and C++, which have the same few functions each. Their code is in native/.

use std::any::Any;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::{from_mut, null_mut, slice_from_raw_parts};
use std::sync::Arc;

use crate::participant::{Network, Nowhere, Producer, Receiver, Sink};
use crate::placed::Placed;
use crate::wire::{Source, Wire};

/// What a peer can do. Numbers that are returned are 0 if it could not.
pub struct Functions {
    /// An open connection of a server (else a client).
    pub open: unsafe extern "C" fn(is_server: c_int, *const Stream) -> *mut c_void,
    /// Delivers so many messages, which are all that the stream has.
    pub receive: unsafe extern "C" fn(*mut c_void, *const Stream, messages: usize) -> c_int,
    /// A binary message.
    pub send: unsafe extern "C" fn(*mut c_void, *const u8, usize) -> c_int,
    pub close: unsafe extern "C" fn(*mut c_void),
}

/// `struct stream` of native/stream.h.
#[repr(C)]
pub struct Stream {
    octets: *const u8,
    ends: *const usize,
    reads: usize,
    at: Cell<usize>,
    read: Cell<usize>,
    write: Cell<unsafe extern "C" fn(*mut c_void, *const u8, usize)>,
    network: Cell<*mut c_void>,
    deliver: Cell<unsafe extern "C" fn(*mut c_void, *const u8, usize, c_int)>,
    sink: Cell<*mut c_void>,
}

/// A stream and the source that it points to.
pub struct Memory {
    stream: Stream,
    source: Arc<Source>,
}

impl Memory {
    pub fn new(source: Arc<Source>) -> Memory {
        let stream = Stream {
            octets: source.octets.as_ptr(),
            ends: source.ends.as_ptr(),
            reads: source.ends.len(),
            at: Cell::new(0),
            read: Cell::new(0),
            write: Cell::new(forget),
            network: Cell::new(null_mut()),
            deliver: Cell::new(no_message),
            sink: Cell::new(null_mut()),
        };
        Memory { stream, source }
    }

    /// One that has nothing to read.
    fn silent() -> Memory {
        Memory::new(Arc::default())
    }

    pub fn stream(&self) -> *const Stream {
        &self.stream
    }

    fn rewind(&self) {
        self.stream.at.set(0);
        self.stream.read.set(0);
    }

    /// Does something that reads all and delivers messages.
    fn reading<S: Sink>(&self, sink: &mut S, work: impl FnOnce() -> c_int) {
        let stream = &self.stream;
        self.rewind();
        stream.deliver.set(deliver::<S>);
        stream.sink.set(from_mut(sink).cast());
        let is_done = work() != 0 && stream.at.get() == self.source.octets.len();
        stream.deliver.set(no_message);
        assert!(is_done, "not all could be received");
    }

    /// Does something that writes.
    pub fn writing<N: Network>(&self, network: &mut N, work: impl FnOnce() -> c_int) {
        let stream = &self.stream;
        self.rewind();
        stream.write.set(write::<N>);
        stream.network.set(from_mut(network).cast());
        let is_done = work() != 0;
        stream.write.set(forget);
        assert!(is_done, "not all could be written");
    }
}

unsafe extern "C" fn write<N: Network>(network: *mut c_void, octets: *const u8, length: usize) {
    // SAFETY: `Memory::writing` has put it there and waits; nobody else has it.
    let network = unsafe { &mut *network.cast::<N>() };
    // SAFETY: the peer lends so many octets.
    network.write([unsafe { &*slice_from_raw_parts(octets, length) }]);
}

unsafe extern "C" fn deliver<S: Sink>(
    sink: *mut c_void,
    octets: *const u8,
    length: usize,
    last: c_int,
) {
    // SAFETY: `Memory::reading` has put it there and waits; nobody else has it.
    let sink = unsafe { &mut *sink.cast::<S>() };
    // SAFETY: the peer lends so many octets.
    sink.part(unsafe { &*slice_from_raw_parts(octets, length) }, last != 0);
}

/// What a peer answers while it receives, such as a CLOSE where text is not UTF-8.
extern "C" fn forget(_network: *mut c_void, _octets: *const u8, _length: usize) {}

extern "C" fn no_message(_sink: *mut c_void, _octets: *const u8, _length: usize, _last: c_int) {
    panic!("nothing was to be delivered");
}

/// Closed at the end. Its memory must live longer.
struct Handle {
    functions: &'static Functions,
    pointer: *mut c_void,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: it is open, and so is its stream.
        unsafe { (self.functions.close)(self.pointer) };
    }
}

impl Handle {
    fn open(functions: &'static Functions, is_server: bool, memory: &Memory) -> Handle {
        // SAFETY: the stream stays where it is for as long as the handle is open.
        let pointer = unsafe { (functions.open)(is_server.into(), memory.stream()) };
        assert!(!pointer.is_null(), "no connection");
        Handle { functions, pointer }
    }

    fn receive<S: Sink>(&self, memory: &Memory, wire: &Wire, sink: &mut S) {
        memory.reading(sink, || {
            // SAFETY: it is open, and its stream has these messages.
            unsafe { (self.functions.receive)(self.pointer, memory.stream(), wire.messages.len()) }
        });
    }
}

/// An open connection. The handle is dropped before its memory, which the heap keeps in its place.
pub struct Connection {
    handle: Handle,
    memory: Box<Memory>,
}

impl Connection {
    fn new(functions: &'static Functions, is_server: bool, memory: Memory) -> Connection {
        let memory = Box::new(memory);
        Connection { handle: Handle::open(functions, is_server, &memory), memory }
    }

    pub fn receiving(functions: &'static Functions, wire: &Wire) -> Connection {
        Connection::new(functions, true, Memory::new(Arc::clone(&wire.source)))
    }
}

impl Receiver for Connection {
    fn receive<S: Sink>(&mut self, wire: &Wire, sink: &mut S) {
        self.handle.receive(&self.memory, wire, sink);
    }
}

/// Sends a binary message, as a server or as a client.
pub struct Sending {
    connection: Connection,
    payload: Placed,
}

impl Sending {
    pub fn new(functions: &'static Functions, is_server: bool, payload: &Placed) -> Sending {
        let connection = Connection::new(functions, is_server, Memory::silent());
        Sending { connection, payload: payload.clone() }
    }
}

impl Producer for Sending {
    fn produce<N: Network>(&mut self, network: &mut N) {
        let Connection { handle, memory } = &self.connection;
        memory.writing(network, || {
            // SAFETY: the handle is open, and the payload lives.
            unsafe {
                (handle.functions.send)(handle.pointer, self.payload.as_ptr(), self.payload.len())
            }
        });
    }
}

/// So many connections; one stream is enough for all of them.
struct Idle {
    _handles: Vec<Handle>,
    _memory: Box<Memory>,
}

pub fn idle(functions: &'static Functions, count: usize, wire: &Arc<Wire>) -> Box<dyn Any> {
    let memory = Box::new(Memory::new(Arc::clone(&wire.source)));
    let mut handles = Vec::with_capacity(count);
    for _ in 0..count {
        let handle = Handle::open(functions, true, &memory);
        handle.receive(&memory, wire, &mut Nowhere);
        handles.push(handle);
    }
    Box::new(Idle { _handles: handles, _memory: memory })
}
