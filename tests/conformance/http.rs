//! `handshakes.json`, the rows that are decided by HTTP heads: WspcParseRequest or
//! WspcParseResponse, then what an application checks of the first line, then the handshake.

use std::ffi::c_char;
use std::mem;

use super::handshakes::{self, Row};
use super::support::api::api;
use super::support::feed::{Driver, Feed, Seen};
use super::support::frames::{Frame, TEXT};
use super::support::handle::{Handle, Options, Role};
use super::support::handshake::{self, Field, value};
use super::support::types::*;
use super::table::JsonRole;
use super::verdict::Verdicts;

/// Who refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The parser of heads.
    Parser(Hresult),
    /// The application, by the first line: its method, version or status.
    FirstLine,
    Handshake(Hresult),
}

/// Rows that are refused, and by whom.
const REFUSED: [(&str, Refusal); 13] = [
    ("srv.method-POST", Refusal::FirstLine),
    ("srv.method-HEAD", Refusal::FirstLine),
    ("srv.method-OPTIONS", Refusal::FirstLine),
    ("srv.method-get", Refusal::FirstLine),
    ("srv.http-0.9", Refusal::Parser(FORMAT)),
    ("srv.raw.space-before-colon", Refusal::Parser(FORMAT)),
    ("srv.raw.line-without-colon", Refusal::Parser(FORMAT)),
    ("cli.status-200", Refusal::FirstLine),
    ("cli.status-201", Refusal::FirstLine),
    ("cli.status-400", Refusal::FirstLine),
    ("cli.status-401", Refusal::FirstLine),
    ("cli.status-500", Refusal::FirstLine),
    ("cli.status-102", Refusal::FirstLine),
];

/// Rows that the RFC leaves open, and what comes of them.
const OPEN: [(&str, Option<Refusal>); 2] = [
    // A folded line is refused.
    ("srv.raw.obs-fold", Some(Refusal::Parser(FORMAT))),
    // A line may end with LF alone.
    ("srv.raw.bare-lf", None),
];

/// The first line of a head.
enum FirstLine {
    Request { method: String, target: String, minor_version: u32 },
    Response { status: u32, minor_version: u32 },
}

struct Head {
    line: FirstLine,
    fields: Vec<Field>,
    len: usize,
}

fn text(start: *const c_char, len: u32) -> String {
    // SAFETY: what is returned is a part of the octets that were parsed, which are alive.
    let octets = unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len as usize) };
    String::from_utf8(octets.to_vec()).unwrap()
}

fn parse(role: Role, octets: &[u8]) -> Result<Head, Hresult> {
    // SAFETY: plain data, for which zeros are fine.
    let mut headers: [HttpHeader; 32] = unsafe { mem::zeroed() };
    let (mut count, mut len) = (headers.len() as u32, 0);
    let (data, data_len) = (octets.as_ptr().cast(), octets.len() as u32);
    // SAFETY: plain data, for which zeros are fine.
    let (mut request, mut response): (Request, Response) = unsafe { mem::zeroed() };
    let (fields, count_out) = (headers.as_mut_ptr(), &mut count);
    // SAFETY: all that is passed is alive during the call.
    let hr = unsafe {
        match role {
            Role::Server => {
                (api().parse_request)(data, data_len, &mut request, fields, count_out, &mut len)
            }
            Role::Client => {
                (api().parse_response)(data, data_len, &mut response, fields, count_out, &mut len)
            }
        }
    };
    if hr != S_OK {
        return Err(hr);
    }
    let line = match role {
        Role::Server => FirstLine::Request {
            method: text(request.method, request.method_len),
            target: text(request.target, request.target_len),
            minor_version: request.minor_version,
        },
        Role::Client => {
            let (status, minor_version) = (response.status, response.minor_version);
            FirstLine::Response { status, minor_version }
        }
    };
    let field = |header: &HttpHeader| {
        (text(header.name, header.name_len), text(header.value, header.value_len))
    };
    let fields = headers[..count as usize].iter().map(field).collect();
    Ok(Head { line, fields, len: len as usize })
}

/// The head of a row as octets, and what stands behind it.
fn head(row: &Row, fields: &[Field]) -> (Vec<u8>, Vec<u8>) {
    let (mut colon, mut line_end, mut prefix, mut extra) = (": ", "\r\n", "", "");
    let mut behind = row.frames_behind_head_hex.as_ref().map_or(Vec::new(), |hex| hex.to_vec());
    let (mut fold_from, mut fold_to) = ("", "");
    match row.id.strip_prefix("srv.raw.") {
        None => {}
        Some("no-space-after-colon") => colon = ":",
        Some("space-before-colon") => colon = " : ",
        Some("obs-fold") => (fold_from, fold_to) = ("keep-alive, ", "keep-alive,\r\n "),
        Some("bare-lf") => line_end = "\n",
        Some("leading-crlf") => prefix = "\r\n",
        Some("line-without-colon") => extra = "nonsense\r\n",
        Some("frame-behind-head") => {
            behind = Frame::new(TEXT, true, b"Hello").masked(Some([1, 2, 3, 4])).encode();
        }
        Some(other) => panic!("a raw row that nobody knows: {other}"),
    }
    let mut text = format!("{prefix}{}{line_end}{extra}", first_line(row));
    for (name, value) in fields {
        text += &format!("{name}{colon}{value}{line_end}");
    }
    text += line_end;
    if !fold_from.is_empty() {
        assert!(text.contains(fold_from));
        text = text.replace(fold_from, fold_to);
    }
    (text.into_bytes(), behind)
}

fn first_line(row: &Row) -> String {
    match (&row.status_line, &row.method, &row.target, &row.http_version) {
        (Some(status_line), ..) => status_line.clone(),
        (None, Some(method), Some(target), Some(version)) => format!("{method} {target} {version}"),
        _ => panic!("{}: no first line", row.id),
    }
}

/// Parses a head that is followed by other octets. Every beginning of it must be "incomplete".
fn parse_all(role: Role, head: &[u8], behind: &[u8]) -> Result<Head, Refusal> {
    let parsed = parse(role, &[head, behind].concat()).map_err(Refusal::Parser)?;
    assert_eq!(parsed.len, head.len(), "the head ends elsewhere");
    for cut in 0..head.len() {
        assert_eq!(parse(role, &head[..cut]).err(), Some(INCOMPLETE), "cut at {cut}");
    }
    Ok(parsed)
}

/// What an application does with a request or with the answer to its own.
fn open(row: &Row) -> Result<(), Refusal> {
    let role = Role::from(row.role);
    let handle = Handle::new(Options::new(role, 4096, 4096));
    let behind = match row.role {
        JsonRole::Server => {
            let (head, behind) = head(row, &row.headers);
            let parsed = parse_all(role, &head, &behind)?;
            check_first_line(row, &parsed.line)?;
            handshake::begin_server(&handle, None, &parsed.fields).map_err(Refusal::Handshake)?;
            behind
        }
        JsonRole::Client => {
            let request = handshake::begin_client(&handle, &[], &[]).unwrap();
            let key = value(&request, "Sec-WebSocket-Key").unwrap();
            let (head, behind) = head(row, &row.answer_to(key));
            let parsed = parse_all(role, &head, &behind)?;
            check_first_line(row, &parsed.line)?;
            handshake::end_client(&handle, &parsed.fields).map_err(Refusal::Handshake)?;
            behind
        }
    };
    check_frames(row, &handle, &behind);
    Ok(())
}

fn check_first_line(row: &Row, line: &FirstLine) -> Result<(), Refusal> {
    let good = match line {
        FirstLine::Request { method, target, minor_version } => {
            assert_eq!(Some(target), row.target.as_ref());
            method == "GET" && *minor_version >= 1
        }
        FirstLine::Response { status, minor_version } => *status == 101 && *minor_version >= 1,
    };
    if good { Ok(()) } else { Err(Refusal::FirstLine) }
}

/// Frames behind the head belong to the connection.
fn check_frames(row: &Row, handle: &Handle, behind: &[u8]) {
    let (seen, _) = Feed::run(handle, Driver::USUAL, behind, |_| behind.len());
    if row.id.ends_with("frame-behind-head") {
        let hello = Seen::Data { kind: UTF8_MESSAGE, octets: b"Hello".to_vec() };
        assert_eq!(seen, [hello]);
    } else {
        assert!(behind.is_empty() && seen.is_empty());
    }
}

fn run(row: &Row) -> Result<(), String> {
    let listed = REFUSED.iter().find(|(id, _)| *id == row.id).map(|(_, refusal)| *refusal);
    let due = match (row.expect.as_str(), listed) {
        ("accept", None) => None,
        ("reject", Some(refusal)) => Some(refusal),
        ("either", None) => {
            let open = OPEN.iter().find(|(id, _)| *id == row.id);
            open.ok_or("a row that needs a decision")?.1
        }
        (expect, listed) => return Err(format!("{expect}, but listed as {listed:?}")),
    };
    let got = open(row).err();
    if got == due { Ok(()) } else { Err(format!("{got:?} instead of {due:?}")) }
}

#[test]
fn handshakes_over_http_heads() {
    let rows: Vec<Row> = handshakes::rows().into_iter().filter(|row| row.layer == "http").collect();
    for id in REFUSED.iter().map(|(id, _)| id).chain(OPEN.iter().map(|(id, _)| id)) {
        assert!(rows.iter().any(|row| row.id == *id), "{id} is listed, but there is no such row");
    }
    let mut verdicts = Verdicts::new("handshakes, HTTP heads");
    for row in &rows {
        verdicts.row(&row.id, &row.level, || run(row));
    }
    verdicts.finish(rows.len());
}

#[test]
fn every_row_has_a_layer_that_is_run() {
    for row in handshakes::rows() {
        assert!(row.layer == "headers" || row.layer == "http", "{}", row.id);
    }
}
