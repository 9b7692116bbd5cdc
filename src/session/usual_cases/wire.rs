//! What the peer of a session sends.

#[cfg(test)]
pub mod tests {
    use super::super::driven::tests::Setting;
    use crate::codec::{FIN, KEY, RSV1};
    use crate::session::Role;
    use crate::session::pairs::frame;

    /// Frames before they are written: their first octets, the payload of all, the key.
    #[derive(Clone, Debug)]
    pub struct Frames {
        pub firsts: Vec<u8>,
        pub payload: Vec<u8>,
        pub key: [u8; KEY],
        /// They are masked if they have to be.
        pub by_rule: bool,
    }

    /// As the peer of that session sends them.
    pub fn write(frames: &[Frames], setting: Setting) -> Vec<u8> {
        let mut wire = Vec::new();
        for Frames { firsts, payload, key, by_rule } in frames {
            let may_choose = setting.role == Role::Server && setting.masking_disabled;
            let is_masked = if may_choose {
                key[0] & 1 == 0
            } else {
                (setting.role == Role::Server) == *by_rule
            };
            let is_compressed = setting.compressed && firsts[0] & RSV1 != 0;
            let mut pieces =
                pieces(payload, firsts.iter().filter(|first| !is_control(**first)).count());
            for &first in firsts {
                let payload = match is_control(first) {
                    true => &payload[..payload.len().min(125)],
                    false => pieces.next().unwrap_or_default(),
                };
                let payload = payload_of(first, payload, is_compressed);
                wire.extend(frame(first, &payload, is_masked.then_some(*key)));
            }
        }
        wire
    }

    fn is_control(first: u8) -> bool {
        first & 8 != 0
    }

    /// A payload cut in so many pieces, also between the octets of a code point.
    fn pieces(payload: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
        payload.chunks(payload.len().div_ceil(count.max(1)).max(1))
    }

    fn payload_of(first: u8, payload: &[u8], is_compressed: bool) -> Vec<u8> {
        if is_compressed && !is_control(first) {
            stored(payload, first & FIN != 0)
        } else {
            payload.to_vec()
        }
    }

    /// A block that is not compressed (RFC 1951 §3.2.4), and the first octet of the empty one that ends a
    /// message (RFC 7692 §7.2.1).
    fn stored(payload: &[u8], last: bool) -> Vec<u8> {
        let len = u16::try_from(payload.len()).unwrap();
        let mut octets = vec![0];
        octets.extend(len.to_le_bytes());
        octets.extend((!len).to_le_bytes());
        octets.extend(payload);
        if last {
            octets.push(0);
        }
        octets
    }
}
