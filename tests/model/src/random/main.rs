//! Random orders of threads, and orders with few changes at random places (shuttle), for programs that
//! are too long to try every order of: the two tracks of a handle at work, until an abort.
//! `sync` is what the library's sources, which are those of `src/`, get to wait by.

#![allow(dead_code)]

#[path = "../../../../src/codec/mod.rs"]
mod codec;
#[path = "../../../../src/error.rs"]
mod error;
#[path = "../../../../src/fallible.rs"]
mod fallible;
#[path = "../../../../src/ffi/mod.rs"]
mod ffi;
#[path = "../../../../src/handshake/mod.rs"]
mod handshake;
#[path = "../../../../src/random.rs"]
mod random;
#[path = "../../../../src/session/mod.rs"]
mod session;

#[path = "../handle.rs"]
mod handle;
mod sync;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use shuttle::rand::Rng;
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

use ffi::types::{WEB_SOCKET_ACTION_QUEUE, buffer_type, queue};
use handle::Handle;

/// What became of the operations. Not shuttle's: it is of no interest when it is written to.
#[derive(Default)]
struct Ledger(std::sync::Mutex<(usize, Vec<usize>, Vec<usize>)>);

impl Ledger {
    /// Asks for an operation with a context of its own.
    fn queue(&self, ask: impl FnOnce(usize) -> bool) {
        let context = {
            let mut ledger = self.0.lock().unwrap();
            ledger.0 += 1;
            ledger.0
        };
        if ask(context) {
            self.0.lock().unwrap().1.push(context);
        }
    }

    fn over(&self, context: usize) {
        self.0.lock().unwrap().2.push(context);
    }

    /// Whether each that was taken has come back once, and no other.
    fn check(&self) {
        let mut ledger = self.0.lock().unwrap();
        ledger.1.sort_unstable();
        ledger.2.sort_unstable();
        assert_eq!(ledger.1, ledger.2);
    }
}

const OPERATIONS: usize = 4;
/// How often the aborter lets others go first, at most.
const TURNS: usize = 60;
/// A ping and a text, masked with zeros.
const FRAMES: [u8; 15] = [0x89, 0x81, 0, 0, 0, 0, b'p', 0x81, 0x82, 0, 0, 0, 0, b'h', b'i'];

/// How often a thread met something to do: a run in which nobody does shows nothing.
static WORKED: AtomicUsize = AtomicUsize::new(0);

fn serve(handle: Handle, ledger: &Ledger, queue: WEB_SOCKET_ACTION_QUEUE, turns: usize) {
    for _ in 0..turns {
        if let Some(step) = handle.ask(queue) {
            WORKED.fetch_add(1, Ordering::Relaxed);
            if let Some(context) = handle.perform(&step, &FRAMES) {
                ledger.over(context);
            }
        }
    }
}

fn sender(handle: Handle, ledger: &Ledger) {
    for _ in 0..OPERATIONS {
        ledger.queue(|context| handle.send(buffer_type::UTF8_MESSAGE, context));
        serve(handle, ledger, queue::SEND, 2);
    }
}

fn receiver(handle: Handle, ledger: &Ledger) {
    for _ in 0..OPERATIONS {
        ledger.queue(|context| handle.receive(context));
        serve(handle, ledger, queue::RECEIVE, 3);
    }
}

fn keep_alive(handle: Handle, ledger: &Ledger) {
    for _ in 0..OPERATIONS / 2 {
        ledger.queue(|context| handle.send(buffer_type::PING_PONG, context));
        ledger.queue(|context| handle.send(buffer_type::UNSOLICITED_PONG, context));
        serve(handle, ledger, queue::ALL, 2);
    }
}

/// Sender, receiver, keep-alive and aborter on one handle, which a fifth thread drains and deletes.
fn four_threads() {
    let (handle, ledger) = (Handle::open(), Arc::new(Ledger::default()));
    let run = |work: fn(Handle, &Ledger)| {
        let ledger = Arc::clone(&ledger);
        thread::spawn(move || work(handle, &ledger))
    };
    let mut threads = vec![run(sender), run(receiver), run(keep_alive)];
    threads.push(run(|handle, _| {
        // Not at once, so that there is something to abort.
        (0..shuttle::rand::thread_rng().gen_range(0..TURNS)).for_each(|_| thread::yield_now());
        handle.abort();
    }));
    let threads = Mutex::new(threads);
    let reaper = {
        let ledger = Arc::clone(&ledger);
        thread::spawn(move || {
            threads.into_inner().unwrap().into_iter().for_each(|thread| thread.join().unwrap());
            handle.drain().into_iter().for_each(|context| ledger.over(context));
            ledger.check();
            handle.delete();
        })
    };
    reaper.join().unwrap();
}

fn main() {
    let count = std::env::args().nth(1).map_or(20_000, |count| count.parse().unwrap());
    let begin = Instant::now();
    shuttle::check_random(four_threads, count);
    shuttle::check_pct(four_threads, count, 3);
    let worked = WORKED.load(Ordering::Relaxed);
    println!("{} orders, {worked} actions, {:.0} s", 2 * count, begin.elapsed().as_secs_f32());
    assert!(worked > 4 * count, "the threads met nothing to do");
}
