//! Frames as octets: headers, masking, UTF-8, close payloads. Nothing here allocates or
//! knows what a session is.

mod close;
pub mod deflate;
mod frame;
#[allow(unsafe_code)]
mod kernels;
mod mask;
mod utf8;
mod violation;

pub use close::{CloseCheck, NO_STATUS, write_status};
pub use frame::{
    FIN, FrameHeader, HeaderRules, MASK, MAX_CONTROL_PAYLOAD, MAX_HEADER, MaskRule, Opcode, RSV,
    RSV1, encode_header, parse_behind_first, parse_header,
};
pub use mask::{SHORT, mask_copy, unmask, unmask_short};
pub use utf8::Utf8;
pub use violation::{Class, Violation};

/// Octets of a masking key (RFC 6455 §5.3).
pub const KEY: usize = 4;

/// Octets of the longest reason in a close frame (RFC 6455 §5.5: 125 less the status).
pub const MAX_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

#[cfg(test)]
pub mod written;
