//! The ways in which a peer can break the framing rules.

/// One broken rule of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A reserved bit without an extension that gives it a meaning (§5.2).
    ReservedBit,
    /// An opcode of 3 to 7 or 11 to 15 (§5.2).
    ReservedOpcode,
    /// A control frame without FIN (§5.5).
    FragmentedControl,
    /// A control frame of more than 125 octets, or with a long form of length (§5.5).
    ControlTooLong,
    /// A length that is not in its shortest form (§5.2).
    LengthNotMinimal,
    /// A 64-bit length with the highest bit set (§5.2).
    LengthTooLarge,
    /// A client's frame without masking, or a server's with it (§5.1).
    Masking,
    /// A continuation where no message was begun (§5.4).
    UnexpectedContinuation,
    /// A new message inside another (§5.4).
    UnexpectedMessage,
    /// Text, or a close reason, that is not UTF-8 (§8.1).
    InvalidUtf8,
    /// A close payload of one octet (§5.5.1).
    ClosePayload,
    /// A close status that must not be on the wire (§7.4).
    CloseStatus,
    /// A compressed message that is not compressed, or not as DEFLATE does it (RFC 7692 §7.2.2).
    Compression,
    /// A compressed message of more octets than are allowed.
    MessageTooLong,
    /// Not the peer's: the caller reported more octets than it was given room for.
    Overrun,
}

/// How the API tells faults apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The octets are malformed.
    Format,
    /// The octets are well formed, but not allowed now.
    Operation,
}

impl Violation {
    /// The class of the fault (row *fault-classes* of `docs/compatibility.md`).
    pub fn class(self) -> Class {
        match self {
            Violation::UnexpectedContinuation | Violation::UnexpectedMessage => Class::Operation,
            _ => Class::Format,
        }
    }

    /// The close code that tells the peer what it did (RFC 6455 §7.4.1; row *close-status* of
    /// `docs/compatibility.md`).
    pub fn close_status(self) -> u16 {
        match self {
            Violation::InvalidUtf8 | Violation::Compression => 1007,
            Violation::MessageTooLong => 1009,
            Violation::Overrun => 1011,
            _ => 1002,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_is_told_what_it_did_and_what_it_did_not_do() {
        for (violation, status) in [
            (Violation::Masking, 1002),
            (Violation::CloseStatus, 1002),
            (Violation::InvalidUtf8, 1007),
            (Violation::Compression, 1007),
            (Violation::MessageTooLong, 1009),
            (Violation::Overrun, 1011),
        ] {
            assert_eq!(violation.close_status(), status, "{violation:?}");
        }
    }
}
