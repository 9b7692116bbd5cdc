//! What can go wrong below the C border. `ffi/hresult.rs` gives each kind its code.

use crate::codec::Violation;

/// The reason why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// An argument makes no sense, whatever the state.
    InvalidArgument,
    /// An allocation failed; nothing was changed.
    OutOfMemory,
    /// The call is not allowed in the present state.
    InvalidOperation,
    /// A handshake header is missing or malformed.
    InvalidFormat,
    /// The server chose an extension that was not offered.
    ExtensionsNotSupported,
    /// The server chose no subprotocol, or one that was not offered.
    SubprotocolNotSupported,
    /// The client speaks another version of the protocol than 13.
    VersionNotSupported,
    /// The output does not fit the caller's buffer.
    InsufficientBuffer,
    /// The octets end before the HTTP head does.
    Incomplete,
    /// The operating system gave no random octets.
    Randomness,
    /// The peer broke the framing rules.
    Violation(Violation),
}

/// [`Error::OutOfMemory`], where nothing else can go wrong: what it is returned beside needs no place for a number
/// then, and compilers take no value apart for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl From<OutOfMemory> for Error {
    fn from(_: OutOfMemory) -> Self {
        Error::OutOfMemory
    }
}

/// The result of everything that can be refused.
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Error::Violation(violation)
    }
}
