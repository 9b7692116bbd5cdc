//! Handles with properties, connected by a faked handshake.

use std::ffi::c_void;
use std::ptr;

use super::api::api;
use super::handshake;
use super::lent::Lent;
use super::step::Step;
use super::types::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

impl Role {
    pub fn peer(self) -> Role {
        match self {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        }
    }
}

/// Whose memory a handle works in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The library allocates it.
    Own,
    /// The caller lends it by a property.
    Lent,
}

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub role: Role,
    pub receive: u32,
    pub send: u32,
    pub memory: Memory,
    pub masking_disabled: bool,
    pub utf8_unchecked: bool,
    pub deflate: Option<Deflate>,
}

impl Options {
    pub fn new(role: Role, receive: u32, send: u32) -> Options {
        let memory = Memory::Own;
        let (masking_disabled, utf8_unchecked) = (false, false);
        Options { role, receive, send, memory, masking_disabled, utf8_unchecked, deflate: None }
    }

    /// Octets of the memory that has to be lent.
    fn memory_size(&self) -> usize {
        let (receive, send) = (self.receive as usize, self.send as usize);
        let deflate = self.deflate.map_or(0, |_| receive + send.max(4096) + 15);
        receive + send + OVERHEAD + deflate
    }

    pub fn memory(self, memory: Memory) -> Options {
        Options { memory, ..self }
    }
}

/// A handle; deleted when it is dropped.
pub struct Handle {
    raw: RawHandle,
    options: Options,
    /// Dropped after the handle is deleted.
    lent: Option<Lent>,
}

impl Handle {
    /// A handle before its handshake.
    pub fn new(options: Options) -> Handle {
        let size = options.memory_size();
        let lent = (options.memory == Memory::Lent).then(|| Lent::new(size));
        let masking_disabled = i32::from(options.masking_disabled);
        let utf8_unchecked = i32::from(options.utf8_unchecked);
        let mut properties = vec![
            property(RECEIVE_SIZE, &options.receive, 4),
            property(SEND_SIZE, &options.send, 4),
            property(DISABLE_MASKING, &masking_disabled, 4),
            property(DISABLE_UTF8, &utf8_unchecked, 4),
        ];
        let start = lent.as_ref().map_or(ptr::null_mut(), Lent::start);
        if lent.is_some() {
            properties.push(property(ALLOCATED_BUFFER, &start, size));
        }
        if let Some(deflate) = &options.deflate {
            properties.push(property(PERMESSAGE_DEFLATE, deflate, size_of::<Deflate>()));
        }
        let mut raw = ptr::null_mut();
        let create = match options.role {
            Role::Client => api().create_client,
            Role::Server => api().create_server,
        };
        // SAFETY: the cells outlive the call, the lent memory outlives the handle.
        let hr = unsafe { create(properties.as_ptr(), properties.len() as u32, &mut raw) };
        assert_eq!(hr, S_OK);
        assert!(!raw.is_null());
        Handle { raw, options, lent }
    }

    /// A handle behind its handshake.
    pub fn connected(options: Options) -> Handle {
        let handle = Handle::new(options);
        match options.role {
            Role::Client => handshake::connect_client(&handle),
            Role::Server => handshake::connect_server(&handle),
        }
        handle
    }

    pub fn raw(&self) -> RawHandle {
        self.raw
    }

    pub fn options(&self) -> Options {
        self.options
    }

    /// The caller keeps the octets of the buffer alive until the operation is indicated.
    pub fn send(&self, kind: u32, buffer: Option<Buffer>, app: usize) -> Hresult {
        let buffer = buffer.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: as the caller promises.
        unsafe { (api().send)(self.raw, kind, buffer, context(app)) }
    }

    /// The caller keeps its buffer alive until the operation is indicated.
    pub fn receive(&self, buffer: Option<Buffer>, app: usize) -> Hresult {
        let buffer = buffer.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: as the caller promises.
        unsafe { (api().receive)(self.raw, buffer, context(app)) }
    }

    /// Asks for the next action and checks where its buffers lie.
    pub fn action(&self, queue: u32, slots: usize) -> Step {
        let step = Step::get(self.raw, queue, slots);
        self.check_geometry(&step);
        step
    }

    /// .NET refuses lengths above the sizes that it asked for, and addresses outside its memory.
    fn check_geometry(&self, step: &Step) {
        if matches!(step.action, RECEIVE_FROM_NETWORK | RECEIVE_COMPLETE) {
            assert!(step.len() <= self.options.receive as usize, "too long: {step:?}");
        }
        if step.action == RECEIVE_FROM_NETWORK {
            assert!(self.is_inside(&step.buffers[0]), "outside: {step:?}");
        }
    }

    /// Whether a buffer lies in the memory that was lent; true where none was.
    pub fn is_inside(&self, buffer: &Buffer) -> bool {
        self.lent.as_ref().is_none_or(|lent| lent.contains(buffer.start, buffer.len as usize))
    }

    pub fn complete(&self, id: usize, octets: usize) {
        // SAFETY: a context is looked up, never followed.
        let hr = unsafe { (api().complete)(self.raw, context(id), octets as u32) };
        assert_eq!(hr, S_OK);
    }

    /// The close code for what the peer did wrong; it must be there.
    pub fn close_status(&self) -> u16 {
        let mut status = 0;
        // SAFETY: the handle is alive, and the status is a local variable.
        assert_eq!(unsafe { (api().close_status)(self.raw, &mut status) }, S_OK);
        status
    }

    pub fn abort(&self) {
        // SAFETY: the handle is alive.
        assert_eq!(unsafe { (api().abort)(self.raw) }, S_OK);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is alive, and nobody else uses it.
        let hr = unsafe { (api().delete)(self.raw) };
        assert!(hr == S_OK || std::thread::panicking());
    }
}

pub fn property<T>(kind: u32, cell: &T, size: usize) -> Property {
    Property { kind, value: ptr::from_ref(cell).cast(), size: size as u32 }
}

pub fn context(number: usize) -> *mut c_void {
    ptr::without_provenance_mut(number)
}
