//! The DLL stays loaded, as the shared library does elsewhere by `-z nodelete`: each time it went,
//! Rust's standard library would leave one of the process's few slots for thread-local values
//! behind, and at last end the process for want of one.

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExA,
};

/// What stands in this section runs when the DLL is loaded. A `DllMain` would be exported.
#[used]
#[unsafe(link_section = ".CRT$XCU")]
static AT_LOAD: extern "C" fn() = stay;

/// Where that fails, all else works.
extern "C" fn stay() {
    let flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
    let mut module = core::ptr::null_mut();
    // SAFETY: with this flag the name is an address in the DLL; the output is a local variable.
    unsafe { GetModuleHandleExA(flags, (&raw const AT_LOAD).cast(), &mut module) };
}
