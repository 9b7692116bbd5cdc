//! Results: what the house found, written to where the caller wants it.

#![allow(non_snake_case)]

use super::args::not_null;
use super::convert::buffer_type_number;
use super::types::{
    PCHAR, PVOID, PWEB_SOCKET_HTTP_HEADER, ULONG, WEB_SOCKET_ACTION, WEB_SOCKET_BUFFER,
    WEB_SOCKET_BUFFER_TYPE, WEB_SOCKET_HTTP_HEADER, action,
};
use crate::error::{Error, Result};
use crate::handshake::client::Selection;
use crate::handshake::{HeaderBlock, Lines};
use crate::session::{Action, Region, Work};

/// Writes to a caller that wants to know; NULL says that it does not.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn write<T>(target: *mut T, value: T) {
    if !target.is_null() {
        // SAFETY: as the caller promises.
        unsafe { target.write_unaligned(value) };
    }
}

/// A header as the caller sees it: the strings stay where they are.
pub fn header(name: &[u8], value: &[u8]) -> WEB_SOCKET_HTTP_HEADER {
    WEB_SOCKET_HTTP_HEADER {
        pcName: name.as_ptr() as PCHAR,
        ulNameLength: name.len() as ULONG,
        pcValue: value.as_ptr() as PCHAR,
        ulValueLength: value.len() as ULONG,
    }
}

const _: () = assert!(size_of::<WEB_SOCKET_HTTP_HEADER>() == HeaderBlock::RECORD);
const _: () = assert!(align_of::<WEB_SOCKET_HTTP_HEADER>() == align_of::<usize>());

/// The headers that a handshake made, as an array that stays where it is.
pub fn headers<'b>(block: &'b mut HeaderBlock, lines: &Lines) -> &'b mut [WEB_SOCKET_HTTP_HEADER] {
    let (strings, room) = block.parts(lines);
    // SAFETY: a header of zeros is a header, and so is one of any other octets.
    let (_, array, _) = unsafe { room.align_to_mut::<WEB_SOCKET_HTTP_HEADER>() };
    let array = &mut array[..strings.len()];
    for (slot, (name, value)) in array.iter_mut().zip(strings) {
        *slot = terminated_header(name, value);
    }
    array
}

/// A header whose strings have a NUL at their ends, which the lengths leave out.
fn terminated_header(name: &[u8], value: &[u8]) -> WEB_SOCKET_HTTP_HEADER {
    let (name_len, value_len) = (name.len() - 1, value.len() - 1);
    let (ulNameLength, ulValueLength) = (name_len as ULONG, value_len as ULONG);
    WEB_SOCKET_HTTP_HEADER { ulNameLength, ulValueLength, ..header(name, value) }
}

/// What the server selected; NULL is passed over. The subprotocol is left as it is if none was
/// offered.
///
/// # Safety
///
/// See [`super`]; there is room for every extension that was offered.
pub unsafe fn write_selection(
    selection: &Selection,
    extensions: *mut ULONG,
    count: *mut ULONG,
    subprotocol: *mut ULONG,
) {
    // SAFETY: as the caller promises.
    unsafe {
        if !extensions.is_null() {
            for (i, &index) in selection.extensions.iter().enumerate() {
                extensions.add(i).write_unaligned(index);
            }
        }
        write(count, selection.extensions.len() as ULONG);
        if let Some(index) = selection.subprotocol {
            write(subprotocol, index);
        }
    }
}

/// Where a handshake puts the headers that it made.
pub struct HeaderOutputs {
    pub array: *mut PWEB_SOCKET_HTTP_HEADER,
    pub count: *mut ULONG,
}

impl HeaderOutputs {
    /// Refuses NULL.
    pub fn check(&self) -> Result<()> {
        not_null(self.array)?;
        not_null(self.count)
    }

    /// Hands the array out; it belongs to the handle.
    ///
    /// # Safety
    ///
    /// See [`super`].
    pub unsafe fn write(&self, headers: &mut [WEB_SOCKET_HTTP_HEADER]) {
        // SAFETY: as the caller promises.
        unsafe {
            write(self.array, headers.as_mut_ptr());
            write(self.count, headers.len() as ULONG);
        }
    }
}

/// Where GetAction puts what it found.
#[derive(Clone, Copy)]
pub struct ActionOutputs {
    pub buffers: *mut WEB_SOCKET_BUFFER,
    pub count: *mut ULONG,
    pub action: *mut WEB_SOCKET_ACTION,
    pub buffer_type: *mut WEB_SOCKET_BUFFER_TYPE,
    pub application_context: *mut PVOID,
    pub action_context: *mut PVOID,
}

impl ActionOutputs {
    /// Refuses NULL; returns how many buffers there is room for.
    ///
    /// # Safety
    ///
    /// See [`super`].
    pub unsafe fn check(&self) -> Result<usize> {
        not_null(self.count)?;
        not_null(self.action)?;
        not_null(self.buffer_type)?;
        not_null(self.action_context)?;
        // SAFETY: as the caller promises.
        let slots = unsafe { self.count.read_unaligned() } as usize;
        if slots > 0 {
            not_null(self.buffers)?;
        }
        Ok(slots)
    }

    /// Whether there is room for an action and so many buffers.
    ///
    /// # Safety
    ///
    /// See [`super`].
    #[inline(always)]
    pub unsafe fn have_room(&self, slots: ULONG) -> bool {
        // SAFETY: as the caller promises.
        unsafe { self.check().is_ok_and(|room| room >= slots as usize) }
    }

    /// Says that there is nothing to do. NULL is passed over, because errors end here too.
    ///
    /// # Safety
    ///
    /// See [`super`].
    pub unsafe fn write_nothing(&self) {
        // SAFETY: as the caller promises.
        unsafe {
            write(self.count, 0);
            write(self.action, action::NONE);
            write(self.buffer_type, 0);
            write(self.application_context, core::ptr::null_mut());
            write(self.action_context, core::ptr::null_mut());
        }
    }

    /// Hands an action out; slots that it does not use stay as they are.
    ///
    /// # Safety
    ///
    /// See [`super`]; [`ActionOutputs::check`] has found that there is room.
    #[inline(always)]
    pub unsafe fn write(&self, action: &Action) {
        let kind = match action.work {
            Work::SendToNetwork => action::SEND_TO_NETWORK,
            Work::IndicateSendComplete => action::INDICATE_SEND_COMPLETE,
            Work::ReceiveFromNetwork => action::RECEIVE_FROM_NETWORK,
            Work::IndicateReceiveComplete => action::INDICATE_RECEIVE_COMPLETE,
        };
        let [first, second] = action.octets;
        // SAFETY: as the caller promises.
        unsafe {
            if action.count > 0 {
                match action.status {
                    Some(status) => write_close(self.buffers, status, first),
                    None => write_data(self.buffers, first),
                }
            }
            if action.count > 1 {
                write_data(self.buffers.add(1), second);
            }
            self.count.write_unaligned(action.count as ULONG);
            self.action.write_unaligned(kind);
            self.buffer_type.write_unaligned(action.buffer_type.map_or(0, buffer_type_number));
            write(self.application_context, action.context.0.cast());
            let id = core::ptr::without_provenance_mut(action.id.number());
            self.action_context.write_unaligned(id);
        }
    }
}

/// Field by field, so that nothing is written between and behind them.
#[inline(always)]
unsafe fn write_data(target: *mut WEB_SOCKET_BUFFER, region: Region) {
    // SAFETY: as the caller of `write` promises.
    unsafe {
        (&raw mut (*target).Data.pbBuffer).write_unaligned(region.start());
        (&raw mut (*target).Data.ulBufferLength).write_unaligned(region.len() as ULONG);
    }
}

#[inline(always)]
unsafe fn write_close(target: *mut WEB_SOCKET_BUFFER, status: u16, reason: Region) {
    // SAFETY: as the caller of `write` promises.
    unsafe {
        (&raw mut (*target).CloseStatus.pbReason).write_unaligned(reason.start());
        (&raw mut (*target).CloseStatus.ulReasonLength).write_unaligned(reason.len() as ULONG);
        (&raw mut (*target).CloseStatus.usStatus).write_unaligned(status);
    }
}

/// Copies a global property out. The size is in and out: the room that there is, then the
/// octets that are used, or needed where there is too little room.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn property(value: ULONG, target: PVOID, size: *mut ULONG) -> Result<()> {
    #[cfg(test)]
    crate::panics::pass();
    not_null(size)?;
    let needed = size_of::<ULONG>() as ULONG;
    // SAFETY: as the caller promises.
    unsafe {
        let room = size.read_unaligned();
        if room >= needed {
            not_null(target)?;
            target.cast::<ULONG>().write_unaligned(value);
        }
        size.write_unaligned(needed);
        if room >= needed { Ok(()) } else { Err(Error::InsufficientBuffer) }
    }
}
