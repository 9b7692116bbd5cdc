//! A client and a server in memory, each sending a conversation while both work in any order:
//! everything arrives, once and in order, and nobody waits for ever; with and without compression.
//!
//! Rows of docs/compatibility.md: *deflate-pieces*.

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;

use super::cases;
use super::conversation::{self, Message};
use super::sending::{self, NOMINAL, Send};
use super::support::frames::*;
use super::support::handle::{Handle, Memory, Options, Role};
use super::support::step::Step;
use super::support::types::*;

#[derive(Clone, Debug)]
struct Setting {
    receive: u32,
    send: u32,
    memory: Memory,
    /// Receives that are kept queued.
    depth: usize,
    slots: usize,
}

fn setting() -> impl Strategy<Value = Setting> {
    (256..1024u32, 16..600u32, conversation::memory(), 1..4usize, 1..4usize).prop_map(
        |(receive, send, memory, depth, slots)| Setting { receive, send, memory, depth, slots },
    )
}

/// How messages are compressed, if at all.
fn deflate() -> impl Strategy<Value = Option<Deflate>> {
    let deflate = (9..=15u32, 9..=15u32, 0..4u32, 1..=9u32).prop_map(
        |(client_bits, server_bits, flags, level)| Deflate {
            client_bits,
            server_bits,
            flags,
            level,
            max_message: 1 << 20,
        },
    );
    prop::option::of(deflate)
}

/// What one side does next.
#[derive(Clone, Copy, Debug)]
enum Tick {
    QueueSend,
    QueueReceive,
    Get(u32),
    /// Carries out and completes what is out on the send track.
    CompleteSend,
    /// The same on the receive track; a read takes so many octets at most.
    CompleteReceive(usize),
}

fn tick() -> impl Strategy<Value = Tick> {
    prop_oneof![
        2 => Just(Tick::QueueSend),
        1 => Just(Tick::QueueReceive),
        3 => (SEND_QUEUE..=ALL_QUEUE).prop_map(Tick::Get),
        2 => Just(Tick::CompleteSend),
        2 => (1..800usize).prop_map(Tick::CompleteReceive),
    ]
}

struct Side {
    setting: Setting,
    handle: Handle,
    sends: Vec<Send>,
    queued: usize,
    send_out: Option<Step>,
    receive_out: Option<Step>,
    receives: usize,
    /// What the network has for this side.
    inbox: VecDeque<u8>,
    messages: Vec<(bool, Vec<u8>)>,
    pieces: Vec<u8>,
    pongs: usize,
    /// GetAction returned a close, after which no receive is taken.
    close_returned: bool,
    closed: Option<(u16, Option<Vec<u8>>)>,
}

impl Side {
    fn new(role: Role, setting: &Setting, deflate: Option<Deflate>, sends: Vec<Send>) -> Side {
        let options = Options::new(role, setting.receive, setting.send).memory(setting.memory);
        let options = Options { deflate, ..options };
        Side {
            setting: setting.clone(),
            handle: Handle::connected(options),
            sends,
            queued: 0,
            send_out: None,
            receive_out: None,
            receives: 0,
            inbox: VecDeque::new(),
            messages: Vec::new(),
            pieces: Vec::new(),
            pongs: 0,
            close_returned: false,
            closed: None,
        }
    }

    /// Does what is asked if there is anything to do. Octets that go out are appended.
    fn tick(&mut self, tick: Tick, outbox: &mut VecDeque<u8>) {
        match tick {
            Tick::QueueSend => self.queue_send(),
            Tick::QueueReceive if self.receives < self.setting.depth && !self.close_returned => {
                assert_eq!(self.handle.receive(None, 1), S_OK);
                self.receives += 1;
            }
            Tick::QueueReceive => {}
            Tick::Get(queue) => self.get(queue),
            Tick::CompleteSend => self.complete_send(outbox),
            Tick::CompleteReceive(most) => self.complete_receive(most),
        }
    }

    fn queue_send(&mut self) {
        if let Some(send) = self.sends.get(self.queued) {
            self.queued += 1;
            assert_eq!(self.handle.send(send.kind, send.buffer(), self.queued), S_OK);
        }
    }

    fn get(&mut self, queue: u32) {
        let step = self.handle.action(queue, self.setting.slots);
        assert_eq!(step.hr, S_OK);
        self.close_returned |= step.action == RECEIVE_COMPLETE && step.kind == CLOSE;
        let track = match step.action {
            NO_ACTION => return,
            SEND_TO_NETWORK | SEND_COMPLETE => &mut self.send_out,
            _ => &mut self.receive_out,
        };
        assert!(track.is_none(), "a second action on one track: {step:?}");
        *track = Some(step);
    }

    fn complete_send(&mut self, outbox: &mut VecDeque<u8>) {
        if let Some(step) = self.send_out.take() {
            outbox.extend(step.octets());
            self.handle.complete(step.id, step.len());
        }
    }

    fn complete_receive(&mut self, most: usize) {
        let waits = |step: &Step| step.action == RECEIVE_FROM_NETWORK && self.inbox.is_empty();
        if self.receive_out.as_ref().is_none_or(waits) {
            return;
        }
        let step = self.receive_out.take().unwrap();
        if step.action == RECEIVE_FROM_NETWORK {
            let len = most.min(step.len()).min(self.inbox.len());
            step.fill(&self.inbox.drain(..len).collect::<Vec<u8>>());
            self.handle.complete(step.id, len);
        } else {
            self.indicated(&step);
            self.handle.complete(step.id, 0);
        }
    }

    fn indicated(&mut self, step: &Step) {
        self.receives -= 1;
        match (step.kind, step.count) {
            // A receive that was queued behind the close.
            (0, 0) => assert!(self.closed.is_some()),
            (PING_PONG, 1) => self.pongs += 1,
            (CLOSE, 1) => {
                let reason = (!step.buffers[0].start.is_null()).then(|| step.octets());
                self.closed = Some((step.buffers[0].status, reason));
            }
            (kind, 1) => {
                self.pieces.extend(step.octets());
                if matches!(kind, UTF8_MESSAGE | BINARY_MESSAGE) {
                    let octets = std::mem::take(&mut self.pieces);
                    self.messages.push((kind == UTF8_MESSAGE, octets));
                }
            }
            _ => panic!("{step:?}"),
        }
    }

    fn is_done(&self) -> bool {
        let sent = self.queued == self.sends.len() && self.send_out.is_none();
        sent && self.closed.is_some() && self.receives == 0
    }

    fn sent(&self, opcode: u8) -> usize {
        self.sends.iter().filter(|send| send.frame.opcode == opcode).count()
    }
}

/// Each side sends its own messages and a close.
fn sends(messages: &[Message], close: &Option<(u16, String)>) -> Vec<Send> {
    sending::sends(conversation::frames(messages, Some(close), NOMINAL, (Role::Server, 0)))
}

/// Both go on until everything has arrived.
fn finish(sides: &mut [Side; 2]) {
    for _ in 0..100_000 {
        for i in 0..2 {
            let (this, other) = pair(sides, i);
            this.tick(Tick::QueueSend, &mut other.inbox);
            this.tick(Tick::QueueReceive, &mut other.inbox);
            this.tick(Tick::Get(ALL_QUEUE), &mut other.inbox);
            this.tick(Tick::CompleteSend, &mut other.inbox);
            this.tick(Tick::CompleteReceive(usize::MAX), &mut other.inbox);
        }
        if sides.iter().all(Side::is_done) {
            return;
        }
    }
    panic!("they wait for ever");
}

fn pair(sides: &mut [Side; 2], i: usize) -> (&mut Side, &mut Side) {
    let [first, second] = sides;
    if i == 0 { (first, second) } else { (second, first) }
}

/// What one side received is what the other sent.
fn check(received: &Side, sent: &Side) {
    let (mut expect, mut pieces, mut is_text) = (Vec::new(), Vec::new(), false);
    let mut close = None;
    for send in &sent.sends {
        match send.frame.opcode {
            PING | PONG => {}
            OP_CLOSE => {
                let empty = (1005, None);
                let full = |status| (status, Some(send.payload.clone()));
                close = Some(send.status.map_or(empty, full));
            }
            opcode => {
                is_text = if opcode == CONTINUATION { is_text } else { opcode == TEXT };
                pieces.extend(&send.payload);
                if send.frame.fin {
                    expect.push((is_text, std::mem::take(&mut pieces)));
                }
            }
        }
    }
    assert_eq!(received.messages, expect);
    assert_eq!(received.closed, close);
    // Of several pings the last may be answered alone.
    let unsolicited = sent.sent(PONG);
    assert!(received.pongs >= unsolicited, "pongs were lost");
    assert!(received.pongs <= unsolicited + received.sent(PING), "more pongs than pings");
}

proptest! {
    #![proptest_config(cases(500))]
    #[test]
    fn client_and_server_understand_each_other(
        settings in (setting(), setting()),
        deflate in deflate(),
        first in (conversation::messages(true), conversation::close()),
        second in (conversation::messages(true), conversation::close()),
        ticks in vec((0..2usize, tick()), 0..300),
    ) {
        let mut sides = [
            Side::new(Role::Client, &settings.0, deflate, sends(&first.0, &first.1)),
            Side::new(Role::Server, &settings.1, deflate, sends(&second.0, &second.1)),
        ];
        for (i, tick) in ticks {
            let (this, other) = pair(&mut sides, i);
            this.tick(tick, &mut other.inbox);
        }
        finish(&mut sides);
        check(&sides[0], &sides[1]);
        check(&sides[1], &sides[0]);
    }
}
