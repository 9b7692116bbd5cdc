//! The frame that is arriving, and the message that it belongs to.

use super::memory::Memory;
use super::window::Window;
use crate::codec::{CloseCheck, FrameHeader, KEY, Opcode, RSV1, Utf8, Violation, unmask};

/// The message of which frames are arriving.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub is_text: bool,
    /// One of its frames has a reserved bit, so that it is an extension's from there on.
    pub is_extension: bool,
    /// Its frames are to be decompressed (RFC 7692 §6.2).
    pub is_compressed: bool,
    /// The reserved bits that are no extension's of the caller.
    our_bits: u8,
    /// Set where the octets have to be UTF-8.
    utf8: Option<Utf8>,
}

impl Message {
    /// The message of which this is the first header. An extension's octets are for it to judge.
    /// `compressible`: RSV1 tells of compression.
    #[inline(always)]
    pub fn begin(header: &FrameHeader, utf8_verification: bool, compressible: bool) -> Message {
        let is_text = header.opcode == Opcode::Text;
        let our_bits = if compressible { RSV1 } else { 0 };
        let is_compressed = header.rsv & our_bits != 0;
        let is_extension = header.rsv & !our_bits != 0;
        let utf8 = (is_text && utf8_verification && !is_extension).then(Utf8::new);
        Message { is_text, is_extension, is_compressed, our_bits, utf8 }
    }

    /// Another of its frames begins.
    #[inline(always)]
    pub fn go_on(&mut self, header: &FrameHeader) {
        self.is_extension |= header.rsv & !self.our_bits != 0;
    }

    /// Whether its octets have to be UTF-8.
    pub fn is_checked(&self) -> bool {
        self.utf8.is_some()
    }

    /// Unmasks octets that have come, and checks them where that is due. `position`: octets of the frame
    /// before them; `last`: they end the message.
    #[inline(always)]
    pub fn take_in(
        &mut self,
        octets: &mut [u8],
        key: Option<[u8; KEY]>,
        position: u64,
        last: bool,
    ) -> Result<(), Violation> {
        if let Some(utf8) = &mut self.utf8 {
            return take_in_text(utf8, octets, key, position, last);
        }
        if let Some(key) = key {
            unmask(octets, key, position);
        }
        Ok(())
    }

    /// Checks what has been decompressed. `ended`: that was the end.
    pub fn check(&mut self, fresh: &[u8], ended: bool) -> Result<(), Violation> {
        self.utf8.as_mut().map_or(Ok(()), |utf8| utf8.push(fresh, ended))
    }
}

/// Unmasks and checks octets of a text: see [`Message::take_in`].
pub fn take_in_text(
    utf8: &mut Utf8,
    octets: &mut [u8],
    key: Option<[u8; KEY]>,
    position: u64,
    last: bool,
) -> Result<(), Violation> {
    match key {
        Some(key) => utf8.push_masked(octets, key, position, last),
        None => utf8.push(octets, last),
    }
}

/// The frame of which the payload is arriving.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub opcode: Opcode,
    pub fin: bool,
    rsv: u8,
    /// A data frame of a message that is to be decompressed.
    pub is_compressed: bool,
    key: Option<[u8; KEY]>,
    payload_len: u64,
    /// Octets of the payload that were indicated.
    indicated: u64,
    /// Octets at the start of the window that are unmasked and checked.
    checked: usize,
    /// Octets of its header.
    pub header_len: u8,
}

impl Frame {
    /// A frame of which nothing but the header has arrived.
    #[inline(always)]
    pub fn begin(header: &FrameHeader, is_compressed: bool) -> Frame {
        let &FrameHeader { opcode, fin, rsv, key, payload_len, header_len } = header;
        let (indicated, checked, header_len) = (0, 0, header_len as u8);
        Frame { opcode, fin, rsv, is_compressed, key, payload_len, indicated, checked, header_len }
    }

    /// So many octets at the start of the window are unmasked already. Not more than have arrived are taken for it,
    /// though somebody may have written to memory that is not theirs now.
    pub fn note_unmasked(&mut self, octets: usize, window: &Window) {
        self.checked = octets.min(self.arrived(window).0);
    }

    /// The first octet of its header, but for FIN.
    pub fn bits(&self) -> u8 {
        self.rsv | self.opcode.bits()
    }

    /// Neither compressed nor a control frame.
    pub fn is_shown_as_it_comes(&self) -> bool {
        !(self.is_compressed || self.opcode.is_control())
    }

    /// Whether it is indicated in one piece, of so many octets at the most.
    pub fn fits(&self, limit: usize) -> bool {
        self.indicated == 0 && self.payload_len <= limit as u64
    }

    /// Octets at the start of the window that are unmasked and checked.
    pub fn checked(&self) -> usize {
        self.checked
    }

    /// Octets of the payload that were not indicated.
    pub fn remaining(&self) -> u64 {
        self.payload_len - self.indicated
    }

    /// How many octets of the payload are at the start of the window, and how many are still to come.
    pub fn arrived(&self, window: &Window) -> (usize, u64) {
        let arrived = (window.len() as u64).min(self.remaining());
        (arrived as usize, self.remaining() - arrived)
    }

    /// Unmasks what has arrived of a data frame of that message, and checks it if it is text.
    #[inline(always)]
    pub fn check(
        &mut self,
        window: &Window,
        message: &mut Message,
        memory: &mut Memory,
    ) -> Result<(), Violation> {
        let (arrived, rest) = self.arrived(window);
        self.check_octets(window.octets(memory, 0, arrived), rest == 0, message)
    }

    /// The same for octets from the start of the window on, those that are checked among them. `is_end`: the frame
    /// ends with them.
    #[inline(always)]
    pub fn check_octets(
        &mut self,
        octets: &mut [u8],
        is_end: bool,
        message: &mut Message,
    ) -> Result<(), Violation> {
        let (arrived, checked) = (octets.len(), self.checked);
        let ends_message = is_end && self.fin;
        // An empty frame brings no octets, but it can end a text.
        if arrived == checked && !(arrived == 0 && ends_message) {
            return Ok(());
        }
        self.checked = arrived;
        let fresh = octets.get_mut(checked..).unwrap_or_default();
        message.take_in(fresh, self.key, self.indicated + checked as u64, ends_message)
    }

    /// Unmasks octets at the start of the window, of a message that is not checked. False, and nothing is changed, where
    /// some are unmasked already.
    #[inline(always)]
    pub fn unmask_first(&mut self, octets: &mut [u8]) -> bool {
        if self.checked > 0 {
            return false;
        }
        self.checked = octets.len();
        if let Some(key) = self.key {
            unmask(octets, key, self.indicated);
        }
        true
    }

    /// The same for a close frame.
    pub fn check_close(
        &mut self,
        window: &Window,
        close: &mut CloseCheck,
        memory: &mut Memory,
    ) -> Result<(), Violation> {
        self.unmask(window, memory);
        let (arrived, rest) = self.arrived(window);
        close.advance(window.octets(memory, 0, arrived), rest == 0)
    }

    /// Unmasks what has arrived, and no more.
    pub fn unmask(&mut self, window: &Window, memory: &mut Memory) {
        let (arrived, _) = self.arrived(window);
        if let Some(key) = self.key {
            let fresh = window.octets(memory, self.checked, arrived);
            unmask(fresh, key, self.indicated + self.checked as u64);
        }
        self.checked = arrived;
    }

    /// So many octets of the payload were indicated and are gone from the window.
    pub fn consume(&mut self, len: usize) {
        self.indicated += len as u64;
        self.checked -= len;
    }
}

/// What has come of a frame.
pub struct Arrived {
    /// Octets of the payload that are at the start of the window.
    pub octets: usize,
    /// How many are still to come.
    pub rest: u64,
    /// It is to be indicated in one piece.
    pub fits: bool,
    /// Of a data frame, something is to be indicated.
    pub is_enough: bool,
}

impl Arrived {
    #[inline(always)]
    pub fn of(frame: &Frame, window: &Window, limit: usize) -> Arrived {
        let (octets, rest) = frame.arrived(window);
        // A frame that fits is held back until it is whole, a longer one until a piece is.
        let fits = frame.fits(limit);
        let has_piece = octets >= limit || (octets > 0 && window.free() == 0);
        Arrived { octets, rest, fits, is_enough: rest == 0 || (!fits && has_piece) }
    }
}
