//! The frame that is arriving, and the message that it belongs to.

use super::memory::Memory;
use super::window::Window;
use crate::codec::{CloseCheck, FrameHeader, Opcode, RSV1, Utf8, Violation, unmask};

/// The message of which frames are arriving.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub is_text: bool,
    /// One of its frames has a reserved bit, so that it is an extension's from there on.
    pub is_extension: bool,
    /// Its frames are to be decompressed (RFC 7692 §6.2).
    pub is_compressed: bool,
    /// Set where the octets have to be UTF-8.
    utf8: Option<Utf8>,
}

impl Message {
    /// The message of which this is the first header. An extension's octets are for it to judge.
    /// `compressible`: RSV1 tells of compression.
    pub fn begin(header: &FrameHeader, utf8_verification: bool, compressible: bool) -> Message {
        let is_text = header.opcode == Opcode::Text;
        let ours = if compressible { RSV1 } else { 0 };
        let is_compressed = header.rsv & ours != 0;
        let is_extension = header.rsv & !ours != 0;
        let utf8 = (is_text && utf8_verification && !is_extension).then(Utf8::new);
        Message { is_text, is_extension, is_compressed, utf8 }
    }

    /// Checks what has been decompressed. `ended`: that was the end.
    pub fn check(&mut self, fresh: &[u8], ended: bool) -> Result<(), Violation> {
        self.utf8.as_mut().map_or(Ok(()), |utf8| utf8.push(fresh, ended))
    }
}

/// The frame of which the payload is arriving.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub header: FrameHeader,
    /// A data frame of a message that is to be decompressed.
    pub is_compressed: bool,
    /// Octets of the payload that were indicated.
    pub indicated: u64,
    /// Octets at the start of the window that are unmasked and checked.
    checked: usize,
    close: CloseCheck,
}

/// What is at the start of the window, unmasked.
pub struct Unmasked {
    /// Octets of the payload.
    pub len: usize,
    /// Those that came last are known to be ASCII.
    ascii: bool,
}

impl Frame {
    /// A frame of which nothing but the header has arrived.
    pub fn begin(header: FrameHeader, utf8_verification: bool, is_compressed: bool) -> Frame {
        let close = CloseCheck::new(utf8_verification);
        Frame { header, is_compressed, indicated: 0, checked: 0, close }
    }

    /// Octets of the payload that were not indicated.
    pub fn remaining(&self) -> u64 {
        self.header.payload_len - self.indicated
    }

    /// Unmasks and checks what has arrived of the payload; returns how many octets of it are at
    /// the start of the window.
    pub fn advance(
        &mut self,
        window: &Window,
        message: Option<&mut Message>,
        memory: &mut Memory,
    ) -> Result<usize, Violation> {
        let checked = self.checked;
        let Unmasked { len, ascii } = self.unmask(window, memory);
        let complete = len as u64 == self.remaining();
        // An empty frame brings no octets, but it can end a text.
        let has_news = len > checked || (complete && len == 0);
        match self.header.opcode {
            Opcode::Ping | Opcode::Pong => {}
            Opcode::Close => self.close.advance(window.octets(memory, 0, len), complete)?,
            _ if has_news => {
                if let Some(utf8) = message.and_then(|message| message.utf8.as_mut()) {
                    let last = complete && self.header.fin;
                    if ascii {
                        utf8.push_ascii(len - checked, last)?;
                    } else {
                        utf8.push(window.octets(memory, checked, len), last)?;
                    }
                }
            }
            _ => {}
        }
        Ok(len)
    }

    /// Unmasks what has arrived of the payload, and no more.
    pub fn unmask(&mut self, window: &Window, memory: &mut Memory) -> Unmasked {
        let len = (window.len() as u64).min(self.remaining()) as usize;
        let fresh = window.octets(memory, self.checked, len);
        let ascii = self
            .header
            .key
            .is_some_and(|key| unmask(fresh, key, self.indicated + self.checked as u64));
        self.checked = len;
        Unmasked { len, ascii }
    }

    /// So many octets of the payload were indicated and are gone from the window.
    pub fn consume(&mut self, len: usize) {
        self.indicated += len as u64;
        self.checked -= len;
    }
}
