//! Negotiating permessage-deflate (RFC 7692 §7.1), both sides.

use super::headers::{self, extension_name};
use crate::error::{Error, Result};

/// The extension's token.
const NAME: &[u8] = b"permessage-deflate";
pub const MIN_BITS: u8 = 8;
/// Octets of a window are 2 to this power if nobody says otherwise.
pub const MAX_BITS: u8 = 15;

/// How one side compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// The window has 2^`window_bits` octets at the most.
    pub window_bits: u8,
    /// The window is kept from message to message.
    pub takeover: bool,
}

/// How both sides compress: as a setting the most that is allowed, after the handshake what was
/// agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    pub client: Direction,
    pub server: Direction,
}

/// The parameters of one offer or answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parameters {
    client_no_takeover: bool,
    server_no_takeover: bool,
    server_bits: Option<u8>,
    /// Only an offer may leave the number out.
    client_bits: Option<Option<u8>>,
}

/// Whether this element of a list is for us to look at.
pub fn is_ours(extension: &[u8]) -> bool {
    extension_name(extension) == NAME
}

impl Parameters {
    /// The parameters of an element; `None`: they are not as they should be.
    fn parse(extension: &[u8]) -> Option<Parameters> {
        if !headers::is_extension(extension) {
            return None;
        }
        let mut found = Parameters::default();
        let parts = extension.split(|&octet| octet == b';').map(headers::trim);
        for parameter in parts.skip(1) {
            let is_new = match split_parameter(parameter) {
                (b"client_no_context_takeover", None) => set(&mut found.client_no_takeover),
                (b"server_no_context_takeover", None) => set(&mut found.server_no_takeover),
                (b"server_max_window_bits", Some(value)) => {
                    found.server_bits.replace(window_bits(value)?).is_none()
                }
                (b"client_max_window_bits", value) => {
                    let bits = match value {
                        Some(value) => Some(window_bits(value)?),
                        None => None,
                    };
                    found.client_bits.replace(bits).is_none()
                }
                _ => false,
            };
            if !is_new {
                return None;
            }
        }
        Some(found)
    }

    fn write(&self) -> Text {
        let mut text = Text::new();
        text.push(NAME);
        if self.server_no_takeover {
            text.push(b"; server_no_context_takeover");
        }
        if self.client_no_takeover {
            text.push(b"; client_no_context_takeover");
        }
        if let Some(bits) = self.server_bits {
            text.push(b"; server_max_window_bits=");
            text.push_number(bits);
        }
        if let Some(bits) = self.client_bits {
            text.push(b"; client_max_window_bits");
            if let Some(bits) = bits {
                text.push(b"=");
                text.push_number(bits);
            }
        }
        text
    }
}

fn set(flag: &mut bool) -> bool {
    !std::mem::replace(flag, true)
}

/// Name and value of a parameter that follows the grammar; quotes are taken off.
fn split_parameter(parameter: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(equals) = parameter.iter().position(|&octet| octet == b'=') else {
        return (parameter, None);
    };
    let value = match headers::trim(&parameter[equals + 1..]) {
        [b'"', quoted @ .., b'"'] => quoted,
        plain => plain,
    };
    (headers::trim(&parameter[..equals]), Some(value))
}

/// "a decimal integer without leading zeroes between 8 to 15 inclusive"
fn window_bits(value: &[u8]) -> Option<u8> {
    let bits = match value {
        [digit @ b'8'..=b'9'] => digit - b'0',
        [b'1', digit @ b'0'..=b'5'] => 10 + digit - b'0',
        _ => return None,
    };
    Some(bits)
}

/// Bits that have to be named: all but the default.
fn if_less(bits: u8) -> Option<u8> {
    (bits < MAX_BITS).then_some(bits)
}

/// What a client offers. That it takes `client_max_window_bits` is said always.
pub fn offer(setting: Compression) -> Text {
    Parameters {
        client_no_takeover: !setting.client.takeover,
        server_no_takeover: !setting.server.takeover,
        server_bits: if_less(setting.server.window_bits),
        client_bits: Some(if_less(setting.client.window_bits)),
    }
    .write()
}

/// What a client makes of the server's answer to [`offer`].
pub fn accept(setting: Compression, answer: &[u8]) -> Result<Compression> {
    let answer = Parameters::parse(answer).ok_or(Error::InvalidFormat)?;
    let server_bits = answer.server_bits.unwrap_or(MAX_BITS);
    let client_bits = match answer.client_bits {
        None => MAX_BITS,
        // An answer has to name the number.
        Some(bits) => bits.ok_or(Error::InvalidFormat)?,
    };
    let server_takeover = !answer.server_no_takeover;
    let exceeds = server_bits > setting.server.window_bits
        || (server_takeover && !setting.server.takeover)
        || answer.client_bits.is_some_and(|_| client_bits > setting.client.window_bits);
    if exceeds {
        return Err(Error::ExtensionsNotSupported);
    }
    Ok(Compression {
        client: Direction {
            window_bits: client_bits.min(setting.client.window_bits),
            takeover: setting.client.takeover && !answer.client_no_takeover,
        },
        server: Direction { window_bits: server_bits, takeover: server_takeover },
    })
}

/// What a server answers to the first offer that it can take, and what is agreed on by that. An
/// offer that is malformed is passed over, as one that cannot be taken.
pub fn answer<'a>(
    setting: Compression,
    offers: impl Iterator<Item = &'a [u8]>,
) -> Option<(Text, Compression)> {
    offers
        .filter(|extension| is_ours(extension))
        .filter_map(Parameters::parse)
        .find_map(|offer| answer_one(setting, offer))
}

fn answer_one(setting: Compression, offer: Parameters) -> Option<(Text, Compression)> {
    let server_bits = offer.server_bits.unwrap_or(MAX_BITS).min(setting.server.window_bits);
    let client_bits = match offer.client_bits {
        Some(bits) => bits.unwrap_or(MAX_BITS).min(setting.client.window_bits),
        // The client cannot be told to use less, and its window might not fit.
        None if setting.client.window_bits < MAX_BITS => return None,
        None => MAX_BITS,
    };
    let agreed = Compression {
        client: Direction {
            window_bits: client_bits,
            takeover: setting.client.takeover && !offer.client_no_takeover,
        },
        server: Direction {
            window_bits: server_bits,
            takeover: setting.server.takeover && !offer.server_no_takeover,
        },
    };
    let answer = Parameters {
        client_no_takeover: !agreed.client.takeover,
        server_no_takeover: !agreed.server.takeover,
        server_bits: offer.server_bits.map_or(if_less(server_bits), |_| Some(server_bits)),
        client_bits: if_less(client_bits).map(Some),
    };
    Some((answer.write(), agreed))
}

/// An element of Sec-WebSocket-Extensions.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    octets: [u8; Text::LONGEST],
    len: usize,
}

impl Text {
    /// With every parameter, both numbers of two digits.
    const LONGEST: usize = 18 + 2 * 28 + 2 * 27;

    fn new() -> Text {
        Text { octets: [0; Text::LONGEST], len: 0 }
    }

    fn push(&mut self, part: &[u8]) {
        self.octets[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }

    fn push_number(&mut self, number: u8) {
        if number >= 10 {
            self.push(&[b'0' + number / 10]);
        }
        self.push(&[b'0' + number % 10]);
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Compression = both(15, true);

    const fn both(window_bits: u8, takeover: bool) -> Compression {
        let direction = Direction { window_bits, takeover };
        Compression { client: direction, server: direction }
    }

    fn agreed(client: (u8, bool), server: (u8, bool)) -> Compression {
        let direction = |(window_bits, takeover)| Direction { window_bits, takeover };
        Compression { client: direction(client), server: direction(server) }
    }

    fn text(text: Text) -> String {
        String::from_utf8(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_client_offers_what_it_was_told() {
        assert_eq!(text(offer(ALL)), "permessage-deflate; client_max_window_bits");
        assert_eq!(
            text(offer(both(10, false))),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=10; client_max_window_bits=10"
        );
    }

    /// RFC 7692 §7.1.1.1 to §7.1.2.2.
    #[test]
    fn a_server_answers_the_first_offer_that_it_can_take() {
        let none = "";
        for (setting, offers, wanted, result) in [
            (ALL, "permessage-deflate", "permessage-deflate", ALL),
            (ALL, "x, permessage-deflate; client_max_window_bits", "permessage-deflate", ALL),
            (
                ALL,
                "permessage-deflate; client_max_window_bits=10; server_max_window_bits=\"9\"",
                "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10",
                agreed((10, true), (9, true)),
            ),
            (
                ALL,
                "permessage-deflate; server_no_context_takeover;client_no_context_takeover",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                both(15, false),
            ),
            (
                both(11, false),
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                 server_max_window_bits=11; client_max_window_bits=11",
                both(11, false),
            ),
            // A number that was offered is answered with one, also with the default.
            (
                ALL,
                "permessage-deflate; server_max_window_bits=15",
                "permessage-deflate; server_max_window_bits=15",
                ALL,
            ),
            // The second offer is the fallback.
            (
                ALL,
                "permessage-deflate; server_max_window_bits=7, permessage-deflate",
                "permessage-deflate",
                ALL,
            ),
            (both(11, true), "permessage-deflate", none, ALL),
            (ALL, "permessage-deflate; unknown", none, ALL),
            (ALL, "permessage-deflate; server_max_window_bits", none, ALL),
            (ALL, "permessage-deflate; server_max_window_bits=16", none, ALL),
            (ALL, "permessage-deflate; server_max_window_bits=010", none, ALL),
            (ALL, "permessage-deflate; server_no_context_takeover=1", none, ALL),
            (
                ALL,
                "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
                none,
                ALL,
            ),
            (ALL, "x-permessage-deflate", none, ALL),
        ] {
            let answer = answer(setting, headers::split_list(offers.as_bytes()));
            match answer {
                Some((answer, compression)) => {
                    assert_eq!(text(answer), wanted, "{offers}");
                    assert_eq!(compression, result, "{offers}");
                }
                None => assert_eq!(wanted, none, "{offers}"),
            }
        }
    }

    #[test]
    fn a_client_takes_what_it_offered_and_no_more() {
        let ok = |setting, answer: &str, wanted| {
            assert_eq!(accept(setting, answer.as_bytes()), Ok(wanted), "{answer}");
        };
        ok(ALL, "permessage-deflate", ALL);
        ok(
            ALL,
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=8",
            agreed((8, true), (9, true)),
        );
        ok(
            ALL,
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
            both(15, false),
        );
        // What a client does less by itself need not be answered.
        ok(agreed((10, false), (15, true)), "permessage-deflate", agreed((10, false), (15, true)));
        let refused = |setting, answer: &str, error| {
            assert_eq!(accept(setting, answer.as_bytes()), Err(error), "{answer}");
        };
        for answer in [
            "permessage-deflate; x",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        ] {
            refused(ALL, answer, Error::InvalidFormat);
        }
        let less = Error::ExtensionsNotSupported;
        refused(agreed((15, true), (10, true)), "permessage-deflate", less);
        refused(
            agreed((15, true), (10, true)),
            "permessage-deflate; server_max_window_bits=11",
            less,
        );
        refused(agreed((15, true), (15, false)), "permessage-deflate", less);
        refused(
            agreed((10, true), (15, true)),
            "permessage-deflate; client_max_window_bits=11",
            less,
        );
    }
}
