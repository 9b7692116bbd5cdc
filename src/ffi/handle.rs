//! Handles: a session behind a lock, with a tag by which most pointers that are none are
//! noticed ("not foolproof").

use std::mem::MaybeUninit;

use super::args::not_null;
use super::guard;
use super::lock::{Begun, Lock};
use super::types::WEB_SOCKET_HANDLE;
use crate::error::{Error, Result};
use crate::fallible;
use crate::session::{Config, Session};

const ALIVE: u32 = 0x5753_4F43;
const DELETED: u32 = 0xDEAD_4F43;

/// What a WEB_SOCKET_HANDLE points to. In this order, so that the tag stands beside what a lease looks at.
#[repr(C)]
struct Handle {
    tag: u32,
    session: Lock<Session>,
}

/// Makes a handle.
pub fn create(config: Config) -> Result<WEB_SOCKET_HANDLE> {
    config.check()?;
    // First the room, and then the handle in it: one that was moved there would be made on the stack, since
    // it might have to be dropped on the way.
    let mut room = fallible::vec(1)?;
    room.push(MaybeUninit::uninit());
    room[0].write(Handle { tag: ALIVE, session: Lock::new(Session::new(config)) });
    Ok(Box::into_raw(fallible::full(room)).cast())
}

/// Frees a handle, unless it is none.
///
/// # Safety
///
/// See [`super`]; no other call on this handle is going on.
pub unsafe fn delete(handle: WEB_SOCKET_HANDLE) {
    #[cfg(test)]
    crate::panics::pass();
    // SAFETY: as the caller promises.
    unsafe {
        let Ok(handle) = check(handle) else { return };
        // Another thread's last call may have seen to its work and not yet to its lock. None comes later.
        (*handle).session.settle();
        (&raw mut (*handle).tag).write_volatile(DELETED);
        drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(handle, 1)));
    }
}

/// Lets `look` at the session of a handle, one thread at a time. If it panics, what it leaves behind
/// only serves to hand back what is queued.
///
/// # Safety
///
/// See [`super`].
#[inline(always)]
pub unsafe fn with<T>(
    handle: WEB_SOCKET_HANDLE,
    look: impl FnOnce(&mut Session) -> Result<T>,
) -> Result<T> {
    // SAFETY: as the caller promises.
    let handle = unsafe { &*check(handle)? };
    handle.session.with(look, Session::abort)
}

/// [`Lock::begin`] on the session of a handle, or [`Lock::begin_either_way`]; an error is that it is none.
///
/// # Safety
///
/// See [`super`].
#[inline(always)]
unsafe fn begin<const EITHER_WAY: bool, T>(
    handle: WEB_SOCKET_HANDLE,
    look: impl FnOnce(&mut Session) -> Option<T>,
) -> Result<Begun<T>> {
    // SAFETY: as the caller promises.
    let Handle { session, .. } = unsafe { &*check(handle)? };
    Ok(if EITHER_WAY {
        session.begin_either_way(look, Session::abort)
    } else {
        session.begin(look, Session::abort)
    })
}

/// What is left to do of a call.
pub enum Rest {
    Nothing,
    /// To free the lock of the handle: [`free`].
    Free,
    /// All of it, and the lock of the handle is held.
    Held,
    /// All of it; or to find out what is wrong with its arguments.
    All,
    /// Nothing any more: it panicked.
    Panicked,
}

impl Rest {
    #[inline(always)]
    fn of(begun: Begun<()>) -> Rest {
        match begun {
            Begun::Done(()) => Rest::Nothing,
            Begun::DoneHeld(()) => Rest::Free,
            Begun::Held => Rest::Held,
            Begun::NotFree => Rest::All,
        }
    }
}

/// Tries the usual case: `look` returns `None` where that is not all that there is to do.
///
/// # Safety
///
/// See [`super`].
#[inline(always)]
pub unsafe fn usual<const EITHER_WAY: bool>(
    handle: WEB_SOCKET_HANDLE,
    look: impl FnOnce(&mut Session) -> Option<()>,
) -> Rest {
    // SAFETY: as the caller promises.
    match guard::catch(|| unsafe { begin::<EITHER_WAY, _>(handle, look) }) {
        Some(Ok(begun)) => Rest::of(begun),
        Some(Err(_)) => Rest::All,
        None => Rest::Panicked,
    }
}

/// The same with the lock held, by [`Lock::attempt`]. Nothing is checked here, so that nothing stands between the
/// lock and those who wait for it: [`begin`] has found the handle to be one, and nobody deletes it while it is held.
///
/// # Safety
///
/// See [`super`]; and [`Lock::attempt`].
#[inline(always)]
pub unsafe fn attempt(
    handle: WEB_SOCKET_HANDLE,
    look: impl FnOnce(&mut Session) -> Option<()>,
) -> Rest {
    let handle: *mut Handle = handle.cast();
    // SAFETY: as the caller promises.
    let tried = guard::catch(|| unsafe { (*handle).session.attempt(look, Session::abort) });
    tried.map_or(Rest::Panicked, Rest::of)
}

/// [`Lock::free_or_keep`], likewise.
///
/// # Safety
///
/// See [`super`]; and [`Rest::Free`] is what is left.
#[cold]
pub unsafe fn free(handle: WEB_SOCKET_HANDLE) {
    let handle: *mut Handle = handle.cast();
    // SAFETY: as the caller promises.
    unsafe { (*handle).session.free_or_keep() }
}

/// [`Lock::resume`], as [`attempt`].
///
/// # Safety
///
/// See [`super`]; and [`Lock::resume`].
#[inline(always)]
pub unsafe fn resume<T>(
    handle: WEB_SOCKET_HANDLE,
    look: impl FnOnce(&mut Session) -> Result<T>,
) -> Result<T> {
    let handle: *mut Handle = handle.cast();
    // SAFETY: as the caller promises.
    unsafe { (*handle).session.resume(look, Session::abort) }
}

#[inline(always)]
unsafe fn check(handle: WEB_SOCKET_HANDLE) -> Result<*mut Handle> {
    let handle: *mut Handle = handle.cast();
    not_null(handle)?;
    if !handle.is_aligned() {
        return Err(Error::InvalidArgument);
    }
    // SAFETY: a handle that was not deleted points to its tag.
    let tag = unsafe { (*handle).tag };
    if tag == ALIVE { Ok(handle) } else { Err(Error::InvalidArgument) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Role;

    /// Whoever holds it would hold it for ever.
    #[test]
    fn a_held_handle_is_freed_whatever_became_of_it() {
        let handle = create(Config::new(Role::Server)).unwrap();
        let tag: *mut u32 = handle.cast();
        // SAFETY: the handle is alive until it is deleted at the end, and this thread is alone with it.
        unsafe {
            assert!(matches!(begin::<false, _>(handle, |_| None::<()>), Ok(Begun::Held)));
            assert!(matches!(begin::<false, _>(handle, |_| Some(())), Ok(Begun::NotFree)));
            tag.write(DELETED);
            let refused: Result<()> = resume(handle, |_| Err(Error::OutOfMemory));
            tag.write(ALIVE);
            assert_eq!(refused, Err(Error::OutOfMemory));
            assert!(matches!(begin::<false, _>(handle, |_| Some(())), Ok(Begun::Done(()))));
            delete(handle);
        }
    }
}
