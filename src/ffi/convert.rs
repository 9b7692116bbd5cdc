//! Numbers of the API to the session's own types and back.

use super::types::{WEB_SOCKET_ACTION_QUEUE, WEB_SOCKET_BUFFER_TYPE, buffer_type as number, queue};
use crate::error::{Error, Result};
use crate::session::{BufferType, Queue};

/// In the type of an extension's frame: where the first octet of its header stands.
const EXTENSION_SHIFT: u32 = 2;
/// The mask bit, which stands below it.
const EXTENSION_MASK: u32 = 1 << 1;

/// The type of a buffer, if the number is one.
pub fn buffer_type(number: WEB_SOCKET_BUFFER_TYPE) -> Result<BufferType> {
    Ok(match number {
        number::UTF8_MESSAGE => BufferType::Text { fin: true },
        number::UTF8_FRAGMENT => BufferType::Text { fin: false },
        number::BINARY_MESSAGE => BufferType::Binary { fin: true },
        number::BINARY_FRAGMENT => BufferType::Binary { fin: false },
        number::CLOSE => BufferType::Close,
        number::PING_PONG => BufferType::PingPong,
        number::UNSOLICITED_PONG => BufferType::UnsolicitedPong,
        extension => {
            let first = (extension >> EXTENSION_SHIFT) as u8;
            let buffer_type =
                BufferType::Extension { first, mask_bit: extension & EXTENSION_MASK != 0 };
            if buffer_type_number(buffer_type) != extension {
                return Err(Error::InvalidArgument);
            }
            buffer_type
        }
    })
}

/// The type of a buffer to be sent, and whether its message must not be compressed, which can be said of
/// text and binary data alone.
pub fn send_type(number: WEB_SOCKET_BUFFER_TYPE) -> Result<(BufferType, bool)> {
    match buffer_type(number & !number::UNCOMPRESSED)? {
        data @ (BufferType::Text { .. } | BufferType::Binary { .. }) => {
            Ok((data, number & number::UNCOMPRESSED != 0))
        }
        _ => Ok((buffer_type(number)?, false)),
    }
}

/// The number of a type.
pub fn buffer_type_number(buffer_type: BufferType) -> WEB_SOCKET_BUFFER_TYPE {
    match buffer_type {
        BufferType::Text { fin: true } => number::UTF8_MESSAGE,
        BufferType::Text { fin: false } => number::UTF8_FRAGMENT,
        BufferType::Binary { fin: true } => number::BINARY_MESSAGE,
        BufferType::Binary { fin: false } => number::BINARY_FRAGMENT,
        BufferType::Close => number::CLOSE,
        BufferType::PingPong => number::PING_PONG,
        BufferType::UnsolicitedPong => number::UNSOLICITED_PONG,
        BufferType::Extension { first, mask_bit } => {
            let mask = if mask_bit { EXTENSION_MASK } else { 0 };
            u32::from(first) << EXTENSION_SHIFT | mask
        }
    }
}

/// A queue, if the number is one.
pub fn queue(number: WEB_SOCKET_ACTION_QUEUE) -> Result<Queue> {
    match number {
        queue::SEND => Ok(Queue::Send),
        queue::RECEIVE => Ok(Queue::Receive),
        queue::ALL => Ok(Queue::All),
        _ => Err(Error::InvalidArgument),
    }
}
