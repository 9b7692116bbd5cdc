//! Who takes part in a row, checked before anything is timed.

use std::sync::Arc;

use crate::echo;
use crate::limits;
use crate::measure::Run;
use crate::ours;
use crate::participant::{MakeSending, Participant, Producing};
use crate::peers::PEERS;
use crate::placed::{Place, Placed};
use crate::plain;
use crate::wire::{Kind, Random, Wire, payload};
use crate::workloads::{PAYLOADS, Row, SIZES, Work};

/// Whose figure it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Ours,
    /// The fastest way without a protocol.
    Limit,
    /// Somebody else's library.
    Peer,
}

/// What is measured in a row, before it is.
pub struct Contestant {
    pub name: &'static str,
    pub side: Side,
    /// Whether it does all that we do.
    pub rivals: bool,
    pub run: Run<'static>,
}

const LIMITS: [&Participant; 5] = [
    &limits::LIMIT,
    &limits::LIMIT_BASELINE,
    &limits::ONE_PASS,
    &limits::MEMCPY,
    &limits::MEMCPY_1K,
];

/// Everybody, in the order of tables.
pub fn participants() -> impl Iterator<Item = (Side, &'static Participant)> {
    let ours = std::iter::once((Side::Ours, &ours::OURS));
    let limits = LIMITS.into_iter().map(|limit| (Side::Limit, limit));
    ours.chain(limits).chain(PEERS.iter().map(|peer| (Side::Peer, *peer)))
}

/// Who has that name in a table, which may also be that of a size.
pub fn named(name: &str) -> Option<(Side, &'static str)> {
    let sizes = SIZES.into_iter().map(|size| (Side::Ours, size));
    let names = participants().map(|(side, participant)| (side, participant.name));
    names.chain(sizes).find(|(_, one)| *one == name)
}

/// Those who can do the row's work and are wanted; all when none is named. `Work::Memory` is not
/// timed and has none.
pub fn contestants(row: &Row, only: &[String], place: Place) -> Vec<Contestant> {
    let is_wanted = |name: &str| only.is_empty() || only.iter().any(|one| one == name);
    let wanted = participants().filter(|(_, participant)| is_wanted(participant.name));
    match row.work {
        Work::Receive(shape) => {
            let wire = Arc::new(Wire::new(shape).at(place));
            wanted.filter_map(|(side, one)| receiving(side, one, &wire)).collect()
        }
        Work::ClientSend(length) => {
            let payload = sent(length, place);
            wanted
                .filter_map(|(side, one)| sending(side, one.name, one.client_send?, &payload, true))
                .collect()
        }
        Work::ServerSend(length) => {
            let payload = sent(length, place);
            wanted
                .filter_map(|(side, one)| {
                    sending(side, one.name, one.server_send?, &payload, false)
                })
                .collect()
        }
        Work::ServerSendSizes => wanted
            .filter(|(side, _)| *side == Side::Ours)
            .flat_map(|(side, one)| {
                SIZES.into_iter().zip(PAYLOADS).filter_map(move |(size, length)| {
                    sending(side, size, one.server_send?, &sent(length, place), false)
                })
            })
            .collect(),
        Work::Handshake => wanted
            .filter_map(|(side, one)| {
                producing(side, one.name, one.accept?(REQUEST.as_bytes()), is_accepted)
            })
            .collect(),
        Work::Memory => Vec::new(),
        Work::TcpEcho(load) => echo::contestants(load, is_wanted),
    }
}

fn sent(length: usize, place: Place) -> Placed {
    Placed::new(&payload(Kind::Binary, length, &mut Random::new(1)), place)
}

/// Who sends that payload, under that name.
fn sending(
    side: Side,
    name: &'static str,
    make: MakeSending,
    payload: &Placed,
    masked: bool,
) -> Option<Contestant> {
    producing(side, name, make(payload), |octets| is_sent(octets, payload, masked))
}

fn receiving(side: Side, one: &'static Participant, wire: &Arc<Wire>) -> Option<Contestant> {
    let mut receiver = one.receive?(wire);
    if side != Side::Limit {
        assert!(
            receiver.collect(wire) == wire.messages,
            "{} does not deliver what was sent: {:?}",
            one.name,
            wire.shape
        );
    }
    let messages = wire.messages.len();
    let rivals = side == Side::Peer && one.utf8.rivals(&wire.shape);
    let wire = Arc::clone(wire);
    let work = Box::new(move |times| {
        for _ in 0..times {
            let octets = receiver.pass(&wire);
            assert!(octets == (messages * wire.shape.payload) as u64);
        }
    });
    Some(Contestant { name: one.name, side, rivals, run: Run { work, messages } })
}

fn producing(
    side: Side,
    name: &'static str,
    mut producer: Box<dyn Producing>,
    good: impl Fn(&[u8]) -> bool,
) -> Option<Contestant> {
    if side != Side::Limit {
        for _ in 0..2 {
            assert!(good(&producer.collect()), "{name} does not send what it should");
        }
    }
    let work = Box::new(move |times| producer.repeat(times));
    Some(Contestant { name, side, rivals: side == Side::Peer, run: Run { work, messages: 1 } })
}

fn is_sent(octets: &[u8], payload: &[u8], masked: bool) -> bool {
    let messages = plain::decode(octets).unwrap_or_default();
    let [message] = messages.as_slice() else { return false };
    message.opcode == 2 && message.masked == masked && message.payload == payload
}

/// Whether that is an answer to the key of RFC 6455 section 1.3.
pub fn is_accepted(octets: &[u8]) -> bool {
    let head = String::from_utf8_lossy(octets).to_ascii_lowercase();
    head.starts_with("http/1.1 101 ")
        && head.ends_with("\r\n\r\n")
        && head.contains("\r\nupgrade: websocket\r\n")
        && head.contains("\r\nconnection: upgrade\r\n")
        && head.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n")
}

/// As a browser asks, with the key of RFC 6455 section 1.3.
const REQUEST: &str = "GET /chat HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Connection: keep-alive, Upgrade\r\n\
    Pragma: no-cache\r\n\
    Cache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/120.0.0.0 Safari/537.36\r\n\
    Upgrade: websocket\r\n\
    Origin: http://server.example.com\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Accept-Encoding: gzip, deflate\r\n\
    Accept-Language: en-US,en;q=0.9\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
    \r\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads::rows;

    /// Making contestants checks them.
    #[test]
    fn everybody_does_what_every_row_asks() {
        // Servers are for tests/program.rs: they are programs beside this one.
        for row in rows().into_iter().filter(|row| !row.is_tcp()) {
            let contestants = contestants(&row, &[], Place(0));
            let ours = contestants.iter().filter(|one| one.side == Side::Ours).count();
            let expected = match row.work {
                Work::Memory => 0,
                Work::ServerSendSizes => SIZES.len(),
                _ => 1,
            };
            assert_eq!(ours, expected, "{}", row.name());
            for mut one in contestants {
                (one.run.work)(1);
            }
        }
    }

    #[test]
    fn wrong_octets_are_noticed() {
        assert!(is_sent(&[0x82, 1, 7], &[7], false));
        assert!(is_sent(&[0x82, 0x81, 1, 0, 0, 0, 6], &[7], true));
        assert!(!is_sent(&[0x82, 1, 7], &[7], true));
        assert!(!is_sent(&[0x82, 1, 8], &[7], false));
        assert!(!is_sent(&[0x81, 1, 7], &[7], false));
        assert!(!is_sent(&[0x82, 1, 7, 0x82], &[7], false));
        assert!(!is_sent(&[0x82, 1, 7, 0x82, 0], &[7], false));
        assert!(!is_accepted(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    }
}
