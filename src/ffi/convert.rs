//! Numbers of the API to the session's own types and back.

use super::types::{WEB_SOCKET_ACTION_QUEUE, WEB_SOCKET_BUFFER_TYPE};
use crate::error::{Error, Result};
use crate::session::{BufferType, Queue};

const UTF8_MESSAGE: u32 = 0x8000_0000;
const UTF8_FRAGMENT: u32 = 0x8000_0001;
const BINARY_MESSAGE: u32 = 0x8000_0002;
const BINARY_FRAGMENT: u32 = 0x8000_0003;
const CLOSE: u32 = 0x8000_0004;
const PING_PONG: u32 = 0x8000_0005;
const UNSOLICITED_PONG: u32 = 0x8000_0006;

/// In the type of an extension's frame: where the first octet of its header stands.
const EXTENSION_SHIFT: u32 = 2;
/// The mask bit, which stands below it and is ignored: the role decides.
const EXTENSION_MASK: u32 = 1 << 1;

/// The type of a buffer, if the number is one.
pub fn buffer_type(number: WEB_SOCKET_BUFFER_TYPE) -> Result<BufferType> {
    Ok(match number {
        UTF8_MESSAGE => BufferType::Text { fin: true },
        UTF8_FRAGMENT => BufferType::Text { fin: false },
        BINARY_MESSAGE => BufferType::Binary { fin: true },
        BINARY_FRAGMENT => BufferType::Binary { fin: false },
        CLOSE => BufferType::Close,
        PING_PONG => BufferType::PingPong,
        UNSOLICITED_PONG => BufferType::UnsolicitedPong,
        extension => {
            let first = (extension >> EXTENSION_SHIFT) as u8;
            let rest = extension & !EXTENSION_MASK;
            if rest != u32::from(first) << EXTENSION_SHIFT {
                return Err(Error::InvalidArgument);
            }
            BufferType::Extension(first)
        }
    })
}

/// The number of a type.
pub fn buffer_type_number(buffer_type: BufferType) -> WEB_SOCKET_BUFFER_TYPE {
    match buffer_type {
        BufferType::Text { fin: true } => UTF8_MESSAGE,
        BufferType::Text { fin: false } => UTF8_FRAGMENT,
        BufferType::Binary { fin: true } => BINARY_MESSAGE,
        BufferType::Binary { fin: false } => BINARY_FRAGMENT,
        BufferType::Close => CLOSE,
        BufferType::PingPong => PING_PONG,
        BufferType::UnsolicitedPong => UNSOLICITED_PONG,
        BufferType::Extension(first) => u32::from(first) << EXTENSION_SHIFT,
    }
}

/// A queue, if the number is one.
pub fn queue(number: WEB_SOCKET_ACTION_QUEUE) -> Result<Queue> {
    match number {
        1 => Ok(Queue::Send),
        2 => Ok(Queue::Receive),
        3 => Ok(Queue::All),
        _ => Err(Error::InvalidArgument),
    }
}
