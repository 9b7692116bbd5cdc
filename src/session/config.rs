//! What a session is made with.

use super::memory::{Region, Sizes};
use crate::codec::{KEY, MAX_CONTROL_PAYLOAD, MAX_HEADER};
use crate::error::{Error, Result};

/// Octets that a caller who lends a buffer adds to the sizes of receive and send buffer.
pub const OVERHEAD: u64 = 144;
const MIN_RECEIVE: u32 = 256;
const MIN_SEND: u32 = 16;
const DEFAULT_RECEIVE: u32 = 4096;
const DEFAULT_SEND_CLIENT: u32 = 4096;
const DEFAULT_SEND_SERVER: u32 = 16;

/// Octets of the longest header that is not masked.
const MAX_PLAIN_HEADER: usize = MAX_HEADER - KEY;
/// Octets of the header of a control frame that is not masked.
const CONTROL_HEADER: usize = 2;

/// The side of the connection (RFC 6455 §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

/// What is done with the frames that are sent (RFC 6455 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masking {
    /// A server's are not masked.
    None,
    /// The key is 0, which changes nothing.
    ZeroKey,
    /// Every frame gets a fresh key.
    RandomKey,
}

/// The properties of a handle.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub role: Role,
    /// Octets of the receive buffer: the longest frame that is indicated in one piece.
    pub receive_len: u32,
    /// Octets of the send buffer: the longest piece of a masked frame.
    pub send_len: u32,
    /// A client masks with the key 0; a server also takes frames that are not masked.
    pub masking_disabled: bool,
    /// Whether received text must be UTF-8.
    pub utf8_verification: bool,
    /// Memory of the caller's to work in, instead of our own.
    pub lent: Option<Region>,
}

impl Config {
    /// The defaults.
    pub fn new(role: Role) -> Config {
        let send_len = match role {
            Role::Client => DEFAULT_SEND_CLIENT,
            Role::Server => DEFAULT_SEND_SERVER,
        };
        Config {
            role,
            receive_len: DEFAULT_RECEIVE,
            send_len,
            masking_disabled: false,
            utf8_verification: true,
            lent: None,
        }
    }

    /// Refuses what is too small.
    pub fn check(&self) -> Result<()> {
        let needed = u64::from(self.receive_len) + u64::from(self.send_len) + OVERHEAD;
        let lent_enough = self.lent.is_none_or(|lent| lent.len() as u64 >= needed);
        if self.receive_len < MIN_RECEIVE || self.send_len < MIN_SEND || !lent_enough {
            return Err(Error::InvalidArgument);
        }
        Ok(())
    }

    /// How the memory is divided. The receive part has room for a header before a payload of the
    /// full size, so that such a frame never has to be moved.
    pub fn sizes(&self) -> Sizes {
        let (header, pong_header) = match self.role {
            Role::Client => (MAX_PLAIN_HEADER, CONTROL_HEADER + KEY),
            Role::Server => (MAX_HEADER, CONTROL_HEADER),
        };
        Sizes {
            receive: (self.receive_len as usize).saturating_add(header),
            send: self.send_len as usize,
            pong: pong_header + MAX_CONTROL_PAYLOAD,
        }
    }

    /// How outgoing frames are masked.
    pub fn masking(&self) -> Masking {
        match self.role {
            Role::Server => Masking::None,
            Role::Client if self.masking_disabled => Masking::ZeroKey,
            Role::Client => Masking::RandomKey,
        }
    }

    /// What incoming frames must look like: `None`: either way.
    pub fn expects_masked(&self) -> Option<bool> {
        match self.role {
            Role::Client => Some(false),
            Role::Server if self.masking_disabled => None,
            Role::Server => Some(true),
        }
    }
}

// Every header fits the send part.
const _: () = assert!(MIN_SEND as usize >= MAX_HEADER);
// On either side: one header in, one control frame out.
const _: () = assert!((MAX_HEADER + CONTROL_HEADER + MAX_CONTROL_PAYLOAD) as u64 <= OVERHEAD);
