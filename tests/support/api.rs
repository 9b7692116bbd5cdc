//! The functions of the built library, found by name.

use std::ffi::{c_char, c_void};
use std::sync::OnceLock;

use libloading::Library;

use super::library;
use super::types::*;

type Strings = *const *const c_char;

macro_rules! api {
    ($($name:ident: $symbol:literal ( $($argument:ty),* ) -> $result:ty;)*) => {
        /// Every exported function.
        pub struct Api {
            $(pub $name: unsafe extern "system" fn($($argument),*) -> $result,)*
            /// Kept, so that it stays loaded.
            _library: Library,
        }

        impl Api {
            fn load(library: Library) -> Api {
                Api {
                    // SAFETY: the types are those of the headers in `include/`.
                    $($name: unsafe {
                        let symbol = library.get($symbol.as_bytes());
                        *symbol.unwrap_or_else(|error| panic!("{}: {error}", $symbol))
                    },)*
                    _library: library,
                }
            }
        }
    };
}

// The three VOID functions are called as functions with a result, as mORMot 2 declares them.
api! {
    create_client: "WebSocketCreateClientHandle"(*const Property, u32, *mut RawHandle) -> Hresult;
    create_server: "WebSocketCreateServerHandle"(*const Property, u32, *mut RawHandle) -> Hresult;
    begin_client: "WebSocketBeginClientHandshake"(
        RawHandle, Strings, u32, Strings, u32, *const HttpHeader, u32,
        *mut *mut HttpHeader, *mut u32
    ) -> Hresult;
    end_client: "WebSocketEndClientHandshake"(
        RawHandle, *const HttpHeader, u32, *mut u32, *mut u32, *mut u32
    ) -> Hresult;
    begin_server: "WebSocketBeginServerHandshake"(
        RawHandle, *const c_char, Strings, u32, *const HttpHeader, u32,
        *mut *mut HttpHeader, *mut u32
    ) -> Hresult;
    end_server: "WebSocketEndServerHandshake"(RawHandle) -> Hresult;
    send: "WebSocketSend"(RawHandle, u32, *const Buffer, *mut c_void) -> Hresult;
    receive: "WebSocketReceive"(RawHandle, *const Buffer, *mut c_void) -> Hresult;
    get_action: "WebSocketGetAction"(
        RawHandle, u32, *mut Buffer, *mut u32, *mut u32, *mut u32, *mut *mut c_void,
        *mut *mut c_void
    ) -> Hresult;
    complete: "WebSocketCompleteAction"(RawHandle, *mut c_void, u32) -> Hresult;
    abort: "WebSocketAbortHandle"(RawHandle) -> Hresult;
    delete: "WebSocketDeleteHandle"(RawHandle) -> Hresult;
    global_property: "WebSocketGetGlobalProperty"(u32, *mut c_void, *mut u32) -> Hresult;
    parse_request: "WspcParseRequest"(
        *const c_char, u32, *mut Request, *mut HttpHeader, *mut u32, *mut u32
    ) -> Hresult;
    parse_response: "WspcParseResponse"(
        *const c_char, u32, *mut Response, *mut HttpHeader, *mut u32, *mut u32
    ) -> Hresult;
    version: "WspcVersion"() -> u32;
    close_status: "WspcGetCloseStatus"(RawHandle, *mut u16) -> Hresult;
}

/// The functions; the library is loaded once and stays loaded.
pub fn api() -> &'static Api {
    static API: OnceLock<Api> = OnceLock::new();
    API.get_or_init(|| {
        let path = library::path();
        // SAFETY: what runs when it is loaded is Rust's standard library.
        let library = unsafe { Library::new(&path) };
        let library = library.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Api::load(library)
    })
}
