//! The payload of compressed messages (RFC 7692 §7.2): raw DEFLATE, of which each message leaves
//! out the last four octets.

#[cfg(not(feature = "permessage-deflate"))]
mod absent;
#[cfg(feature = "permessage-deflate")]
mod present;
#[cfg(feature = "permessage-deflate")]
#[allow(unsafe_code)]
mod stream;

#[cfg(not(feature = "permessage-deflate"))]
pub use absent::{Compressor, Decompressor};
#[cfg(feature = "permessage-deflate")]
pub use present::{Compressor, Decompressor};

/// Whether the library was built with it.
pub const IS_PRESENT: bool = cfg!(feature = "permessage-deflate");

/// Why a message could not be compressed or decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "permessage-deflate"),
    expect(dead_code, reason = "nothing is compressed or decompressed")
)]
pub enum Fault {
    /// There is no memory for the state.
    OutOfMemory,
    /// The octets are no DEFLATE.
    Malformed,
    /// The message is longer than it may be.
    TooLong,
}

/// A message that cannot be decompressed, or not further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Octets of the output that were written before: what is wrong with them comes first.
    pub made: usize,
    pub fault: Fault,
}

/// What a sender leaves out and a receiver puts back at the end of a message (RFC 7692 §7.2.1).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Octets of the input that were taken.
    pub taken: usize,
    /// Octets of the output that were written.
    pub made: usize,
    /// All that was asked for is done. Until then there is more to write, or to take.
    pub done: bool,
}
