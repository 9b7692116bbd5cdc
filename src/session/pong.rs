//! The answer to a ping (RFC 6455 §5.5.2, §5.5.3): one is pending at the most, and the latest
//! ping wins as long as it has not been handed out.

use super::config::Config;
use super::keys::KeyPool;
use super::memory::{Memory, Part, Region};
use crate::codec::{FIN, MAX_CONTROL_PAYLOAD, Opcode, encode_header, unmask};
use crate::error::Result;

/// The pending pong. Its payload lies in [`Part::Pong`] behind the room for its header.
#[derive(Debug)]
pub struct PongSlot {
    header_len: u8,
    /// Octets of the payload.
    pending: Option<u8>,
}

impl PongSlot {
    /// An empty slot.
    pub fn new(config: &Config) -> PongSlot {
        let header_len = config.sizes(false).pong - MAX_CONTROL_PAYLOAD;
        PongSlot { header_len: header_len as u8, pending: None }
    }

    /// Whether a pong waits to be handed out.
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Keeps the payload of a ping, which stands at `offset` of the received octets.
    pub fn store(&mut self, memory: &mut Memory, offset: usize, len: usize) {
        let target = memory.region(Part::Pong, usize::from(self.header_len), len);
        memory.copy_out(memory.region(Part::Receive, offset, len), target);
        self.pending = Some(len as u8);
    }

    /// Completes the frame; it is not pending any more.
    pub fn take(&mut self, memory: &mut Memory, keys: &mut KeyPool) -> Result<Option<Region>> {
        let Some(len) = self.pending.map(usize::from) else { return Ok(None) };
        let key = keys.next()?;
        self.pending = None;
        let (header, header_len) = encode_header(FIN | Opcode::Pong.bits(), len as u64, key);
        debug_assert_eq!(header_len, usize::from(self.header_len));
        memory.put((Part::Pong, 0), &header[..header_len]);
        if let Some(key) = key {
            unmask(memory.octets(Part::Pong, header_len, len), key, 0);
        }
        Ok(Some(memory.region(Part::Pong, 0, header_len + len)))
    }

    /// Forgets the pending pong.
    pub fn clear(&mut self) {
        self.pending = None;
    }
}
