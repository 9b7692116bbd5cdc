//! Numbers of the API to the session's own types and back.

use super::types::{WEB_SOCKET_ACTION_QUEUE, WEB_SOCKET_BUFFER_TYPE, buffer_type as number, queue};
use crate::error::{Error, Result};
use crate::session::{BufferType, ExtensionFrame, Queue};

/// In the type of an extension's frame: where the first octet of its header stands.
const EXTENSION_SHIFT: u32 = 2;
/// The mask bit, which stands below it.
const EXTENSION_MASK: u32 = 1 << 1;

/// The type of a buffer, if the number is one.
#[inline]
pub fn buffer_type(number: WEB_SOCKET_BUFFER_TYPE) -> Result<BufferType> {
    Ok(match number {
        number::UTF8_MESSAGE => BufferType::TextMessage,
        number::UTF8_FRAGMENT => BufferType::TextFragment,
        number::BINARY_MESSAGE => BufferType::BinaryMessage,
        number::BINARY_FRAGMENT => BufferType::BinaryFragment,
        number::CLOSE => BufferType::Close,
        number::PING_PONG => BufferType::PingPong,
        number::UNSOLICITED_PONG => BufferType::UnsolicitedPong,
        extension => {
            let first = (extension >> EXTENSION_SHIFT) as u8;
            let frame = ExtensionFrame::new(first, extension & EXTENSION_MASK != 0);
            if buffer_type_number(BufferType::Extension(frame)) != extension {
                return Err(Error::InvalidArgument);
            }
            BufferType::Extension(frame)
        }
    })
}

/// The type of a buffer to be sent, and whether its message must not be compressed, which can be said of
/// text and binary data alone.
#[inline]
pub fn send_type(number: WEB_SOCKET_BUFFER_TYPE) -> Result<(BufferType, bool)> {
    use BufferType::*;
    match buffer_type(number & !number::UNCOMPRESSED) {
        Ok(data @ (TextMessage | TextFragment | BinaryMessage | BinaryFragment)) => {
            Ok((data, number & number::UNCOMPRESSED != 0))
        }
        _ => Ok((buffer_type(number)?, false)),
    }
}

/// The number of a type. Those that are no extension's stand in the order of their numbers, so that there need be no
/// table.
#[inline(always)]
pub fn buffer_type_number(buffer_type: BufferType) -> WEB_SOCKET_BUFFER_TYPE {
    match buffer_type {
        BufferType::Extension(frame) => extension_number(frame),
        _ => own_number(buffer_type),
    }
}

#[inline(always)]
const fn own_number(buffer_type: BufferType) -> WEB_SOCKET_BUFFER_TYPE {
    // SAFETY: it is `repr(u8)`, so that its first octet says which variant it is.
    let variant = unsafe { *core::ptr::from_ref(&buffer_type).cast::<u8>() };
    number::UTF8_MESSAGE + variant as WEB_SOCKET_BUFFER_TYPE
}

const _: () = {
    assert!(own_number(BufferType::TextMessage) == number::UTF8_MESSAGE);
    assert!(own_number(BufferType::TextFragment) == number::UTF8_FRAGMENT);
    assert!(own_number(BufferType::BinaryMessage) == number::BINARY_MESSAGE);
    assert!(own_number(BufferType::BinaryFragment) == number::BINARY_FRAGMENT);
    assert!(own_number(BufferType::Close) == number::CLOSE);
    assert!(own_number(BufferType::PingPong) == number::PING_PONG);
    assert!(own_number(BufferType::UnsolicitedPong) == number::UNSOLICITED_PONG);
};

#[cold]
fn extension_number(frame: ExtensionFrame) -> WEB_SOCKET_BUFFER_TYPE {
    let mask = if frame.mask_bit() { EXTENSION_MASK } else { 0 };
    u32::from(frame.first()) << EXTENSION_SHIFT | mask
}

/// A queue, if the number is one.
#[inline]
pub fn queue(number: WEB_SOCKET_ACTION_QUEUE) -> Result<Queue> {
    match number {
        queue::SEND => Ok(Queue::Send),
        queue::RECEIVE => Ok(Queue::Receive),
        queue::ALL => Ok(Queue::All),
        _ => Err(Error::InvalidArgument),
    }
}
