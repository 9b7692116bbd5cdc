//! `frames.json`: octets that a peer sends, and what must come of them.

use std::sync::OnceLock;

use serde::Deserialize;

use super::support::feed::{Driver, End, Feed, Seen};
use super::support::handle::{Handle, Memory, Options};
use super::support::types::*;
use super::table::{self, JsonRole, Octets};
use super::verdict::Verdicts;

#[derive(Deserialize)]
struct Row {
    id: String,
    role: JsonRole,
    wire: Octets,
    wire_len: usize,
    read_cuts: Cuts,
    expect: Expect,
    level: String,
}

/// Where network reads end.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cuts {
    At(Vec<usize>),
    Named(String),
    Every { every: usize },
}

#[derive(Deserialize)]
struct Expect {
    events: Vec<JsonEvent>,
    fail: Option<u16>,
    fail_alt: Vec<u16>,
    fail_earliest_at: Option<usize>,
    fail_latest_at: Option<usize>,
    frames_before: Frames,
}

/// The whole frames before the end: opcode, FIN, payload; of many, only their number is known.
#[derive(Deserialize)]
#[serde(untagged)]
enum Frames {
    All(Vec<(u8, u8, Octets)>),
    Number(usize),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum JsonEvent {
    Close(String, Option<u16>, String),
    Data(String, Octets),
}

/// What an application sees: whole messages, pings by their answers.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// Status and reason as they are indicated.
    Close(u16, Option<Vec<u8>>),
}

/// A row in a form that can be run many times.
struct Case {
    row: Row,
    wire: Vec<u8>,
    events: Vec<Event>,
    /// Payload octets of the message that is unfinished at the end, as far as they are in whole
    /// frames.
    unfinished: Vec<u8>,
}

/// Rows whose octets are well formed but not allowed where they come; every other fault is one of
/// form.
const OPERATION_FAULTS: [&str; 4] = [
    "frag.cont-first.fin1/",
    "frag.cont-first.octets/",
    "frag.binary-inside-text/",
    "frag.bad-then-good/",
];

fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let rows: Vec<Row> = table::rows(include_str!("frames.json"));
        let cases: Vec<Case> = rows.into_iter().map(Case::new).collect();
        for prefix in OPERATION_FAULTS {
            assert!(cases.iter().any(|case| case.row.id.starts_with(prefix)), "{prefix}");
        }
        cases
    })
}

impl Case {
    fn new(row: Row) -> Case {
        let wire = row.wire.to_vec();
        assert_eq!(wire.len(), row.wire_len, "{}", row.id);
        // Another level needs a decision on what is to be demanded of its rows.
        assert!(row.level == "MUST" || row.level == "SHOULD", "{}", row.id);
        let events = row.expect.events.iter().map(event).collect();
        let unfinished = unfinished(&row.expect.frames_before);
        Case { row, wire, events, unfinished }
    }

    /// The offset at which a read that begins at `from` ends.
    fn cut(&self, from: usize) -> usize {
        match &self.row.read_cuts {
            Cuts::Every { every } => from + every,
            Cuts::Named(name) if name == "every-octet" => from + 1,
            Cuts::Named(name) => panic!("cuts that nobody knows: {name}"),
            Cuts::At(cuts) => {
                cuts.iter().copied().find(|&cut| cut > from).unwrap_or(self.wire.len())
            }
        }
    }

    fn run(&self, setting: Setting) -> Result<(), String> {
        let options = Options::new(self.row.role.into(), setting.receive, 16);
        let handle = Handle::connected(options.memory(setting.memory));
        let driver = Driver { target: setting.target, ..Driver::USUAL };
        let (seen, end) = Feed::run(&handle, driver, &self.wire, |from| {
            if setting.octetwise { from + 1 } else { self.cut(from) }
        });
        self.check(seen, &end).map_err(|reason| format!("{reason} [{setting:?}]"))
    }

    fn check(&self, seen: Vec<Seen>, end: &End) -> Result<(), String> {
        let (events, rest) = join(seen)?;
        if events != self.events {
            return Err(format!("{} events instead of {}", short(&events), short(&self.events)));
        }
        if !rest.starts_with(&self.unfinished) {
            return Err("the fragments of the unfinished message are not as sent".to_owned());
        }
        match (self.row.expect.fail, end) {
            (Some(code), End::Failed { hr, status, fed, read_from }) => {
                if *status != code && !self.row.expect.fail_alt.contains(status) {
                    return Err(format!("close code {status} instead of {code}"));
                }
                self.check_fault(*hr, *fed, *read_from)
            }
            (None, End::Dry) if !matches!(self.events.last(), Some(Event::Close(..))) => Ok(()),
            (None, End::Closed) => Ok(()),
            (fault, end) => Err(format!("{end:?} where {fault:?} was due")),
        }
    }

    /// The octet that gave the fault away came with the last read.
    fn check_fault(&self, hr: Hresult, fed: usize, read_from: usize) -> Result<(), String> {
        let expect = &self.row.expect;
        let is_operation = OPERATION_FAULTS.iter().any(|prefix| self.row.id.starts_with(prefix));
        let class = if is_operation { OPERATION } else { FORMAT };
        if hr != class {
            return Err(format!("{hr:?} instead of {class:?}"));
        }
        let earliest = expect.fail_earliest_at.unwrap_or(1);
        let latest = expect.fail_latest_at.unwrap_or(self.wire.len());
        if fed < earliest || read_from >= latest {
            return Err(format!("failed in {read_from}..{fed}, not in {earliest}..={latest}"));
        }
        Ok(())
    }
}

fn event(event: &JsonEvent) -> Event {
    match event {
        // An empty close frame is indicated as 1005 without a reason (not even an empty one).
        JsonEvent::Close(kind, None, _) if kind == "close" => Event::Close(1005, None),
        JsonEvent::Close(kind, Some(status), reason) if kind == "close" => {
            Event::Close(*status, Some(Octets::Hex(reason.clone()).to_vec()))
        }
        JsonEvent::Data(kind, octets) => match kind.as_str() {
            "text" => Event::Text(octets.to_vec()),
            "binary" => Event::Binary(octets.to_vec()),
            "ping" => Event::Ping(octets.to_vec()),
            "pong" => Event::Pong(octets.to_vec()),
            _ => panic!("an event that nobody knows: {kind}"),
        },
        JsonEvent::Close(kind, ..) => panic!("an event that nobody knows: {kind}"),
    }
}

fn unfinished(frames: &Frames) -> Vec<u8> {
    let frames = match frames {
        Frames::All(frames) => frames,
        Frames::Number(number) => {
            assert_eq!(*number, 100);
            return Vec::new();
        }
    };
    let data = frames.iter().filter(|(opcode, ..)| opcode & 8 == 0);
    data.fold(Vec::new(), |mut rest, (_, fin, payload)| {
        rest.extend(payload.to_vec());
        if *fin == 1 { Vec::new() } else { rest }
    })
}

/// Joins pieces to messages; also returns what an unfinished message has so far.
fn join(seen: Vec<Seen>) -> Result<(Vec<Event>, Vec<u8>), String> {
    let (mut events, mut pieces, mut is_text) = (Vec::new(), Vec::new(), None);
    for seen in seen {
        match seen {
            Seen::Answer(octets) => events.push(Event::Ping(octets)),
            Seen::Pong(octets) => events.push(Event::Pong(octets)),
            Seen::Close { status, reason } => events.push(Event::Close(status, reason)),
            Seen::Data { kind, octets } => {
                let text = matches!(kind, UTF8_MESSAGE | UTF8_FRAGMENT);
                if is_text.is_some_and(|begun| begun != text) {
                    return Err(format!("the type changes inside a message: {kind:#X}"));
                }
                pieces.extend(octets);
                is_text = match kind {
                    UTF8_FRAGMENT | BINARY_FRAGMENT => Some(text),
                    UTF8_MESSAGE | BINARY_MESSAGE => None,
                    _ => return Err(format!("no type of data: {kind:#X}")),
                };
                if is_text.is_none() {
                    let octets = std::mem::take(&mut pieces);
                    events.push(if text { Event::Text(octets) } else { Event::Binary(octets) });
                }
            }
        }
    }
    Ok((events, pieces))
}

fn short(events: &[Event]) -> String {
    let mut text = format!("{events:?}");
    text.truncate(200);
    text
}

/// One way to run a row.
#[derive(Clone, Copy, Debug)]
struct Setting {
    receive: u32,
    memory: Memory,
    /// Octets of the caller's own receive buffer.
    target: Option<usize>,
    octetwise: bool,
}

/// Every way with that size of the receive buffer.
fn settings(receive: u32, target: usize) -> Vec<Setting> {
    let mut settings = Vec::new();
    for memory in [Memory::Own, Memory::Lent] {
        for target in [None, Some(target)] {
            for octetwise in [false, true] {
                settings.push(Setting { receive, memory, target, octetwise });
            }
        }
    }
    settings
}

/// `target`: the size of the caller's own receive buffer where one is used.
fn run_all(receive: u32, target: usize) {
    let mut verdicts = Verdicts::new(&format!("frames, receive buffer {receive}"));
    for case in cases() {
        verdicts.row(&case.row.id, &case.row.level, || {
            settings(receive, target).into_iter().try_for_each(|setting| case.run(setting))
        });
    }
    verdicts.finish(cases().len());
}

#[test]
fn frames_in_256_octets() {
    run_all(256, 100);
}

#[test]
fn frames_in_4096_octets() {
    run_all(4096, 4096);
}

#[test]
fn frames_in_65536_octets() {
    run_all(65536, 70000);
}
