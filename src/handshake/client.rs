//! The client's side of the handshake (RFC 6455 §4.1).

use super::block::{HeaderBlock, Lines};
use super::deflate::{self, Compression};
use super::headers::{self, Field, Fields, Headers};
use super::{VERSION_TEXT, key};
use crate::error::{Error, Result};

/// Makes the headers of a request. Subprotocols and extensions are offered in the order given.
pub fn begin<'a, 'b>(
    subprotocols: impl Iterator<Item = &'a [u8]> + Clone,
    extensions: impl Iterator<Item = &'b [u8]> + Clone,
) -> Result<(HeaderBlock, Lines)> {
    check_subprotocols(subprotocols.clone())?;
    if !extensions.clone().all(headers::is_extension) {
        return Err(Error::InvalidArgument);
    }
    let key = key::generate()?;
    HeaderBlock::make(|writer| {
        writer.push(Field::Connection, b"Upgrade")?;
        writer.push(Field::Upgrade, b"websocket")?;
        writer.push(Field::Version, VERSION_TEXT)?;
        writer.push(Field::Key, &key)?;
        writer.push_list(Field::Protocol, subprotocols.clone())?;
        writer.push_list(Field::Extensions, extensions.clone())
    })
}

/// "The elements that comprise this value MUST be non-empty strings with characters in the
/// range U+0021 to U+007E not including separator characters ... and MUST all be unique"
fn check_subprotocols<'a>(subprotocols: impl Iterator<Item = &'a [u8]> + Clone) -> Result<()> {
    for (i, subprotocol) in subprotocols.clone().enumerate() {
        let repeated = subprotocols.clone().take(i).any(|earlier| earlier == subprotocol);
        if repeated || !headers::is_token(subprotocol) {
            return Err(Error::InvalidArgument);
        }
    }
    Ok(())
}

/// What the server chose of the offers.
#[derive(Debug, Default)]
pub struct Selection {
    /// Zero-based index of the subprotocol.
    pub subprotocol: Option<u32>,
    /// Zero-based indices of the extensions, in the order of the answer.
    pub extensions: Vec<u32>,
    /// The compression that was offered beside them, as the server wants it.
    pub compression: Option<Compression>,
}

/// The number of extensions that a request offers.
pub fn offered_extensions(request: &HeaderBlock) -> usize {
    offers(request, Field::Extensions).count()
}

fn offers<'a>(
    request: &'a HeaderBlock,
    field: Field,
) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
    headers::split_list(request.value(field).unwrap_or_default())
}

/// Checks the answer to a request that [`begin`] made. `most`: the last extension offered is
/// permessage-deflate, with these parameters.
pub fn end<'a>(
    request: &HeaderBlock,
    response: &impl Headers<'a>,
    most: Option<Compression>,
) -> Result<Selection> {
    let fields = Fields::find(response);
    if !fields.only(Field::Upgrade)?.eq_ignore_ascii_case(b"websocket")
        || !fields.has_token(Field::Connection, b"upgrade")
    {
        return Err(Error::InvalidFormat);
    }
    let key = request.value(Field::Key).and_then(key::parse).ok_or(Error::InvalidFormat)?;
    if fields.only(Field::Accept)? != key::accept(key) {
        return Err(Error::InvalidFormat);
    }
    Ok(Selection {
        subprotocol: selected_subprotocol(request, fields.at_most_one(Field::Protocol)?)?,
        extensions: selected_extensions(request, response, most.is_some())?,
        compression: most.map_or(Ok(None), |most| selected_compression(response, most))?,
    })
}

fn selected_subprotocol(request: &HeaderBlock, chosen: Option<&[u8]>) -> Result<Option<u32>> {
    let mut offers = offers(request, Field::Protocol);
    match chosen {
        Some(chosen) => match offers.position(|offer| offer == chosen) {
            Some(index) => Ok(Some(index as u32)),
            None => Err(Error::SubprotocolNotSupported),
        },
        // The documentation calls it an error that the server "does not accept any".
        None if offers.next().is_some() => Err(Error::SubprotocolNotSupported),
        None => Ok(None),
    }
}

/// An offer is chosen once at the most: a name that was offered twice, with other parameters,
/// can be answered twice.
///
/// `compresses`: permessage-deflate is not the caller's.
fn selected_extensions<'a>(
    request: &HeaderBlock,
    response: &impl Headers<'a>,
    compresses: bool,
) -> Result<Vec<u32>> {
    let chosen = headers::elements(response, Field::Extensions)
        .filter(|extension| !(compresses && deflate::is_ours(extension)));
    let mut indices = crate::fallible::vec(offered_extensions(request))?;
    for extension in chosen {
        if !headers::is_extension(extension) {
            return Err(Error::InvalidFormat);
        }
        let name = headers::extension_name(extension);
        let index = offers(request, Field::Extensions)
            .enumerate()
            .map(|(index, offer)| (index as u32, offer))
            .find(|(index, offer)| {
                headers::extension_name(offer) == name && !indices.contains(index)
            });
        // There is room for each index once, and none comes twice.
        indices.push(index.ok_or(Error::ExtensionsNotSupported)?.0);
    }
    Ok(indices)
}

/// The server's answer to our offer of compression, of which there may be one.
fn selected_compression<'a>(
    response: &impl Headers<'a>,
    most: Compression,
) -> Result<Option<Compression>> {
    let mut answers = headers::elements(response, Field::Extensions)
        .filter(|extension| deflate::is_ours(extension));
    match (answers.next(), answers.next()) {
        (None, _) => Ok(None),
        (Some(answer), None) => deflate::accept(most, answer).map(Some),
        _ => Err(Error::InvalidFormat),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::deflate::{Direction, MAX_BITS};

    const DIRECTION: Direction = Direction { window_bits: MAX_BITS, takeover: true };
    const MOST: Compression = Compression { client: DIRECTION, server: DIRECTION };

    fn request(subprotocols: &[&str], extensions: &[&str]) -> Result<HeaderBlock> {
        let subprotocols = subprotocols.iter().map(|text| text.as_bytes());
        let extensions = extensions.iter().map(|text| text.as_bytes());
        begin(subprotocols, extensions).map(|(block, _)| block)
    }

    /// What the client makes of an answer that selects these extensions.
    fn selected(
        request: &HeaderBlock,
        extensions: &str,
        most: Option<Compression>,
    ) -> Result<(Vec<u32>, Option<Compression>)> {
        let key = request.value(Field::Key).and_then(key::parse).unwrap();
        let accept = key::accept(key);
        let response = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", str::from_utf8(&accept).unwrap()),
            ("Sec-WebSocket-Extensions", extensions),
        ];
        let selection = end(request, &headers::written(&response), most)?;
        Ok((selection.extensions, selection.compression))
    }

    #[test]
    fn subprotocols_are_tokens_and_each_is_offered_once() {
        for good in [&[][..], &["a"], &["a", "b"], &["a", "A"]] {
            assert!(request(good, &[]).is_ok(), "{good:?}");
        }
        for bad in [&[""][..], &["a b"], &["a", "b,c"], &["a", "a"], &["a", "b", "a"]] {
            assert_eq!(request(bad, &[]).unwrap_err(), Error::InvalidArgument, "{bad:?}");
        }
    }

    #[test]
    fn each_offer_of_an_extension_is_selected_once_by_its_name() {
        let request = request(&[], &["x", "y", "x; a=1"]).unwrap();
        for (answer, wanted) in [
            ("", Ok(vec![])),
            ("y", Ok(vec![1])),
            ("y, x; b", Ok(vec![1, 0])),
            ("x, x", Ok(vec![0, 2])),
            ("x, x, x", Err(Error::ExtensionsNotSupported)),
            ("z", Err(Error::ExtensionsNotSupported)),
            ("x, permessage-deflate", Err(Error::ExtensionsNotSupported)),
            ("x;", Err(Error::InvalidFormat)),
        ] {
            let wanted = wanted.map(|indices| (indices, None));
            assert_eq!(selected(&request, answer, None), wanted, "{answer}");
        }
    }

    #[test]
    fn compression_is_selected_beside_the_extensions_of_the_caller() {
        let request = request(&[], &["x", "permessage-deflate"]).unwrap();
        for (answer, wanted) in [
            ("", Ok((vec![], None))),
            ("x", Ok((vec![0], None))),
            ("permessage-deflate", Ok((vec![], Some(MOST)))),
            ("permessage-deflate, x", Ok((vec![0], Some(MOST)))),
            ("permessage-deflate, permessage-deflate", Err(Error::InvalidFormat)),
        ] {
            assert_eq!(selected(&request, answer, Some(MOST)), wanted, "{answer}");
        }
        // Without ours it is an extension like others.
        assert_eq!(selected(&request, "permessage-deflate", None), Ok((vec![1], None)));
    }
}
