//! The C border: Microsoft's names and types, and the only place that knows them.
//!
//! # Safety
//!
//! Every function asks the same of its caller, which is what C asks of any: each pointer is
//! NULL or valid for what the function reads or writes through it, a count says how many
//! elements stand behind its pointer, strings end with a NUL where no length goes with them,
//! and a handle was made by a Create function and not yet deleted. Wrong values, wrong orders of
//! calls, calls from several threads and NULL are answered with an error code. What a send or
//! receive operation points to stays valid, and what is sent stays as it is, until the operation is
//! indicated complete.

// The types are public for `exports`, whose functions nobody calls from Rust.
#![allow(missing_docs)]
// What callers have to keep to is the same everywhere, and is said above.
#![allow(clippy::missing_safety_doc)]

mod actions;
mod args;
mod convert;
pub mod exports;
mod guard;
mod handle;
mod hresult;
mod keepalive;
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64", target_pointer_width = "64", not(miri))),
    path = "lease/absent.rs"
)]
pub(crate) mod lease;
mod lock;
#[cfg(test)]
mod memory_cases;
#[cfg(test)]
mod null_cases;
mod operations;
mod outputs;
#[cfg(test)]
mod panic_cases;
#[cfg(test)]
mod panic_elsewhere;
#[cfg(windows)]
mod stay;
pub mod types;
pub mod wspc;
