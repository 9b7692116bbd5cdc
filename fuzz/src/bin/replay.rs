//! Runs every target once with each input that is checked in: the corpus, and what was found and mended.
//! Needs no fuzzer and no particular toolchain.
//! Usage: replay [FILE...]: with files, the targets of those; a file's folder has the target's name

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use websocket_fuzz::TARGETS;

fn main() -> ExitCode {
    websocket_fuzz::load();
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let files = if files.is_empty() { checked_in() } else { files };
    let mut failed = 0;
    for (target, run) in TARGETS {
        let of_target: Vec<&PathBuf> = files.iter().filter(|file| is_for(file, target)).collect();
        for file in &of_target {
            let input = fs::read(file).expect("an input that can be read");
            if panic::catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
                eprintln!("{target} fails with {}", file.display());
                failed += 1;
            }
        }
        println!("{target}: {} inputs", of_target.len());
    }
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn is_for(file: &Path, target: &str) -> bool {
    file.parent().is_some_and(|folder| folder.ends_with(target))
}

/// Every target has a corpus; few have had findings.
fn checked_in() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for (target, _) in TARGETS {
        let corpus = inputs(&root.join("corpus").join(target));
        assert!(!corpus.is_empty(), "{target} has no corpus");
        files.extend(corpus);
        files.extend(inputs(&root.join("regressions").join(target)));
    }
    files
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}
