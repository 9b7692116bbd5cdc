//! The built library through its C functions, and the least that a caller needs of its types.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::sync::OnceLock;

pub type Handle = *mut c_void;

pub const SEND_QUEUE: u32 = 1;
pub const RECEIVE_QUEUE: u32 = 2;

pub const SEND_TO_NETWORK: u32 = 1;
pub const INDICATE_SEND_COMPLETE: u32 = 2;
pub const RECEIVE_FROM_NETWORK: u32 = 3;
pub const INDICATE_RECEIVE_COMPLETE: u32 = 4;

pub const UTF8_MESSAGE: u32 = 0x8000_0000;
pub const BINARY_MESSAGE: u32 = 0x8000_0002;

/// WEB_SOCKET_PROPERTY
#[repr(C)]
pub struct Property {
    pub kind: u32,
    pub value: *const c_void,
    pub size: u32,
}

/// The `Data` of WEB_SOCKET_BUFFER, with the size of the whole union.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Buffer {
    pub octets: *mut u8,
    pub length: u32,
    /// Of a close alone.
    pub status: MaybeUninit<u16>,
}

/// WEB_SOCKET_HTTP_HEADER
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Header {
    pub name: *const c_char,
    pub name_length: u32,
    pub value: *const c_char,
    pub value_length: u32,
}

impl Header {
    pub fn new(name: &'static str, value: &'static str) -> Header {
        Header {
            name: name.as_ptr().cast(),
            name_length: name.len() as u32,
            value: value.as_ptr().cast(),
            value_length: value.len() as u32,
        }
    }
}

/// WSPC_REQUEST
#[repr(C)]
pub struct Request {
    pub method: *const c_char,
    pub method_length: u32,
    pub target: *const c_char,
    pub target_length: u32,
    pub minor_version: u32,
}

type Create = unsafe extern "C" fn(*const Property, u32, *mut Handle) -> i32;
type BeginClient = unsafe extern "C" fn(
    Handle,
    *const *const c_char,
    u32,
    *const *const c_char,
    u32,
    *const Header,
    u32,
    *mut *const Header,
    *mut u32,
) -> i32;
type EndClient =
    unsafe extern "C" fn(Handle, *const Header, u32, *mut u32, *mut u32, *mut u32) -> i32;
type BeginServer = unsafe extern "C" fn(
    Handle,
    *const c_char,
    *const *const c_char,
    u32,
    *const Header,
    u32,
    *mut *const Header,
    *mut u32,
) -> i32;
type ParseRequest =
    unsafe extern "C" fn(*const c_char, u32, *mut Request, *mut Header, *mut u32, *mut u32) -> i32;
type GetAction = unsafe extern "C" fn(
    Handle,
    u32,
    *mut Buffer,
    *mut u32,
    *mut u32,
    *mut u32,
    *mut *mut c_void,
    *mut *mut c_void,
) -> i32;

/// The functions, by the names that they have in C.
pub struct Library {
    pub create_client: Create,
    pub create_server: Create,
    pub begin_client_handshake: BeginClient,
    pub end_client_handshake: EndClient,
    pub begin_server_handshake: BeginServer,
    pub end_server_handshake: unsafe extern "C" fn(Handle) -> i32,
    pub parse_request: ParseRequest,
    pub send: unsafe extern "C" fn(Handle, u32, *const Buffer, *mut c_void) -> i32,
    pub receive: unsafe extern "C" fn(Handle, *const Buffer, *mut c_void) -> i32,
    pub get_action: GetAction,
    pub complete_action: unsafe extern "C" fn(Handle, *mut c_void, u32),
    pub delete: unsafe extern "C" fn(Handle),
}

/// The library that the environment names, which `scripts/bench` has built.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let path = std::env::var_os("WEBSOCKET_LIBRARY").expect(
            "WEBSOCKET_LIBRARY is to name the built libwebsocket.so; scripts/bench sets it",
        );
        load(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
}

fn load(path: &std::ffi::OsStr) -> Result<Library, libloading::Error> {
    // SAFETY: the library has no initialisers that ask for anything; it stays loaded for good.
    let loaded: &'static _ = Box::leak(Box::new(unsafe { libloading::Library::new(path) }?));
    macro_rules! function {
        ($name:literal) => {
            // SAFETY: the types above are those of websocket.h and wspc.h.
            *unsafe { loaded.get($name) }?
        };
    }
    Ok(Library {
        create_client: function!(b"WebSocketCreateClientHandle"),
        create_server: function!(b"WebSocketCreateServerHandle"),
        begin_client_handshake: function!(b"WebSocketBeginClientHandshake"),
        end_client_handshake: function!(b"WebSocketEndClientHandshake"),
        begin_server_handshake: function!(b"WebSocketBeginServerHandshake"),
        end_server_handshake: function!(b"WebSocketEndServerHandshake"),
        parse_request: function!(b"WspcParseRequest"),
        send: function!(b"WebSocketSend"),
        receive: function!(b"WebSocketReceive"),
        get_action: function!(b"WebSocketGetAction"),
        complete_action: function!(b"WebSocketCompleteAction"),
        delete: function!(b"WebSocketDeleteHandle"),
    })
}

/// What WebSocketGetAction said.
pub struct Step<'b> {
    pub action: u32,
    pub kind: u32,
    pub context: *mut c_void,
    pub buffers: &'b [Buffer],
}

impl Library {
    /// Asks for the next action. As a program in C does, it clears nothing that it is about to be told.
    #[inline]
    pub fn step<'b, const N: usize>(
        &self,
        handle: Handle,
        queue: u32,
        buffers: &'b mut [MaybeUninit<Buffer>; N],
    ) -> Step<'b> {
        let (mut action, mut kind) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        let (mut application, mut context) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        let mut count = N as u32;
        // SAFETY: all pointers are to variables of the types asked for, and there are so many buffers.
        let result = unsafe {
            (self.get_action)(
                handle,
                queue,
                buffers.as_mut_ptr().cast(),
                &mut count,
                action.as_mut_ptr(),
                kind.as_mut_ptr(),
                application.as_mut_ptr(),
                context.as_mut_ptr(),
            )
        };
        ok(result, "WebSocketGetAction");
        assert!(count as usize <= N, "{count} buffers, and there is room for {N}");
        // SAFETY: all was told, and of so many buffers where they are and how long.
        unsafe {
            Step {
                action: action.assume_init(),
                kind: kind.assume_init(),
                context: context.assume_init(),
                buffers: std::slice::from_raw_parts(buffers.as_ptr().cast(), count as usize),
            }
        }
    }
}

impl Buffer {
    /// What is lent for reading.
    ///
    /// # Safety
    ///
    /// So many octets are there as long as this is looked at.
    #[inline]
    pub unsafe fn octets(&self) -> &[u8] {
        // SAFETY: as the caller promises; a pointer that the library lends is never NULL.
        unsafe { std::slice::from_raw_parts(self.octets, self.length as usize) }
    }
}

/// A caller looks at every result.
#[inline]
pub fn ok(result: i32, function: &str) {
    if result != 0 {
        failed(result, function);
    }
}

#[cold]
#[inline(never)]
fn failed(result: i32, function: &str) -> ! {
    panic!("{function}: {result:#x}");
}
