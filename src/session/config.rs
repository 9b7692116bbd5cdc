//! What a session is made with.

use core::num::NonZeroUsize;

use super::memory::{Region, Sizes};
use crate::codec::{KEY, MAX_CONTROL_PAYLOAD, MAX_HEADER, MaskRule};
use crate::error::{Error, Result};
use crate::handshake::deflate::{Compression, Direction, MAX_BITS, MIN_BITS};

/// Octets that a caller who lends a buffer adds to the sizes of receive and send buffer.
pub const OVERHEAD: u64 = 144;
const MIN_RECEIVE: u32 = 256;
const MIN_SEND: u32 = 16;
/// Octets of the payload of a compressed frame, which a smaller send buffer does not make smaller.
const MIN_DEFLATED: u32 = 4096;
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
    /// How messages may be compressed, if at all.
    pub compression: Option<CompressionSetting>,
}

/// What a handle that may compress was told (RFC 7692).
#[derive(Clone, Copy, Debug)]
pub struct CompressionSetting {
    /// The most that is offered and taken.
    pub most: Compression,
    /// 1 for speed, 9 for size.
    pub level: u8,
    /// Octets of the longest message that is decompressed.
    pub max_message: u64,
}

impl CompressionSetting {
    /// What holds from the handshake on.
    pub fn agreed(&self, role: Role, agreed: Compression) -> Compressed {
        let (incoming, outgoing) = match role {
            Role::Client => (agreed.server, agreed.client),
            Role::Server => (agreed.client, agreed.server),
        };
        Compressed { incoming, outgoing, level: self.level, max_message: self.max_message }
    }

    /// Refuses what is no window, and no level of zlib's.
    fn check(&self) -> Result<()> {
        let bits = [self.most.client, self.most.server]
            .iter()
            .all(|direction| (MIN_BITS..=MAX_BITS).contains(&direction.window_bits));
        if bits && (1..=9).contains(&self.level) { Ok(()) } else { Err(Error::InvalidArgument) }
    }
}

/// What the handshake made of it, as seen from this side.
#[derive(Clone, Copy, Debug)]
pub struct Compressed {
    pub incoming: Direction,
    pub outgoing: Direction,
    pub level: u8,
    pub max_message: u64,
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
            compression: None,
        }
    }

    /// Refuses what is too small.
    pub fn check(&self) -> Result<()> {
        let mut needed = u64::from(self.receive_len) + u64::from(self.send_len) + OVERHEAD;
        if self.compression.is_some() {
            needed += u64::from(self.receive_len) + self.deflated() as u64 + 1;
        }
        let lent_enough = self.lent.is_none_or(|lent| lent.len() as u64 >= needed);
        if self.receive_len < MIN_RECEIVE || self.send_len < MIN_SEND || !lent_enough {
            return Err(Error::InvalidArgument);
        }
        self.compression.map_or(Ok(()), |setting| setting.check())
    }

    /// Octets of the receive buffer, for who has to know that there are some: [`Config::check`] refuses less.
    pub fn receive_limit(&self) -> NonZeroUsize {
        debug_assert!(self.receive_len >= MIN_RECEIVE);
        NonZeroUsize::new(self.receive_len as usize).unwrap_or(NonZeroUsize::MIN)
    }

    /// How the memory is divided. The receive part has room for a header before a payload of the
    /// full size, so that such a frame never has to be moved.
    /// `compressed`: there are parts for compression as well.
    pub fn sizes(&self, compressed: bool) -> Sizes {
        let (header, pong_header) = match self.role {
            Role::Client => (MAX_PLAIN_HEADER, CONTROL_HEADER + KEY),
            Role::Server => (MAX_HEADER, CONTROL_HEADER),
        };
        Sizes {
            receive: (self.receive_len as usize).saturating_add(header),
            send: self.send_len as usize,
            pong: pong_header + MAX_CONTROL_PAYLOAD,
            // One octet more than is indicated: it tells whether the message goes on.
            inflated: if compressed { self.receive_len as usize + 1 } else { 0 },
            deflated: if compressed { self.deflated() } else { 0 },
        }
    }

    /// Octets of a compressed frame: a send buffer, but a useful one, and no longer than the API can
    /// say.
    fn deflated(&self) -> usize {
        let payload = self.send_len.max(MIN_DEFLATED).min(u32::MAX - MAX_HEADER as u32);
        MAX_HEADER + payload as usize
    }

    /// How outgoing frames are masked.
    pub fn masking(&self) -> Masking {
        match self.role {
            Role::Server => Masking::None,
            Role::Client if self.masking_disabled => Masking::ZeroKey,
            Role::Client => Masking::RandomKey,
        }
    }

    /// What incoming frames must look like.
    pub fn expects_masked(&self) -> MaskRule {
        match self.role {
            Role::Client => MaskRule::PLAIN,
            Role::Server if self.masking_disabled => MaskRule::EITHER,
            Role::Server => MaskRule::MASKED,
        }
    }
}

// Every header fits the send part.
const _: () = assert!(MIN_SEND as usize >= MAX_HEADER);
// On either side: one header in, one control frame out.
const _: () = assert!((MAX_HEADER + CONTROL_HEADER + MAX_CONTROL_PAYLOAD) as u64 <= OVERHEAD);

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(config: Config) -> bool {
        config.check().is_ok()
    }

    #[test]
    fn buffers_have_a_least_size() {
        let usual = Config::new(Role::Server);
        assert_eq!((usual.receive_len, usual.send_len), (4096, 16));
        assert_eq!(Config::new(Role::Client).send_len, 4096);
        assert!(is_taken(Config { receive_len: 256, send_len: 16, ..usual }));
        assert!(!is_taken(Config { receive_len: 255, ..usual }));
        assert!(!is_taken(Config { send_len: 15, ..usual }));
    }

    #[test]
    fn a_setting_of_compression_is_in_range() {
        let usual = Direction { window_bits: 15, takeover: true };
        let is_taken = |client_bits, server_bits, level| {
            let client = Direction { window_bits: client_bits, ..usual };
            let server = Direction { window_bits: server_bits, ..usual };
            let most = Compression { client, server };
            let compression = Some(CompressionSetting { most, level, max_message: 0 });
            is_taken(Config { compression, ..Config::new(Role::Client) })
        };
        assert!(is_taken(8, 15, 1) && is_taken(15, 8, 9));
        assert!(!is_taken(7, 15, 1) && !is_taken(16, 15, 1));
        assert!(!is_taken(15, 7, 1) && !is_taken(15, 16, 1));
        assert!(!is_taken(15, 15, 0) && !is_taken(15, 15, 10));
    }

    /// What a caller has to lend is what it can work out, and is enough for all parts.
    #[test]
    fn lent_memory_has_room_for_all_parts() {
        let usual = Direction { window_bits: 15, takeover: true };
        let most = Compression { client: usual, server: usual };
        let setting = CompressionSetting { most, level: 6, max_message: 0 };
        for (compression, send_len, needed) in [
            (None, 500, 300 + 500 + 144),
            // The larger of 4096 and the send buffer, with a header; a receive buffer and one octet.
            (Some(setting), 500, 300 + 500 + 144 + 300 + 1 + 14 + 4096),
            (Some(setting), 5000, 300 + 5000 + 144 + 300 + 1 + 14 + 5000),
        ] {
            for role in [Role::Client, Role::Server] {
                let config =
                    Config { receive_len: 300, send_len, compression, ..Config::new(role) };
                let mut memory = vec![0u8; needed];
                let lent = Some(Region::of(&mut memory));
                assert!(is_taken(Config { lent, ..config }));
                let lent = Some(Region::of(&mut memory[1..]));
                assert!(!is_taken(Config { lent, ..config }));
                let sizes = config.sizes(compression.is_some());
                assert!(sizes.sum().unwrap() <= needed);
                let header = if role == Role::Client { 10 } else { 14 };
                let pong = if role == Role::Client { 131 } else { 127 };
                assert_eq!((sizes.receive, sizes.pong), (300 + header, pong));
                assert_eq!(sizes.send, send_len as usize);
                let inflated = if compression.is_some() { 301 } else { 0 };
                let deflated = if compression.is_some() { 14 + send_len.max(4096) } else { 0 };
                assert_eq!((sizes.inflated, sizes.deflated), (inflated, deflated as usize));
            }
        }
    }

    /// A frame with its header can be shown in one buffer, of which the API says the length with 32 bits.
    #[test]
    fn a_compressed_frame_is_no_longer_than_can_be_told() {
        let config = Config { send_len: u32::MAX, ..Config::new(Role::Server) };
        assert_eq!(config.sizes(true).deflated, u32::MAX as usize);
    }

    #[test]
    fn a_role_has_its_way_of_masking() {
        let masking = |role, masking_disabled| {
            let config = Config { masking_disabled, ..Config::new(role) };
            (config.masking(), config.expects_masked())
        };
        assert_eq!(masking(Role::Client, false), (Masking::RandomKey, MaskRule::PLAIN));
        assert_eq!(masking(Role::Client, true), (Masking::ZeroKey, MaskRule::PLAIN));
        assert_eq!(masking(Role::Server, false), (Masking::None, MaskRule::MASKED));
        assert_eq!(masking(Role::Server, true), (Masking::None, MaskRule::EITHER));
    }
}
