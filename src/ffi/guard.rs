//! No panic crosses the border.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::hresult::{E_UNEXPECTED, from_result};
use super::types::HRESULT;
use crate::error::Result;

/// Runs the body of an entry. A panic becomes E_UNEXPECTED; the lock of the session that it
/// happened in stays poisoned, and whoever takes it next aborts the session.
pub fn guard(body: impl FnOnce() -> Result<()>) -> HRESULT {
    catch_unwind(AssertUnwindSafe(body)).map_or(E_UNEXPECTED, from_result)
}
