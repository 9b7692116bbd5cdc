//! Close payloads (RFC 6455 §5.5.1, §7.4).

use super::{Utf8, Violation};

/// The status that stands for "there was none" (RFC 6455 §7.4.1); it is never on the wire.
pub const NO_STATUS: u16 = 1005;

/// The two octets of a status, as they stand at the start of a close payload.
pub fn write_status(status: u16) -> [u8; 2] {
    status.to_be_bytes()
}

/// Checks a close payload while it arrives.
#[derive(Clone, Copy, Debug)]
pub struct CloseCheck {
    checked: usize,
    /// Set where the reason has to be UTF-8.
    reason: Option<Utf8>,
}

impl CloseCheck {
    /// A payload of which nothing has arrived.
    pub fn new(utf8_verification: bool) -> Self {
        CloseCheck { checked: 0, reason: utf8_verification.then(Utf8::new) }
    }

    /// Checks what has come since the last call. `payload`: all octets of it that are there;
    /// `last`: those are all.
    pub fn advance(&mut self, payload: &[u8], last: bool) -> Result<(), Violation> {
        let Some(&[high, low]) = payload.get(..2) else { return Ok(()) };
        if self.checked < 2 {
            check_status(u16::from_be_bytes([high, low]))?;
            self.checked = 2;
        }
        let news = &payload[self.checked..];
        self.checked = payload.len();
        self.reason.as_mut().map_or(Ok(()), |reason| reason.push(news, last))
    }
}

/// Whether a peer may send this status: 1000 to 1003 and 1007 to 1014 are registered, 3000 to
/// 4999 are for libraries and applications (row *close-codes* of `docs/compatibility.md`).
fn check_status(status: u16) -> Result<(), Violation> {
    match status {
        1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(()),
        _ => Err(Violation::CloseStatus),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_reason_are_checked_as_soon_as_they_are_there() {
        let mut close = CloseCheck::new(true);
        assert_eq!(close.advance(&[0x03], false), Ok(()));
        assert_eq!(close.advance(&[0x03, 0xED], false), Err(Violation::CloseStatus));
        let mut close = CloseCheck::new(true);
        assert_eq!(close.advance(&[0x03, 0xE8, 0xC3], false), Ok(()));
        assert_eq!(close.advance(&[0x03, 0xE8, 0xC3, 0xA9], true), Ok(()));
        let mut close = CloseCheck::new(true);
        assert_eq!(close.advance(&[0x03, 0xE8, 0xC3], true), Err(Violation::InvalidUtf8));
        let mut close = CloseCheck::new(false);
        assert_eq!(close.advance(&[0x03, 0xE8, 0xC3], true), Ok(()));
        assert_eq!(CloseCheck::new(false).advance(&[0, 0], true), Err(Violation::CloseStatus));
    }
}
