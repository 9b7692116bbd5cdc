//! Writes the inputs that a fuzzer begins with: the conformance cases in the form that the targets read,
//! and a few more.
//! Usage: seeds FOLDER

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const FRAMES: &str = include_str!("../../../tests/conformance/frames.json");
const HANDSHAKES: &str = include_str!("../../../tests/conformance/handshakes.json");
/// A longer wire shows nothing that a shorter one does not.
const LONGEST: usize = 3000;

// What the targets read as settings of the most usual kind. The second octet of `OPTIONS`: receive
// buffer of 4096; then the send buffer, the driver, and one length of the reads.
const OPTIONS: [u8; 6] = [0x40, 0, 0, 0, 0, 254];
const DEFLATE: [u8; 5] = [1, 6, 6, 0, 5];

struct Seeds {
    folder: PathBuf,
    count: usize,
}

impl Seeds {
    fn write(&mut self, target: &str, parts: &[&[u8]]) {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).expect("a folder for seeds");
        self.count += 1;
        let path = folder.join(format!("seed-{:04}", self.count));
        fs::write(path, parts.concat()).expect("a file for a seed");
    }
}

fn main() {
    let folder = std::env::args_os().nth(1).expect("usage: seeds FOLDER");
    let mut seeds = Seeds { folder: Path::new(&folder).to_owned(), count: 0 };
    frames(&mut seeds);
    handshakes(&mut seeds);
    closes(&mut seeds);
    compressed(&mut seeds);
    calls(&mut seeds);
}

fn rows(text: &str) -> Vec<Value> {
    let mut file: Value = serde_json::from_str(text).expect("a file of cases");
    serde_json::from_value(file["rows"].take()).expect("rows")
}

fn role(row: &Value) -> u8 {
    u8::from(row["role"] == "client")
}

/// Hex, or a list of hex and repetitions.
fn octets(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => hex(text),
        Value::Array(parts) => parts.iter().flat_map(octets).collect(),
        part => octets(&part["rep"]).repeat(part["n"].as_u64().expect("a number") as usize),
    }
}

fn hex(text: &str) -> Vec<u8> {
    let octet = |i: usize| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex");
    (0..text.len() / 2).map(octet).collect()
}

fn frames(seeds: &mut Seeds) {
    for row in rows(FRAMES) {
        let wire = octets(&row["wire"]);
        if wire.len() <= LONGEST {
            seeds.write("receive", &[&[role(&row)], &OPTIONS, &[0, 0], &wire]);
            seeds.write("differential", &[&[role(&row), 0, 0, 254, 0], &wire]);
        }
    }
}

fn texts(value: &Value) -> Vec<&str> {
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().map(|text| text.as_str().expect("a text")).collect()
}

fn handshakes(seeds: &mut Seeds) {
    for row in rows(HANDSHAKES) {
        let fields = row["headers"].as_array().expect("headers").iter().map(texts);
        let fields: Vec<(&str, String)> =
            fields.map(|field| (field[0], field[1].replace("{ACCEPT}", "{A}"))).collect();
        let lines: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let subprotocols = texts(&row["offered_subprotocols"]).join("\t");
        if role(&row) == 1 {
            let extensions = texts(&row["offered_extensions"]).join("\t");
            let text = format!("{subprotocols}\n{extensions}\n\n{}", lines.concat());
            seeds.write("handshake_client", &[&[0, 0], text.as_bytes()]);
        } else {
            let selected = subprotocols.split('\t').next().unwrap_or_default();
            let text = format!("{selected}\n\n{}", lines.concat());
            seeds.write("handshake_server", &[&[0], text.as_bytes()]);
        }
        let first = |key: &str, usual| row[key].as_str().unwrap_or(usual).to_owned();
        let line = match role(&row) {
            1 => first("status_line", "HTTP/1.1 101 Switching Protocols"),
            _ => [first("method", "GET"), first("target", "/"), first("http_version", "HTTP/1.1")]
                .join(" "),
        };
        let field = |(name, value): &(&str, String)| format!("{name}: {value}\r\n");
        let head = format!("{line}\r\n{}\r\n", fields.iter().map(field).collect::<String>());
        seeds.write("wspc_heads", &[&[role(&row), 200], head.as_bytes()]);
    }
}

fn closes(seeds: &mut Seeds) {
    let reasons: [&[u8]; 6] =
        [b"", b"bye", "€𐍈".as_bytes(), b"\xED\xA0\x80", b"cut \xF0\x9F", &[b'a'; 123]];
    for status in [0u16, 999, 1000, 1004, 1005, 1014, 1015, 2999, 3000, 4999, 5000, 65535] {
        for (i, reason) in reasons.iter().enumerate() {
            let role = [u8::from(i % 2 == 0)];
            seeds.write("close", &[&role, &OPTIONS, &status.to_be_bytes(), reason]);
        }
    }
    seeds.write("close", &[&[0], &OPTIONS]);
    seeds.write("close", &[&[1], &OPTIONS, &[3]]);
}

fn compressed(seeds: &mut Seeds) {
    // The examples of RFC 7692 §7.2.3: a fixed block, one of stored octets, a final block, two blocks.
    let messages: [&[u8]; 5] = [
        b"\xF2\x48\xCD\xC9\xC9\x07\x00",
        b"\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00",
        b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00",
        b"\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00",
        b"\xF2\x00\x11\x00\x00",
    ];
    for message in messages {
        for role in [0, 1] {
            let settings = [&DEFLATE[..], &[role], &OPTIONS].concat();
            seeds.write("deflate", &[&[1], &settings, &[128], message]);
            let frames = [&[0xC1, message.len() as u8], message].concat();
            seeds.write("deflate", &[&[0], &settings, &[1], &frames, &frames]);
            let sends = [&[8, 60], &b"Hello".repeat(12)[..], &[1, 0, 1, 30], &[b'x'; 30]].concat();
            seeds.write("deflate", &[&[2], &settings, &sends]);
        }
    }
}

/// Octets as they come: most are calls.
fn calls(seeds: &mut Seeds) {
    let mut state = 6455u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as u8
    };
    for _ in 0..40 {
        let octets: Vec<u8> = (0..1500).map(|_| next()).collect();
        seeds.write("calls", &[&octets]);
    }
}
