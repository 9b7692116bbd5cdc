//! Arguments: pointers and counts to what the house understands. All of it is read without
//! regard to alignment; NULL where something is needed is an invalid argument.

use core::ffi::CStr;
use core::sync::atomic::{Ordering, compiler_fence};

use super::types::{
    BOOL, ConstPHeader, ConstPProperty, PCSTR, PVOID, ULONG, WEB_SOCKET_BUFFER,
    WEB_SOCKET_PROPERTY, WSPC_DEFLATE, deflate_flag, property,
};
use crate::error::{Error, Result};
use crate::handshake::Header;
use crate::handshake::deflate::{Compression, Direction, MAX_BITS};
use crate::session::{self, BufferType, CompressionSetting, Config, Payload, Region};

/// Refuses NULL.
#[inline(always)]
pub fn not_null<T>(pointer: *const T) -> Result<()> {
    if pointer.is_null() {
        return Err(Error::InvalidArgument);
    }
    // A jump for each pointer: what a compiler makes of several questions in one takes twice as long.
    compiler_fence(Ordering::AcqRel);
    Ok(())
}

/// The elements of an array, copied one by one. NULL is fine where there are none.
///
/// # Safety
///
/// See [`super`].
unsafe fn elements<T: Copy>(
    array: *const T,
    count: ULONG,
) -> Result<impl ExactSizeIterator<Item = T> + Clone> {
    if count > 0 {
        not_null(array)?;
    }
    // SAFETY: as the caller promises.
    Ok((0..count as usize).map(move |i| unsafe { array.add(i).read_unaligned() }))
}

/// Puts the properties of a new handle in place of the defaults; a property that comes twice counts as it came last.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn configure(
    config: &mut Config,
    properties: ConstPProperty,
    count: ULONG,
) -> Result<()> {
    #[cfg(test)]
    crate::panics::pass();
    // SAFETY: as the caller promises.
    for cell in unsafe { elements(properties, count)? } {
        // SAFETY: likewise.
        unsafe { apply(config, cell)? };
    }
    Ok(())
}

unsafe fn apply(config: &mut Config, cell: WEB_SOCKET_PROPERTY) -> Result<()> {
    // SAFETY: as the caller of `configure` promises.
    unsafe {
        match cell.Type {
            property::RECEIVE_BUFFER_SIZE => config.receive_len = value::<ULONG>(cell)?,
            property::SEND_BUFFER_SIZE => config.send_len = value::<ULONG>(cell)?,
            property::DISABLE_MASKING => config.masking_disabled = value::<BOOL>(cell)? != 0,
            property::ALLOCATED_BUFFER => {
                // The value is the address of the buffer, but the size is that of the buffer.
                not_null(cell.pvValue)?;
                let start = cell.pvValue.cast::<PVOID>().read_unaligned();
                not_null(start)?;
                config.lent = Some(Region::new(start.cast(), cell.ulValueSize as usize));
            }
            property::DISABLE_UTF8_VERIFICATION => {
                config.utf8_verification = value::<BOOL>(cell)? == 0;
            }
            property::PERMESSAGE_DEFLATE => {
                config.compression =
                    Some(compression(value::<WSPC_DEFLATE>(cell)?).ok_or(Error::InvalidArgument)?);
            }
            _ => return Err(Error::InvalidArgument),
        }
    }
    Ok(())
}

/// What 0 stands for: zlib's default level, and 16 MiB.
const USUAL_LEVEL: ULONG = 6;
const USUAL_MAX_MESSAGE: ULONG = 16 << 20;

/// What was asked for, if there is such a thing.
fn compression(value: WSPC_DEFLATE) -> Option<CompressionSetting> {
    if !session::COMPRESSION_IS_PRESENT {
        return None;
    }
    let or_usual = |value: ULONG, usual: ULONG| if value == 0 { usual } else { value };
    let (client, server) =
        (deflate_flag::CLIENT_NO_CONTEXT_TAKEOVER, deflate_flag::SERVER_NO_CONTEXT_TAKEOVER);
    if value.ulFlags & !(client | server) != 0 {
        return None;
    }
    let direction = |bits: ULONG, no_takeover: ULONG| -> Option<Direction> {
        let bits = or_usual(bits, ULONG::from(MAX_BITS));
        let window_bits = u8::try_from(bits).ok()?;
        Some(Direction { window_bits, takeover: value.ulFlags & no_takeover == 0 })
    };
    let level = or_usual(value.ulLevel, USUAL_LEVEL);
    Some(CompressionSetting {
        most: Compression {
            client: direction(value.ulClientWindowBits, client)?,
            server: direction(value.ulServerWindowBits, server)?,
        },
        level: u8::try_from(level).ok()?,
        max_message: u64::from(or_usual(value.ulMaxMessageLength, USUAL_MAX_MESSAGE)),
    })
}

unsafe fn value<T: Copy>(cell: WEB_SOCKET_PROPERTY) -> Result<T> {
    not_null(cell.pvValue)?;
    if cell.ulValueSize as usize != size_of::<T>() {
        return Err(Error::InvalidArgument);
    }
    // SAFETY: as the caller of `configure` promises.
    Ok(unsafe { cell.pvValue.cast::<T>().read_unaligned() })
}

/// The headers of a request or response.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn headers<'a>(
    array: ConstPHeader,
    count: ULONG,
) -> Result<impl Iterator<Item = Header<'a>> + Clone> {
    #[cfg(test)]
    crate::panics::pass();
    // SAFETY: as the caller promises.
    let headers = unsafe { elements(array, count)? };
    for header in headers.clone() {
        let name_missing = header.pcName.is_null();
        let value_missing = header.pcValue.is_null() && header.ulValueLength > 0;
        if name_missing || value_missing {
            return Err(Error::InvalidArgument);
        }
    }
    // SAFETY: as the caller promises.
    Ok(headers.map(|header| unsafe {
        Header {
            name: octets(header.pcName.cast(), header.ulNameLength),
            value: octets(header.pcValue.cast(), header.ulValueLength),
        }
    }))
}

/// Octets that are only looked at during the call. NULL is fine where there are none.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn octets<'a>(start: *const u8, len: ULONG) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    // No memory is longer than a slice may be, so this shortens only a length that is a lie.
    let len = (len as usize).min(isize::MAX as usize);
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(start, len) }
}

/// Strings that end with a NUL.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn strings<'a>(
    array: *const PCSTR,
    count: ULONG,
) -> Result<impl Iterator<Item = &'a [u8]> + Clone> {
    // SAFETY: as the caller promises.
    let strings = unsafe { elements(array, count)? };
    strings.clone().try_for_each(not_null)?;
    // SAFETY: as the caller promises.
    Ok(strings.map(|string| unsafe { CStr::from_ptr(string) }.to_bytes()))
}

/// A string that may be missing.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn string<'a>(string: PCSTR) -> Option<&'a [u8]> {
    // SAFETY: as the caller promises.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) }.to_bytes())
}

/// How many selected extensions the caller can take, if it wants to know them.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn selection_room(array: *const ULONG, count: *const ULONG) -> Result<Option<usize>> {
    if array.is_null() {
        return Ok(None);
    }
    not_null(count)?;
    // SAFETY: as the caller promises.
    Ok(Some(unsafe { count.read_unaligned() } as usize))
}

/// What is to be sent.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn payload(
    buffer_type: BufferType,
    buffer: *const WEB_SOCKET_BUFFER,
) -> Result<Payload> {
    if buffer.is_null() {
        return Ok(Payload::None);
    }
    // SAFETY: as the caller promises; each arm is read only where it is the one that is meant, and
    // no more of the union than that arm has.
    unsafe {
        if buffer_type == BufferType::Close {
            let close = (&raw const (*buffer).CloseStatus).read_unaligned();
            let reason = region(close.pbReason, close.ulReasonLength)?;
            Ok(Payload::Close(close.usStatus, reason))
        } else {
            let data = (&raw const (*buffer).Data).read_unaligned();
            Ok(Payload::Data(region(data.pbBuffer, data.ulBufferLength)?))
        }
    }
}

/// The caller's own receive buffer, if it gave one.
///
/// # Safety
///
/// See [`super`].
pub unsafe fn target(buffer: *const WEB_SOCKET_BUFFER) -> Result<Option<Region>> {
    if buffer.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller promises.
    let data = unsafe { (&raw const (*buffer).Data).read_unaligned() };
    not_null(data.pbBuffer)?;
    // SAFETY: likewise.
    unsafe { region(data.pbBuffer, data.ulBufferLength) }.map(Some)
}

unsafe fn region(start: *mut u8, len: ULONG) -> Result<Region> {
    if len > 0 {
        not_null(start)?;
    }
    // SAFETY: as the caller promises.
    Ok(unsafe { Region::new(start, len as usize) })
}
