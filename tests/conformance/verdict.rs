//! Collecting what failed: every row is run, each failure is named, and one panic ends it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::support::api::api;

#[derive(Default)]
pub struct Verdicts {
    what: String,
    run: BTreeMap<String, usize>,
    failures: Vec<String>,
}

impl Verdicts {
    pub fn new(what: &str) -> Verdicts {
        // A library that cannot be loaded is not the fault of any row.
        api();
        Verdicts { what: what.to_owned(), ..Verdicts::default() }
    }

    /// Runs one row. It fails by an error or by a failed assertion.
    pub fn row(&mut self, id: &str, level: &str, body: impl FnOnce() -> Result<(), String>) {
        *self.run.entry(level.to_owned()).or_default() += 1;
        let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            Err(text.unwrap_or_else(|| "a panic".to_owned()))
        });
        if let Err(reason) = result {
            self.failures.push(format!("row {id} failed: {reason}"));
        }
    }

    /// Prints the summary. Every row must have been run, and none may have failed.
    pub fn finish(self, rows: usize) {
        let run: usize = self.run.values().sum();
        // Not by `println!`, which shows nothing of a test that passed.
        let (mut out, what, failed) = (io::stdout().lock(), &self.what, self.failures.len());
        writeln!(out, "{what}: {run} rows run {:?}, {failed} failed", self.run).unwrap();
        for failure in &self.failures {
            writeln!(out, "{what}: {failure}").unwrap();
        }
        drop(out);
        assert_eq!(run, rows, "rows were left out");
        assert!(self.failures.is_empty(), "{} rows failed", self.failures.len());
    }
}
