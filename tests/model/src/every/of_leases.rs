//! The lease of a lock: the thread that begins has it, unless others are said to get it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::of_lock::{
    Handle, adder, deleted_at, deleted_behind_work_of, halver, mend, one_halver, over,
};

/// So many calls without a lease, and this thread has it.
const CALLS: usize = 2;

fn leased() -> Arc<Handle> {
    let handle = Handle::new();
    (0..CALLS).for_each(|_| handle.add());
    assert!(handle.lock().is_leased());
    handle
}

pub fn ended() {
    let handle = leased();
    let other = adder(&handle, 1);
    (0..2).for_each(|_| handle.add());
    over(&handle, vec![other], 2 * (CALLS + 3));
}

pub fn ended_by_two() {
    let handle = leased();
    let others = vec![adder(&handle, 1), adder(&handle, 1)];
    handle.add();
    over(&handle, others, 2 * (CALLS + 3));
}

/// The second one begins while another thread may still be about to end the first.
pub fn given_again() {
    let handle = leased();
    let other = adder(&handle, 2);
    (0..4).for_each(|_| handle.add());
    over(&handle, vec![other], 2 * (CALLS + 6));
}

/// The other one comes often enough for a lease of its own. There is none, because this thread may have read that the
/// lease is its own, and find that there is one.
pub fn given_to_nobody_else() {
    let handle = leased();
    let other = adder(&handle, 6);
    handle.add();
    over(&handle, vec![other], 2 * (CALLS + 7));
}

/// Neither has it to begin with.
pub fn given_to_one() {
    let handle = Handle::new();
    let other = adder(&handle, 3);
    (0..3).for_each(|_| handle.add());
    over(&handle, vec![other], 12);
}

/// One may sleep while this thread is given a lease, and the one that was woken before ends it.
pub fn given_beside_a_sleeper() {
    let handle = Handle::new();
    let others = vec![adder(&handle, 1), adder(&handle, 1)];
    (0..2).for_each(|_| handle.add());
    over(&handle, others, 8);
}

/// Whoever finds that the other one has seen to its work, by the call that gives it a lease, deletes the handle.
pub fn deleted_behind_the_first() {
    deleted_behind(CALLS);
}

/// The one that had the lease deletes the handle behind the one that ended it.
pub fn deleted_behind_the_end() {
    let handle = leased();
    let threads = vec![adder(&handle, 1)];
    deleted_at(2 * (CALLS + 1), &handle, threads);
}

/// By the call behind that which gives it a lease.
pub fn deleted_behind_it() {
    deleted_behind(CALLS + 1);
}

/// The same where nobody asks the lock; the second and third call of the thread give it a lease and go by it.
pub fn deleted_behind_work() {
    deleted_behind_work_of(CALLS + 1, Handle::new());
}

/// The work of a call that ends the lease of the one that deletes.
pub fn deleted_behind_work_of_the_end() {
    deleted_behind_work_of(1, leased());
}

fn deleted_behind(calls: usize) {
    let handle = Handle::new();
    let threads = vec![adder(&handle, calls)];
    deleted_at(2 * calls, &handle, threads);
}

pub fn in_halves() {
    halves(true);
}

pub fn in_attempts() {
    halves(false);
}

fn halves(resumes: bool) {
    let handle = leased();
    let other = halver(&handle, resumes);
    handle.add_in_halves(resumes);
    over(&handle, vec![other], 2 * (CALLS + 2));
}

pub fn in_one_half() {
    let handle = leased();
    let other = one_halver(&handle, 1);
    (0..2).for_each(|_| handle.add_in_one_half());
    over(&handle, vec![other], 2 * (CALLS + 3));
}

/// By the call behind that which gives it a lease, or by that.
pub fn deleted_behind_one_half() {
    let handle = Handle::new();
    let threads = vec![one_halver(&handle, CALLS + 1)];
    deleted_at(2 * (CALLS + 1), &handle, threads);
}

pub fn a_panic() {
    let handle = leased();
    let other = adder(&handle, 1);
    let panics = || handle.lock().with(|_| std::panic::panic_any("on purpose"), mend);
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    over(&handle, vec![other], 2 * (CALLS + 1) + 1);
}
