//! Handles: a session behind a lock, with a tag by which most pointers that are none are
//! noticed ("not foolproof").

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::types::WEB_SOCKET_HANDLE;
use crate::error::{Error, Result};
use crate::fallible;
use crate::session::{Config, Session};

const ALIVE: u32 = 0x5753_4F43;
const DELETED: u32 = 0xDEAD_4F43;

/// What a WEB_SOCKET_HANDLE points to.
struct Handle {
    tag: u32,
    state: Mutex<State>,
}

/// What the lock protects.
pub struct State {
    pub session: Session,
}

/// Makes a handle.
pub fn create(config: Config) -> Result<WEB_SOCKET_HANDLE> {
    config.check()?;
    let state = Mutex::new(State { session: Session::new(config) });
    let handle = fallible::boxed(Handle { tag: ALIVE, state })?;
    Ok(Box::into_raw(handle).cast())
}

/// Frees a handle, unless it is none.
///
/// # Safety
///
/// See [`super`]; no other call on this handle is going on.
pub unsafe fn delete(handle: WEB_SOCKET_HANDLE) {
    // SAFETY: as the caller promises.
    unsafe {
        let Ok(handle) = check(handle) else { return };
        (&raw mut (*handle).tag).write_volatile(DELETED);
        drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(handle, 1)));
    }
}

/// Takes the lock of a handle.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn lock<'h>(handle: WEB_SOCKET_HANDLE) -> Result<MutexGuard<'h, State>> {
    // SAFETY: as the caller promises.
    let handle: &'h Handle = unsafe { &*check(handle)? };
    Ok(handle.state.lock().unwrap_or_else(|poisoned| recover(handle, poisoned)))
}

/// An earlier call panicked inside: what it left behind only serves to hand back what is queued.
#[cold]
fn recover<'h>(
    handle: &Handle,
    poisoned: PoisonError<MutexGuard<'h, State>>,
) -> MutexGuard<'h, State> {
    let mut state = poisoned.into_inner();
    state.session.abort();
    handle.state.clear_poison();
    state
}

unsafe fn check(handle: WEB_SOCKET_HANDLE) -> Result<*mut Handle> {
    let handle: *mut Handle = handle.cast();
    if handle.is_null() || !handle.is_aligned() {
        return Err(Error::InvalidArgument);
    }
    // SAFETY: a handle that was not deleted points to its tag.
    let tag = unsafe { (&raw const (*handle).tag).read_volatile() };
    if tag == ALIVE { Ok(handle) } else { Err(Error::InvalidArgument) }
}
