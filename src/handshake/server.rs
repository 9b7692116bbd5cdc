//! The server's side of the handshake (RFC 6455 §4.2).

use super::VERSION_TEXT;
use super::block::{HeaderBlock, Lines};
use super::deflate::{self, Compression};
use super::headers::{self, Field, Fields, Headers};
use super::key::{self, Key};
use crate::error::{Error, Result};

/// Checks a request and makes the headers of the answer, with the subprotocol and the
/// extensions that the caller selected. `most`: permessage-deflate is agreed to besides, within this
/// limit, if it is offered.
pub fn begin<'a, 'b>(
    request: &impl Headers<'a>,
    subprotocol: Option<&[u8]>,
    extensions: impl Iterator<Item = &'b [u8]> + Clone,
    most: Option<Compression>,
) -> Result<(HeaderBlock, Lines, Option<Compression>)> {
    let key = check_request(request)?;
    // An empty selection is none.
    let subprotocol = subprotocol.filter(|selected| !selected.is_empty());
    if let Some(selected) = subprotocol {
        check_subprotocol(request, selected)?;
    }
    for (i, selected) in extensions.clone().enumerate() {
        check_extension(request, selected, extensions.clone().take(i))?;
    }
    let accept = key::accept(key);
    let agreed =
        most.and_then(|most| deflate::answer(most, headers::elements(request, Field::Extensions)));
    let answers = extensions
        .map(|selected: &[u8]| selected)
        .chain(agreed.iter().map(|(answer, _)| answer.as_bytes()));
    let (block, lines) = HeaderBlock::make(|writer| {
        writer.push(Field::Upgrade, b"websocket")?;
        writer.push(Field::Connection, b"Upgrade")?;
        writer.push(Field::Accept, &accept)?;
        writer.push_list(Field::Protocol, subprotocol.into_iter())?;
        writer.push_list(Field::Extensions, answers.clone())
    })?;
    Ok((block, lines, agreed.map(|(_, compression)| compression)))
}

/// Checks what RFC 6455 §4.2.1 asks of a request; returns its key.
fn check_request<'a>(request: &impl Headers<'a>) -> Result<&'a Key> {
    let fields = Fields::find(request);
    // The value of Host may be empty (RFC 7230 §5.4).
    fields.only(Field::Host)?;
    if !fields.has_token(Field::Upgrade, b"websocket")
        || !fields.has_token(Field::Connection, b"upgrade")
    {
        return Err(Error::InvalidFormat);
    }
    check_version(fields.only(Field::Version)?)?;
    key::parse(fields.only(Field::Key)?).ok_or(Error::InvalidFormat)
}

/// A version is a number of up to 255 without leading zeros (RFC 6455 §4.3).
fn check_version(version: &[u8]) -> Result<()> {
    if version == VERSION_TEXT {
        return Ok(());
    }
    let number = core::str::from_utf8(version).ok().and_then(|text| text.parse::<u8>().ok());
    match number {
        Some(0..=9) if version.len() == 1 => Err(Error::VersionNotSupported),
        Some(10..=99) if version.len() == 2 => Err(Error::VersionNotSupported),
        Some(100..) if version.len() == 3 => Err(Error::VersionNotSupported),
        _ => Err(Error::InvalidFormat),
    }
}

/// The caller may only select what the client offered.
fn check_subprotocol<'a>(request: &impl Headers<'a>, selected: &[u8]) -> Result<()> {
    let offered = headers::elements(request, Field::Protocol).any(|offer| offer == selected);
    if offered && headers::is_token(selected) { Ok(()) } else { Err(Error::InvalidArgument) }
}

/// An offer can be selected once. `earlier`: what was selected before.
fn check_extension<'a, 'b>(
    request: &impl Headers<'a>,
    selected: &[u8],
    earlier: impl Iterator<Item = &'b [u8]>,
) -> Result<()> {
    let name = headers::extension_name(selected);
    let is_same = |other: &&[u8]| headers::extension_name(other) == name;
    let offers = headers::elements(request, Field::Extensions).filter(is_same).count();
    let left = offers > earlier.filter(is_same).count();
    if left && headers::is_extension(selected) { Ok(()) } else { Err(Error::InvalidArgument) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begins with a request that offers the subprotocol `a`, one that is no token, and extensions.
    fn begun(version: &str, subprotocol: Option<&str>, extensions: &[&str]) -> Result<()> {
        let request = [
            ("Host", ""),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", version),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", "a, b c"),
            ("Sec-WebSocket-Extensions", "x, y, x; a=1"),
        ];
        let subprotocol = subprotocol.map(str::as_bytes);
        let extensions = extensions.iter().map(|text| text.as_bytes());
        begin(&headers::written(&request), subprotocol, extensions, None).map(drop)
    }

    #[test]
    fn another_version_is_told_from_what_is_none() {
        assert_eq!(begun("13", None, &[]), Ok(()));
        for other in ["0", "9", "10", "12", "14", "99", "100", "255"] {
            assert_eq!(begun(other, None, &[]), Err(Error::VersionNotSupported), "{other}");
        }
        let long = ["000", "013", "+13", "256", "0100", "+100", "13, 8"];
        for none in ["", "+", "x", "00", "08", "+8", "-1", "1x"].into_iter().chain(long) {
            assert_eq!(begun(none, None, &[]), Err(Error::InvalidFormat), "{none}");
        }
    }

    #[test]
    fn a_subprotocol_is_selected_that_was_offered_and_is_a_token() {
        for good in [None, Some(""), Some("a")] {
            assert_eq!(begun("13", good, &[]), Ok(()), "{good:?}");
        }
        for bad in ["A", "b", "c", "b c", "a, b c"] {
            assert_eq!(begun("13", Some(bad), &[]), Err(Error::InvalidArgument), "{bad}");
        }
    }

    #[test]
    fn each_offer_of_an_extension_is_selected_once_by_its_name() {
        for good in [&[][..], &["y"], &["y", "x; b"], &["x", "x"], &["x", "y", "x"]] {
            assert_eq!(begun("13", None, good), Ok(()), "{good:?}");
        }
        for bad in [&["z"][..], &["x", "z"], &["y", "y"], &["x", "y", "x", "x"], &["x;"], &[""]] {
            assert_eq!(begun("13", None, bad), Err(Error::InvalidArgument), "{bad:?}");
        }
    }
}
