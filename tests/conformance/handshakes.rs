//! `handshakes.json`, the rows that are decided by header arrays.

use serde::Deserialize;

use super::support::accept;
use super::support::handle::{Handle, Options, Role};
use super::support::handshake::{self, Field, field, value};
use super::support::types::*;
use super::table::{self, JsonRole};
use super::verdict::Verdicts;

#[derive(Deserialize)]
pub struct Row {
    pub id: String,
    pub role: JsonRole,
    pub layer: String,
    pub level: String,
    pub headers: Vec<Field>,
    #[serde(default)]
    headers_for_key: Vec<Field>,
    #[serde(default)]
    key: String,
    pub method: Option<String>,
    pub target: Option<String>,
    pub http_version: Option<String>,
    pub status_line: Option<String>,
    pub frames_behind_head_hex: Option<table::Octets>,
    offered_subprotocols: Vec<String>,
    #[serde(default)]
    offered_extensions: Vec<String>,
    #[serde(default)]
    server_subprotocols: Vec<String>,
    pub expect: String,
    response_accept: Option<String>,
    response_subprotocol: Option<String>,
}

/// Where this library decides otherwise than the row, and why.
const OTHERWISE: [(&str, Hresult, &str); 1] = [(
    "cli.proto-omitted",
    SUBPROTOCOL,
    "Microsoft documents an error for a server that accepts none of the offered subprotocols",
)];

/// Rows that the RFC leaves open, and what this library does with them. S_OK: it accepts.
const OPEN: [(&str, Hresult); 8] = [
    // A list of protocols is legal HTTP, and the field need only contain the value.
    ("srv.upgrade-list", S_OK),
    ("srv.upgrade-two-lines", S_OK),
    // It decodes to 16 octets.
    ("srv.key-noncanonical-bits", S_OK),
    ("srv.proto-no-match", S_OK),
    // Extensions that the server does not select are not looked at.
    ("srv.ext-malformed", S_OK),
    ("srv.ext-empty", S_OK),
    ("cli.content-length-0", S_OK),
    // A server switches to one protocol.
    ("cli.upgrade-list", FORMAT),
];

/// The errors of rejected rows that are not E_INVALID_PROTOCOL_FORMAT.
const ERRORS: [(&str, Hresult); 7] = [
    ("srv.version-7", VERSION),
    ("srv.version-12", VERSION),
    ("srv.version-14", VERSION),
    ("cli.proto-not-offered", SUBPROTOCOL),
    ("cli.proto-case", SUBPROTOCOL),
    ("cli.proto-empty", SUBPROTOCOL),
    ("cli.ext-unknown", EXTENSIONS),
];

/// The rows of both files; a row of the second only if the first has none of that name.
pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = table::rows(include_str!("handshakes.json"));
    let ours: Vec<Row> = table::rows(include_str!("otherwise.json"));
    let missing = |row: &Row| rows.iter().all(|listed| listed.id != row.id);
    let ours: Vec<Row> = ours.into_iter().filter(missing).collect();
    rows.extend(ours);
    rows
}

fn find<const N: usize>(table: [(&str, Hresult); N], id: &str) -> Option<Hresult> {
    table.iter().find(|(listed, _)| *listed == id).map(|(_, hr)| *hr)
}

impl Row {
    /// What this row must give: S_OK or the error.
    fn due(&self) -> Hresult {
        let listed = find(ERRORS, &self.id);
        match self.expect.as_str() {
            "accept" => {
                assert!(listed.is_none(), "{}: an error is listed for an accepted row", self.id);
                S_OK
            }
            "reject" => listed.unwrap_or(FORMAT),
            "either" => {
                find(OPEN, &self.id).unwrap_or_else(|| panic!("{} needs a decision", self.id))
            }
            other => panic!("{}: a verdict that nobody knows: {other}", self.id),
        }
    }

    /// The subprotocol that the application selects: the first offer that it speaks.
    fn selected(&self) -> Option<&str> {
        let speaks = |offer: &&String| self.server_subprotocols.contains(offer);
        self.offered_subprotocols.iter().find(speaks).map(String::as_str)
    }

    /// The answer with its templates filled in for a key.
    pub fn answer_to(&self, key: &str) -> Vec<Field> {
        self.headers.iter().map(|(name, value)| field(name, &fill(value, key))).collect()
    }

    fn run(&self) -> Result<(), String> {
        let due = self.due();
        let otherwise = OTHERWISE.iter().find(|(id, ..)| *id == self.id);
        let got = match self.role {
            JsonRole::Server => self.run_server()?,
            JsonRole::Client => self.run_client()?,
        };
        match otherwise {
            Some((_, listed, why)) if got != *listed => {
                Err(format!("{got:?}, but {listed:?} is listed ({why})"))
            }
            Some(_) if got == due => Err("listed as decided otherwise, which it is not".to_owned()),
            None if got != due => Err(format!("{got:?} instead of {due:?}")),
            _ => Ok(()),
        }
    }

    fn run_server(&self) -> Result<Hresult, String> {
        let handle = Handle::new(Options::new(Role::Server, 4096, 16));
        let answer = match handshake::begin_server(&handle, self.selected(), &self.headers) {
            Ok(answer) => answer,
            Err(hr) => {
                // A failed call changes nothing: the handle can still be used.
                handshake::connect_server(&handle);
                return Ok(hr);
            }
        };
        let mut expect = vec![field("Upgrade", "websocket"), field("Connection", "Upgrade")];
        let accept = self.response_accept.as_ref().ok_or("no accept value to compare with")?;
        expect.push(field("Sec-WebSocket-Accept", accept));
        if let Some(subprotocol) = &self.response_subprotocol {
            expect.push(field("Sec-WebSocket-Protocol", subprotocol));
        }
        if answer != expect {
            return Err(format!("{answer:?} instead of {expect:?}"));
        }
        Ok(handshake::end_server(&handle))
    }

    fn run_client(&self) -> Result<Hresult, String> {
        if self.answer_to(&self.key) != self.headers_for_key {
            return Err("the templates are not filled in as for the sample key".to_owned());
        }
        let handle = Handle::new(Options::new(Role::Client, 4096, 16));
        let (subprotocols, extensions) = (&self.offered_subprotocols, &self.offered_extensions);
        let request = handshake::begin_client(&handle, subprotocols, extensions);
        let request = request.map_err(|hr| format!("{hr:?} from the begin"))?;
        let key = value(&request, "Sec-WebSocket-Key").ok_or("no key")?;
        match handshake::end_client(&handle, &self.answer_to(key)) {
            Ok(selection) => {
                let name = selection.subprotocol.map(|index| subprotocols[index].clone());
                if name != self.response_subprotocol || !selection.extensions.is_empty() {
                    return Err(format!("{name:?} and {:?} selected", selection.extensions));
                }
                Ok(S_OK)
            }
            Err(hr) => {
                let mut good = handshake::minimal_response(key);
                good.extend(subprotocols.first().map(|name| field("Sec-WebSocket-Protocol", name)));
                let retried = handshake::end_client(&handle, &good);
                retried.map_err(|hr| format!("{hr:?} when tried again"))?;
                Ok(hr)
            }
        }
    }
}

fn fill(template: &str, key: &str) -> String {
    let good = accept::accept(key);
    let sha1_of_key = accept::base64(&accept::hash(key.as_bytes(), ""));
    let hex = accept::hash(key.as_bytes(), accept::GUID);
    let hex: String = hex.iter().map(|octet| format!("{octet:02x}")).collect();
    let nonce = accept::unbase64(key);
    let lower_guid = accept::GUID.to_ascii_lowercase();
    template
        .replace("{ACCEPT}", &good)
        .replace("{ACCEPT_LOWER}", &good.to_ascii_lowercase())
        .replace("{ACCEPT_NOPAD}", good.trim_end_matches('='))
        .replace("{ACCEPT_KEY_ONLY}", &sha1_of_key)
        .replace("{ACCEPT_DECODED_KEY}", &accept::base64(&accept::hash(&nonce, accept::GUID)))
        .replace("{ACCEPT_HEX}", &hex)
        .replace("{ACCEPT_GUID_LOWER}", &accept::base64(&accept::hash(key.as_bytes(), &lower_guid)))
        .replace("{KEY}", key)
}

#[test]
fn handshakes_over_header_arrays() {
    let rows = rows();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let listed = OTHERWISE.iter().map(|(id, ..)| id).chain(OPEN.iter().map(|(id, _)| id));
    for id in listed.chain(ERRORS.iter().map(|(id, _)| id)) {
        assert!(ids.contains(id), "{id} is listed, but there is no such row");
    }
    let rows: Vec<&Row> = rows.iter().filter(|row| row.layer == "headers").collect();
    let mut verdicts = Verdicts::new("handshakes, header arrays");
    for row in &rows {
        verdicts.row(&row.id, &row.level, || row.run());
    }
    verdicts.finish(rows.len());
}
