//! The receiving side of an action loop: octets in, indications out.

use std::collections::VecDeque;

use super::frames::{Frame, PONG};
use super::handle::{Handle, Role};
use super::step::Step;
use super::types::*;

/// What came out, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Data {
        kind: u32,
        octets: Vec<u8>,
    },
    Pong(Vec<u8>),
    Close {
        status: u16,
        reason: Option<Vec<u8>>,
    },
    /// The automatic answer to a ping.
    Answer(Vec<u8>),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All octets were fed.
    Dry,
    /// A close frame was indicated.
    Closed,
    /// GetAction failed after so many octets; the last read began at `read_from`. `status`: the
    /// close code for it.
    Failed { hr: Hresult, status: u16, fed: usize, read_from: usize },
}

/// How the loop is driven.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    pub queue: u32,
    pub slots: usize,
    /// Receives that are kept queued.
    pub depth: usize,
    /// Octets of the caller's own receive buffers, if it uses such.
    pub target: Option<usize>,
}

impl Driver {
    /// One receive at a time into the library's memory, as most programs do it.
    pub const USUAL: Driver = Driver { queue: RECEIVE_QUEUE, slots: 1, depth: 1, target: None };
}

/// A receive that is queued.
struct Queued {
    app: usize,
    target: Option<Box<[u8]>>,
}

pub struct Feed<'h> {
    handle: &'h Handle,
    driver: Driver,
    queued: VecDeque<Queued>,
    last_app: usize,
    seen: Vec<Seen>,
}

impl<'h> Feed<'h> {
    /// Feeds the octets. `cut`: where the read that begins at an offset ends at the latest.
    pub fn run(
        handle: &'h Handle,
        driver: Driver,
        wire: &[u8],
        cut: impl FnMut(usize) -> usize,
    ) -> (Vec<Seen>, End) {
        let (queued, seen) = (VecDeque::new(), Vec::new());
        let mut feed = Feed { handle, driver, queued, last_app: 0, seen };
        let end = feed.drive(wire, cut);
        feed.finish(&end);
        (feed.seen, end)
    }

    fn drive(&mut self, wire: &[u8], mut cut: impl FnMut(usize) -> usize) -> End {
        let (mut fed, mut read_from) = (0, 0);
        self.queue();
        loop {
            let step = self.handle.action(self.driver.queue, self.driver.slots);
            if step.hr != S_OK {
                let status = self.handle.close_status();
                return End::Failed { hr: step.hr, status, fed, read_from };
            }
            match step.action {
                RECEIVE_FROM_NETWORK if fed == wire.len() => {
                    self.end_of_stream(&step);
                    return End::Dry;
                }
                RECEIVE_FROM_NETWORK => {
                    assert_eq!(step.app, self.queued[0].app);
                    let end = cut(fed).clamp(fed + 1, wire.len()).min(fed + step.len());
                    step.fill(&wire[fed..end]);
                    self.handle.complete(step.id, end - fed);
                    (read_from, fed) = (fed, end);
                }
                SEND_TO_NETWORK => self.answer(&step),
                RECEIVE_COMPLETE => {
                    if self.indicated(&step) {
                        return End::Closed;
                    }
                    self.queue();
                }
                _ => panic!("a receive is stalled: {step:?} after {fed} octets"),
            }
        }
    }

    /// Keeps the promised number of receives queued.
    fn queue(&mut self) {
        while self.queued.len() < self.driver.depth {
            self.last_app += 1;
            let app = self.last_app;
            let mut target = self.driver.target.map(|len| vec![0xEE; len].into_boxed_slice());
            let buffer = target.as_mut().map(|target| Buffer {
                start: target.as_mut_ptr(),
                len: target.len() as u32,
                status: 0,
            });
            assert_eq!(self.handle.receive(buffer, app), S_OK);
            self.queued.push_back(Queued { app, target });
        }
    }

    fn answer(&mut self, step: &Step) {
        assert_eq!((step.kind, step.count, step.app), (PING_PONG, 1, 0), "{step:?}");
        assert!(self.handle.is_inside(&step.buffers[0]), "outside: {step:?}");
        let wire = step.octets();
        let (frame, rest) = Frame::decode(&wire).expect("a pong in one piece");
        assert!(rest.is_empty() && frame.fin && frame.rsv == 0 && frame.opcode == PONG);
        assert_eq!(frame.key.is_some(), self.handle.options().role == Role::Client);
        self.seen.push(Seen::Answer(frame.payload));
        self.handle.complete(step.id, step.len());
    }

    /// Notes what is indicated; whether it is a close.
    fn indicated(&mut self, step: &Step) -> bool {
        let queued = self.queued.pop_front().expect("an indication without a receive");
        assert_eq!((step.app, step.count), (queued.app, 1), "{step:?}");
        self.check_place(step, &queued);
        let octets = step.octets();
        let buffer = &step.buffers[0];
        let closed = step.kind == CLOSE;
        self.seen.push(match step.kind {
            CLOSE => {
                let reason = (!buffer.start.is_null()).then_some(octets);
                Seen::Close { status: buffer.status, reason }
            }
            PING_PONG => Seen::Pong(octets),
            kind => {
                assert!(!buffer.start.is_null(), "{step:?}");
                Seen::Data { kind, octets }
            }
        });
        step.overwrite();
        self.handle.complete(step.id, 0);
        closed
    }

    /// Into the caller's own buffer if it gave one that is large enough, else the library's memory.
    fn check_place(&self, step: &Step, queued: &Queued) {
        let buffer = &step.buffers[0];
        let Some(target) = &queued.target else {
            let empty_close = step.kind == CLOSE && buffer.start.is_null();
            assert!(empty_close || self.handle.is_inside(buffer), "outside: {step:?}");
            return;
        };
        let may_be_elsewhere = step.kind == CLOSE || step.kind == PING_PONG;
        if !may_be_elsewhere || (step.kind == PING_PONG && step.len() <= target.len()) {
            assert_eq!(buffer.start.cast_const(), target.as_ptr(), "not in the caller's buffer");
            assert!(step.len() <= target.len());
        }
    }

    /// The stream ended: the read is completed with 0, and the receive comes back empty.
    fn end_of_stream(&mut self, read: &Step) {
        self.handle.complete(read.id, 0);
        let step = self.handle.action(self.driver.queue, self.driver.slots);
        let app = self.queued.pop_front().unwrap().app;
        let expect = (S_OK, RECEIVE_COMPLETE, 0, app);
        assert_eq!((step.hr, step.action, step.count, step.app), expect, "{step:?}");
        self.handle.complete(step.id, 0);
    }

    /// A fault is repeated, no receive is taken any more, and after an abort, or behind a close,
    /// every receive comes back.
    fn finish(&mut self, end: &End) {
        if let End::Failed { hr, .. } = *end {
            assert_eq!(self.handle.action(RECEIVE_QUEUE, 1).hr, hr, "a fault that goes away");
        }
        if *end != End::Dry {
            assert_eq!(self.handle.receive(None, 77), OPERATION);
        }
        if *end != End::Closed {
            self.handle.abort();
        }
        while let Some(queued) = self.queued.pop_front() {
            let step = self.handle.action(RECEIVE_QUEUE, 1);
            let expect = (S_OK, RECEIVE_COMPLETE, 0, queued.app);
            assert_eq!((step.hr, step.action, step.count, step.app), expect, "{step:?}");
            self.handle.complete(step.id, 0);
        }
        let step = self.handle.action(ALL_QUEUE, 1);
        assert_eq!((step.hr, step.action), (S_OK, NO_ACTION), "something is left: {step:?}");
    }
}
