//! Looking up headers and reading their values: tokens, lists, extensions (RFC 7230 §3.2.6,
//! §7; RFC 6455 §9.1).

use crate::error::{Error, Result};

/// A header of a request or response. The value may still have white space around it.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    pub name: &'a [u8],
    pub value: &'a [u8],
}

/// The headers of a request or response; walked through several times.
pub trait Headers<'a>: Iterator<Item = Header<'a>> + Clone {}
impl<'a, T: Iterator<Item = Header<'a>> + Clone> Headers<'a> for T {}

/// The fields of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Connection,
    Upgrade,
    Host,
    Version,
    Key,
    Accept,
    Protocol,
    Extensions,
}

impl Field {
    const COUNT: usize = Field::Extensions as usize + 1;

    /// As RFC 6455 spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Connection => "Connection",
            Field::Upgrade => "Upgrade",
            Field::Host => "Host",
            Field::Version => "Sec-WebSocket-Version",
            Field::Key => "Sec-WebSocket-Key",
            Field::Accept => "Sec-WebSocket-Accept",
            Field::Protocol => "Sec-WebSocket-Protocol",
            Field::Extensions => "Sec-WebSocket-Extensions",
        }
    }

    /// The field of this name, in any case. Each has another length.
    fn of(name: &[u8]) -> Option<Field> {
        match name.len() {
            4 => Field::Host.if_named::<4>(name),
            7 => Field::Upgrade.if_named::<7>(name),
            10 => Field::Connection.if_named::<10>(name),
            17 => Field::Key.if_named::<17>(name),
            20 => Field::Accept.if_named::<20>(name),
            21 => Field::Version.if_named::<21>(name),
            22 => Field::Protocol.if_named::<22>(name),
            24 => Field::Extensions.if_named::<24>(name),
            _ => None,
        }
    }

    /// This field, if that is its name of `N` octets, which most peers write as we do.
    fn if_named<const N: usize>(self, name: &[u8]) -> Option<Field> {
        let own = self.name().as_bytes();
        let is_same = name.first_chunk::<N>() == own.first_chunk::<N>();
        (is_same || name.eq_ignore_ascii_case(own)).then_some(self)
    }
}

/// The headers of one field.
#[derive(Clone, Copy, Debug)]
enum Found<'a> {
    None,
    /// The value of the only one.
    One(&'a [u8]),
    Several,
}

/// The headers of every field, found in one walk.
pub struct Fields<'h, 'a, H> {
    headers: &'h H,
    found: [Found<'a>; Field::COUNT],
}

impl<'h, 'a, H: Headers<'a>> Fields<'h, 'a, H> {
    /// A call of its own, so that it is filled where it stays.
    #[inline(never)]
    pub fn find(headers: &'h H) -> Self {
        let mut fields = Fields { headers, found: [Found::None; Field::COUNT] };
        headers.clone().for_each(|header| fields.note(&header));
        fields
    }

    fn note(&mut self, header: &Header<'a>) {
        if let Some(field) = Field::of(header.name) {
            let found = &mut self.found[field as usize];
            *found = match found {
                Found::None => Found::One(header.value),
                _ => Found::Several,
            };
        }
    }

    /// The value of a header that must be there exactly once.
    pub fn only(&self, field: Field) -> Result<&'a [u8]> {
        self.at_most_one(field)?.ok_or(Error::InvalidFormat)
    }

    /// The value of a header that must not be there twice.
    pub fn at_most_one(&self, field: Field) -> Result<Option<&'a [u8]>> {
        match self.found[field as usize] {
            Found::None => Ok(None),
            Found::One(value) => Ok(Some(trim(value))),
            Found::Several => Err(Error::InvalidFormat),
        }
    }

    /// Whether a list has that token, which is given in small letters, in any case.
    pub fn has_token<const N: usize>(&self, field: Field, token: &[u8; N]) -> bool {
        let is_token = |element: &[u8]| element.try_into().is_ok_and(|all| is_same(all, token));
        match self.found[field as usize] {
            Found::None => false,
            Found::One(value) => ends_with(value, token) || split_list(value).any(is_token),
            Found::Several => elements(self.headers, field).any(is_token),
        }
    }
}

/// Whether these are the same letters in any case. All are looked at, without a branch for each.
fn is_same<const N: usize>(text: &[u8; N], small: &[u8; N]) -> bool {
    text.iter().zip(small).fold(true, |all, (a, b)| all & (a.to_ascii_lowercase() == *b))
}

/// Whether this list without quotes is that token or ends with it, as a browser's does (`keep-alive, Upgrade`):
/// then it need not be taken apart. An end that is written otherwise is not seen.
fn ends_with<const N: usize>(list: &[u8], token: &[u8; N]) -> bool {
    let Some((before, last)) = list.split_last_chunk::<N>() else { return false };
    let is_element = matches!(before, [] | [.., b','] | [.., b',', b' ']);
    is_element && is_same(last, token) && !before.contains(&b'"')
}

/// The elements of all headers of a field; several lines are one list.
pub fn elements<'a>(
    headers: &impl Headers<'a>,
    field: Field,
) -> impl Iterator<Item = &'a [u8]> + Clone {
    let is_field = move |header: &Header<'a>| Field::of(header.name) == Some(field);
    headers.clone().filter(is_field).flat_map(|header| split_list(header.value))
}

/// The elements of a list, empty ones left out (RFC 7230 §7). A comma inside a quoted string
/// separates nothing.
pub fn split_list(mut value: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    core::iter::from_fn(move || {
        while !value.is_empty() {
            let (element, rest) = value.split_at(element_len(value));
            value = rest.get(1..).unwrap_or_default();
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    })
}

/// Octets before the first comma that separates.
fn element_len(list: &[u8]) -> usize {
    let is_special = |octet: &u8| matches!(octet, b',' | b'"');
    let plain_len = list.iter().position(is_special).unwrap_or(list.len());
    let (mut quoted, mut escaped) = (false, false);
    for (i, octet) in list.iter().enumerate().skip(plain_len) {
        let is_escaped = core::mem::take(&mut escaped);
        match octet {
            b',' if !quoted => return i,
            b'"' if !is_escaped => quoted = !quoted,
            b'\\' => escaped = quoted && !is_escaped,
            _ => {}
        }
    }
    list.len()
}

/// Without the spaces and tabs around it.
pub fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Whether this is a token: one or more visible characters that separate nothing.
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&octet| is_token_char(octet))
}

fn is_token_char(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

/// The name of an extension: what stands before the first parameter.
pub fn extension_name(extension: &[u8]) -> &[u8] {
    let end = extension.iter().position(|&octet| octet == b';').unwrap_or(extension.len());
    trim(&extension[..end])
}

/// Whether this is one extension with its parameters, as RFC 6455 §9.1 writes them:
/// `token *( ";" token [ "=" ( token | quoted token ) ] )`.
pub fn is_extension(text: &[u8]) -> bool {
    let mut parts = text.split(|&octet| octet == b';').map(trim);
    parts.next().is_some_and(is_token) && parts.all(is_parameter)
}

fn is_parameter(text: &[u8]) -> bool {
    let Some(equals) = text.iter().position(|&octet| octet == b'=') else { return is_token(text) };
    let value = match trim(&text[equals + 1..]) {
        // "When using the quoted-string syntax variant, the value after quoted-string
        // unescaping MUST conform to the 'token' ABNF"
        [b'"', quoted @ .., b'"'] => quoted,
        plain => plain,
    };
    is_token(trim(&text[..equals])) && is_token(value)
}

/// Headers as a test writes them.
#[cfg(test)]
pub fn written<'a>(lines: &'a [(&'a str, &'a str)]) -> impl Headers<'a> {
    lines.iter().map(|(name, value)| Header { name: name.as_bytes(), value: value.as_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name_in_any_case() {
        for number in 0..Field::COUNT {
            let names = [Field::Connection, Field::Upgrade, Field::Host, Field::Version];
            let more = [Field::Key, Field::Accept, Field::Protocol, Field::Extensions];
            let field = *names.iter().chain(&more).nth(number).unwrap();
            assert_eq!(field as usize, number);
            let name = field.name();
            assert_eq!(Field::of(name.as_bytes()), Some(field));
            assert_eq!(Field::of(name.to_uppercase().as_bytes()), Some(field));
            assert_eq!(Field::of(&name.as_bytes()[1..]), None);
            assert_eq!(Field::of(name.replace('t', "u").replace('d', "e").as_bytes()), None);
        }
    }

    #[test]
    fn a_token_is_found_in_one_line_or_several_by_all_its_letters() {
        for (lines, wanted) in [
            (&[][..], false),
            (&["upgrade"][..], true),
            (&[" Upgrade\t"], true),
            (&["keep-alive, UPGRADE"], true),
            (&["keep-alive,upgrade"], true),
            (&["keep-alive,\tupgrade \t"], true),
            (&[", Upgrade"], true),
            (&["upgrade, keep-alive"], true),
            (&["keep-alive Upgrade"], false),
            (&["keep-alive; upgrade"], false),
            (&["keep-alive, xupgrade"], false),
            (&["\"keep-alive, upgrade"], false),
            (&["x=\"\", upgrade"], true),
            (&["degrade"], false),
            (&["upgrads"], false),
            (&["upgrad"], false),
            (&["upgrades, grade"], false),
            (&["keep-alive", "x,upGrade"], true),
            (&["keep-alive", "degrade"], false),
        ] {
            let lines: Vec<_> = lines.iter().map(|&value| ("connection", value)).collect();
            let headers = written(&lines);
            let fields = Fields::find(&headers);
            assert_eq!(fields.has_token(Field::Connection, b"upgrade"), wanted, "{lines:?}");
            assert!(!fields.has_token(Field::Upgrade, b"upgrade"));
        }
    }

    #[test]
    fn a_token_at_the_end_is_found_without_the_list() {
        for list in ["Upgrade", "keep-alive, Upgrade", "keep-alive,upgrade", ",upgrade"] {
            assert!(ends_with(list.as_bytes(), b"upgrade"), "{list}");
        }
        for list in ["pgrade", "keep-alive;upgrade", "\"a, upgrade", "keep-alive, upgrades"] {
            assert!(!ends_with(list.as_bytes(), b"upgrade"), "{list}");
        }
    }

    #[test]
    fn lists_split_at_commas_outside_quotes() {
        let list: Vec<&[u8]> = split_list(b" a ,, b;x=\"1,2\" ,\t\"\\\",\" , c ").collect();
        assert_eq!(list, [&b"a"[..], b"b;x=\"1,2\"", b"\"\\\",\"", b"c"]);
        // A backslash means something only inside the quotes, where it may also stand for itself.
        for (list, first) in [(&br#"""\",",c"#[..], &br#"""\",""#[..]), (br#""\\",c"#, br#""\\""#)]
        {
            assert!(split_list(list).eq([first, b"c"]));
        }
    }

    #[test]
    fn extensions_follow_their_grammar() {
        for good in ["a", "a;b", "a; b=1 ; c", "a;b=\"x\"", "permessage-deflate; d = 15"] {
            assert!(is_extension(good.as_bytes()), "{good}");
        }
        for bad in ["", ";", "a;", "a;=1", "a;b=", "a b", "a;b=\"\"", "a;b=\"x", "a\r\nb", "a,b"] {
            assert!(!is_extension(bad.as_bytes()), "{bad}");
        }
        assert_eq!(extension_name(b"a ; b=1"), b"a");
    }
}
