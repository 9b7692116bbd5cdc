//! Reading the two files of cases.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::support::handle::Role;

#[derive(Deserialize)]
struct File {
    rows: Vec<Value>,
}

/// All rows of a file. A row that cannot be read is a failure, never left out.
pub fn rows<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let file: File = serde_json::from_str(text).unwrap();
    let row = |row: Value| serde_json::from_value(row).unwrap();
    let rows: Vec<T> = file.rows.into_iter().map(row).collect();
    let ids = text.lines().filter(|line| line.starts_with("{\"id\": ")).count();
    assert_eq!(rows.len(), ids, "rows went missing");
    rows
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum JsonRole {
    Client,
    Server,
}

impl From<JsonRole> for Role {
    fn from(role: JsonRole) -> Role {
        match role {
            JsonRole::Client => Role::Client,
            JsonRole::Server => Role::Server,
        }
    }
}

/// Octets: hex, or a list of hex and repetitions.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Octets {
    Hex(String),
    List(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Part {
    Hex(String),
    Repeat { rep: String, n: usize },
}

impl Octets {
    pub fn to_vec(&self) -> Vec<u8> {
        let part = |part: &Part| match part {
            Part::Hex(text) => hex(text),
            Part::Repeat { rep, n } => hex(rep).repeat(*n),
        };
        match self {
            Octets::Hex(text) => hex(text),
            Octets::List(parts) => parts.iter().flat_map(part).collect(),
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0, "{text}");
    let octet = |i: usize| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap();
    (0..text.len() / 2).map(octet).collect()
}
