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

/// The values of every header of that name, without the white space around them.
fn all<'a>(
    headers: &impl Headers<'a>,
    name: &'static str,
) -> impl Iterator<Item = &'a [u8]> + Clone {
    let matching = move |header: &Header<'a>| is_name(header.name, name);
    headers.clone().filter(matching).map(|header| trim(header.value))
}

/// The headers of one name.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    None,
    /// The value of the only one, without the white space around it.
    One(&'a [u8]),
    Several,
}

/// Looks for several names in one walk.
pub fn find<'a, const N: usize>(
    headers: &impl Headers<'a>,
    names: [&'static str; N],
) -> [Found<'a>; N] {
    let mut found = [Found::None; N];
    // Most headers are told by their lengths to be none of these.
    let lens = names.iter().fold(0u32, |lens, name| lens | 1 << name.len());
    for header in headers.clone() {
        if lens.checked_shr(header.name.len() as u32).unwrap_or(0) & 1 == 0 {
            continue;
        }
        for (found, name) in found.iter_mut().zip(names) {
            if is_name(header.name, name) {
                *found = match found {
                    Found::None => Found::One(trim(header.value)),
                    _ => Found::Several,
                };
            }
        }
    }
    found
}

/// Whether this is the name, which most peers write as we do.
fn is_name(text: &[u8], name: &'static str) -> bool {
    text.len() == name.len()
        && (text == name.as_bytes() || text.eq_ignore_ascii_case(name.as_bytes()))
}

impl<'a> Found<'a> {
    /// The value of a header that must be there exactly once.
    pub fn only(self) -> Result<&'a [u8]> {
        self.at_most_one()?.ok_or(Error::InvalidFormat)
    }

    /// The value of a header that must not be there twice.
    pub fn at_most_one(self) -> Result<Option<&'a [u8]>> {
        match self {
            Found::None => Ok(None),
            Found::One(value) => Ok(Some(value)),
            Found::Several => Err(Error::InvalidFormat),
        }
    }

    /// Whether these headers, which are all `headers` of the name, have that token, in any case.
    pub fn has_token(self, headers: &impl Headers<'a>, name: &'static str, token: &[u8]) -> bool {
        let is_token = |element: &[u8]| element.eq_ignore_ascii_case(token);
        match self {
            Found::None => false,
            Found::One(value) => is_token(value) || split_list(value).any(is_token),
            Found::Several => elements(headers, name).any(is_token),
        }
    }
}

/// The elements of all headers of that name; several lines are one list.
pub fn elements<'a>(
    headers: &impl Headers<'a>,
    name: &'static str,
) -> impl Iterator<Item = &'a [u8]> + Clone {
    all(headers, name).flat_map(split_list)
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
    let (mut quoted, mut escaped) = (false, false);
    for (i, octet) in list.iter().enumerate() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_split_at_commas_outside_quotes() {
        let list: Vec<&[u8]> = split_list(b" a ,, b;x=\"1,2\" ,\t\"\\\",\" , c ").collect();
        assert_eq!(list, [&b"a"[..], b"b;x=\"1,2\"", b"\"\\\",\"", b"c"]);
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
