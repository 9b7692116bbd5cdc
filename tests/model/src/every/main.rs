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
#[path = "../../../../src/ffi/lease/mod.rs"]
mod lease;
#[path = "../../../../src/ffi/lock.rs"]
mod lock;
#[path = "../../../../src/random.rs"]
mod random;
#[path = "../../../../src/session/mod.rs"]
mod session;

#[path = "../handle.rs"]
mod handle;
mod of_leases;
mod of_lock;
mod of_tracks;
mod sync;

use std::sync::atomic::Ordering;
use std::time::Instant;

/// Calls until a lease, where there is to be none.
const NEVER: u32 = u32::MAX;

fn main() {
    // What panics on purpose is not to be read.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&"on purpose") {
            usual(info);
        }
    }));
    let models: [(&str, usize, u32, fn()); 35] = [
        ("two threads, twice each, one at a time", 8, NEVER, of_lock::two_threads_twice),
        ("three threads, one at a time", 4, NEVER, of_lock::three_threads),
        ("deleted where one thread's call ends", 8, NEVER, of_lock::deleted_behind_one),
        ("deleted where two threads' calls end", 4, NEVER, of_lock::deleted_behind_two),
        ("deleted where one thread's work ends", 8, NEVER, of_lock::deleted_behind_work),
        ("a panic while another thread waits", 8, NEVER, of_lock::a_panic),
        ("two halves beside one thread", 8, NEVER, of_lock::halves_beside_one),
        ("two halves beside two threads", 4, NEVER, of_lock::halves_beside_two),
        ("two halves of two threads beside one", 4, NEVER, of_lock::two_in_halves),
        ("two attempts beside one thread", 8, NEVER, of_lock::attempts_beside_one),
        ("two attempts beside two threads", 4, NEVER, of_lock::attempts_beside_two),
        ("one half beside one thread", 8, NEVER, of_lock::one_half_beside_one),
        ("one half beside two threads", 4, NEVER, of_lock::one_half_beside_two),
        ("deleted where two halves end", 8, NEVER, of_lock::deleted_behind_halves),
        ("deleted where two attempts end", 8, NEVER, of_lock::deleted_behind_attempts),
        ("deleted where one half ends", 8, NEVER, of_lock::deleted_behind_one_half),
        ("a panic in the first half", 8, NEVER, of_lock::a_panic_in_the_first_half),
        ("a panic in the second half", 8, NEVER, of_lock::a_panic_in_the_second_half),
        ("a lease that another thread ends", 3, 1, of_leases::ended),
        ("a lease that two threads end", 2, 1, of_leases::ended_by_two),
        ("a lease that is given again", 3, 1, of_leases::given_again),
        ("a lease that nobody else gets", 3, 1, of_leases::given_to_nobody_else),
        ("two threads that may get a lease", 3, 1, of_leases::given_to_one),
        ("a lease where somebody sleeps", 2, 1, of_leases::given_beside_a_sleeper),
        ("deleted where a lease begins", 4, 1, of_leases::deleted_behind_the_first),
        ("deleted where a lease was ended", 3, 1, of_leases::deleted_behind_the_end),
        ("deleted where a call with a lease ends", 3, 1, of_leases::deleted_behind_it),
        ("deleted where work with a lease ends", 6, 1, of_leases::deleted_behind_work),
        (
            "deleted where work that ends a lease ends",
            6,
            1,
            of_leases::deleted_behind_work_of_the_end,
        ),
        ("two halves with a lease", 3, 1, of_leases::in_halves),
        ("two attempts with a lease", 3, 1, of_leases::in_attempts),
        ("one half with a lease", 3, 1, of_leases::in_one_half),
        ("deleted where one half with a lease ends", 3, 1, of_leases::deleted_behind_one_half),
        ("a panic with a lease", 3, 1, of_leases::a_panic),
        ("a send, a receive and an abort", 4, NEVER, of_tracks::send_receive_abort),
    ];
    let wanted = std::env::args().nth(1);
    for (name, interruptions, patience, model) in models {
        if wanted.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
            continue;
        }
        sync::lease::PATIENCE.store(patience, Ordering::Relaxed);
        let begin = Instant::now();
        let runs = try_all(interruptions, model);
        println!("{name}: {runs} orders, {:.0} s", begin.elapsed().as_secs_f32());
    }
}

fn try_all(interruptions: usize, model: fn()) -> usize {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
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
