//! Properties of the built library, through its C functions.
//!
//! The cases are the same in every run. `PROPTEST_RNG_SEED` (a number) gives others,
//! `PROPTEST_CASES` more of them.

mod arguments;
mod calls;
mod conversation;
mod handshaking;
mod oracle;
mod roundtrip;
mod sending;
mod splits;
mod strategies;
#[path = "../support/mod.rs"]
mod support;
mod tracked;
mod world;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, unless the environment asks for another number.
fn cases(number: u32) -> Config {
    let asked = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { number };
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(6455),
        fixed => fixed,
    };
    Config { cases, rng_seed, failure_persistence: None, ..asked }
}
