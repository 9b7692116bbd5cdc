//! `docs/unsafe.md` has every `unsafe` of the library with its argument, as the sources give it.
//! Make it anew with `UPDATE_UNSAFE=1 cargo test --test unsafe_table`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

const INTRODUCTION: &str = "\
# Unsafe code

Every `unsafe` block and `unsafe impl` of the library, with the argument that stands above it; made of the sources by
`UPDATE_UNSAFE=1 cargo test --test unsafe_table`, which without the variable fails where this page says something else.
An `unsafe fn` says in its documentation what its callers have to see to. What the arguments of `session/memory.rs` have in
common stands at its top.

The compiler refuses `unsafe` outside these files (`unsafe_code` in `src/lib.rs`), and a block without an argument
(`clippy::undocumented_unsafe_blocks`).
";

#[test]
fn the_table_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let mut document = INTRODUCTION.to_owned();
    let mut total = 0;
    for file in files {
        let rows = rows(&fs::read_to_string(&file).unwrap().replace("\r\n", "\n"), &file);
        total += rows.len();
        if !rows.is_empty() {
            let name = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            write!(document, "\n## `{name}`\n\n| where | why it is sound |\n|---|---|\n").unwrap();
            document.extend(rows);
        }
    }
    assert!(total > 50, "the blocks were not found");
    writeln!(document, "\n{total} in all.").unwrap();
    compare(&root.join("docs/unsafe.md"), &document);
}

fn compare(path: &Path, document: &str) {
    if env::var_os("UPDATE_UNSAFE").is_some() {
        fs::write(path, document).unwrap();
    }
    let checked_in = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let differs = document.lines().zip(checked_in.lines()).find(|(new, old)| new != old);
    assert!(
        checked_in == document,
        "docs/unsafe.md is stale: run `UPDATE_UNSAFE=1 cargo test --test unsafe_table`; {differs:?}"
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A row for each `unsafe` of the file that is none of its tests.
fn rows(text: &str, file: &Path) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut rows = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let tests_begin = lines.get(i + 1).is_some_and(|next| next.ends_with('{'));
        if *line == "#[cfg(test)]" && tests_begin {
            break;
        }
        let code = line.split("//").next().unwrap();
        for _ in code.matches("unsafe {").chain(code.matches("unsafe impl")) {
            let argument = argument(&lines[..i]);
            let argument =
                argument.unwrap_or_else(|| panic!("{}:{}: no reason", file.display(), i + 1));
            rows.push(format!("| {} | {argument} |\n", place(&lines[..=i])));
        }
    }
    rows
}

/// The comment that begins with SAFETY, the last of these lines to have one.
fn argument(lines: &[&str]) -> Option<String> {
    let comment = |line: &&str| line.trim().strip_prefix("// ").map(str::to_owned);
    let begin = lines.iter().rposition(|line| line.contains("// SAFETY: "))?;
    // It is of the same function.
    if lines[begin..].iter().any(|line| line.contains("fn ") && line.ends_with('{')) {
        return None;
    }
    let words: Vec<String> = lines[begin..].iter().map_while(comment).collect();
    Some(words.join(" ").strip_prefix("SAFETY: ")?.replace('|', "\\|"))
}

/// The function that the last of these lines is in, or the trait that it implements.
fn place(lines: &[&str]) -> String {
    let line = lines.last().unwrap().trim();
    if let Some((_, implements)) = line.split_once("unsafe impl") {
        return format!("`impl{}`", implements.trim_end_matches('{').trim_end_matches(" {}"));
    }
    let name = |line: &&str| {
        let (_, behind) = line.split("//").next().unwrap().split_once("fn ")?;
        Some(behind.split(['(', '<']).next().unwrap().to_owned())
    };
    let function = lines.iter().rev().find_map(name);
    format!("`{}`", function.unwrap_or_else(|| panic!("outside a function: {line}")))
}
