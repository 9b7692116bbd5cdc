//! Every order in which a few threads can come, up to a number of interruptions, and every value that a
//! processor may show them (loom): the lock of a handle by itself, and the two tracks behind it.
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
#[path = "../../../../src/ffi/lock.rs"]
mod lock;
#[path = "../../../../src/random.rs"]
mod random;
#[path = "../../../../src/session/mod.rs"]
mod session;

#[path = "../handle.rs"]
mod handle;
mod of_lock;
mod of_tracks;
mod sync;

use std::time::Instant;

fn main() {
    // What panics on purpose is not to be read.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&"on purpose") {
            usual(info);
        }
    }));
    let models: [(&str, usize, fn()); 12] = [
        ("two threads, twice each, one at a time", 8, of_lock::two_threads_twice),
        ("three threads, one at a time", 4, of_lock::three_threads),
        ("deleted where one thread's call ends", 8, of_lock::deleted_behind_one),
        ("deleted where two threads' calls end", 4, of_lock::deleted_behind_two),
        ("a panic while another thread waits", 8, of_lock::a_panic),
        ("two halves beside one thread", 8, of_lock::halves_beside_one),
        ("two halves beside two threads", 4, of_lock::halves_beside_two),
        ("two halves of two threads beside one", 4, of_lock::two_in_halves),
        ("deleted where two halves end", 8, of_lock::deleted_behind_halves),
        ("a panic in the first half", 8, of_lock::a_panic_in_the_first_half),
        ("a panic in the second half", 8, of_lock::a_panic_in_the_second_half),
        ("a send, a receive and an abort", 4, of_tracks::send_receive_abort),
    ];
    let wanted = std::env::args().nth(1);
    for (name, interruptions, model) in models {
        if wanted.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
            continue;
        }
        let begin = Instant::now();
        let runs = try_all(interruptions, model);
        println!("{name}: {runs} orders, {:.0} s", begin.elapsed().as_secs_f32());
    }
}

fn try_all(interruptions: usize, model: fn()) -> usize {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.max_branches = 10_000;
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    runs.load(Ordering::Relaxed)
}
