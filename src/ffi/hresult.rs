//! The one table of error codes.

use super::types::HRESULT;
use crate::codec::Class;
use crate::error::{Error, Result};

pub const S_OK: HRESULT = 0;
pub const E_UNEXPECTED: HRESULT = code(0x8000_FFFF);
const E_FAIL: HRESULT = code(0x8000_4005);
const E_OUTOFMEMORY: HRESULT = code(0x8007_000E);
const E_INVALIDARG: HRESULT = code(0x8007_0057);
const INSUFFICIENT_BUFFER: HRESULT = code(0x8007_007A);
const MORE_DATA: HRESULT = code(0x8007_00EA);
const E_INVALID_PROTOCOL_OPERATION: HRESULT = code(0x8376_0001);
const E_INVALID_PROTOCOL_FORMAT: HRESULT = code(0x8376_0002);
const E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED: HRESULT = code(0x8376_0003);
const E_SUBPROTOCOL_NOT_SUPPORTED: HRESULT = code(0x8376_0004);
const E_PROTOCOL_VERSION_NOT_SUPPORTED: HRESULT = code(0x8376_0005);

const fn code(bits: u32) -> HRESULT {
    bits as HRESULT
}

/// The code of a result.
pub fn from_result(result: Result<()>) -> HRESULT {
    match result {
        Ok(()) => S_OK,
        Err(error) => from_error(error),
    }
}

fn from_error(error: Error) -> HRESULT {
    match error {
        Error::InvalidArgument => E_INVALIDARG,
        Error::OutOfMemory => E_OUTOFMEMORY,
        Error::InvalidOperation => E_INVALID_PROTOCOL_OPERATION,
        Error::InvalidFormat => E_INVALID_PROTOCOL_FORMAT,
        Error::ExtensionsNotSupported => E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED,
        Error::SubprotocolNotSupported => E_SUBPROTOCOL_NOT_SUPPORTED,
        Error::VersionNotSupported => E_PROTOCOL_VERSION_NOT_SUPPORTED,
        Error::InsufficientBuffer => INSUFFICIENT_BUFFER,
        Error::Incomplete => MORE_DATA,
        Error::Randomness => E_FAIL,
        Error::Violation(violation) => match violation.class() {
            Class::Format => E_INVALID_PROTOCOL_FORMAT,
            Class::Operation => E_INVALID_PROTOCOL_OPERATION,
        },
    }
}
