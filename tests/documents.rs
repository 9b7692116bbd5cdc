//! What the documents promise is there: the code that they quote, the tests that they name, the
//! files that they link to.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const DOCUMENTS: [&str; 10] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/compatibility.md",
    "docs/conformance.md",
    "docs/integrating.md",
    "docs/substituting.md",
    "docs/testing.md",
    "examples/README.md",
];

/// The text between the fences of that language.
fn fenced<'a>(text: &'a str, fence: &str) -> Vec<&'a str> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once(fence) {
        let (block, behind) = behind.split_once("```").expect("a fence that ends");
        blocks.push(block.strip_prefix('\n').unwrap_or(block));
        rest = behind;
    }
    blocks
}

#[test]
fn quoted_code_is_that_of_programs_that_run() {
    let programs = ["examples/loopback.c", "tests-c/documents.c"].map(read);
    for (document, least) in [("README.md", 1), ("docs/integrating.md", 7)] {
        let text = read(document);
        let blocks = fenced(&text, "```c\n");
        assert!(blocks.len() >= least, "{document} has lost code");
        for block in blocks {
            let is_there = programs.iter().any(|program| program.contains(block));
            assert!(is_there, "{document} has code that no program has:\n{block}");
        }
    }
}

#[test]
fn links_lead_to_files() {
    for document in DOCUMENTS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
        let folder = folder.parent().unwrap();
        for part in read(document).split("](").skip(1) {
            let target = part.split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.starts_with("http") {
                assert!(folder.join(target).exists(), "{document} links to {target}");
            }
        }
    }
}

/// The names in the tables of Cargo.toml whose headings end so.
fn dependencies(ending: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_within = false;
    for line in read("Cargo.toml").lines() {
        if let Some(heading) = line.strip_prefix('[') {
            let heading = heading.trim_end_matches(']');
            let heading = heading.rsplit('.').next().unwrap();
            is_within = heading == ending;
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| is_within) {
            names.insert(name.to_owned());
        }
    }
    assert!(names.len() > 3, "{ending} were not found");
    names
}

#[test]
fn every_dependency_stands_with_its_reason() {
    let document = read("docs/architecture.md");
    let (_, table) = document.split_once("\n## Dependencies\n").unwrap();
    let table = table.split("\n## ").next().unwrap();
    for (tests, ending) in [(false, "dependencies"), (true, "dev-dependencies")] {
        let mut named = BTreeSet::new();
        for line in table.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert!(cells.len() == 3 && cells[1].len() > 10, "crate, reason, licence: {line}");
            if cells[0].starts_with("for tests: ") == tests {
                let names = cells[0].split('`').skip(1).step_by(2);
                assert!(names.clone().all(|name| named.insert(name.to_owned())), "twice: {line}");
            }
        }
        assert_eq!(named, dependencies(ending), "{ending}");
    }
}

/// A promise: its key and the files of its tests.
struct Row {
    key: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let document = read("docs/compatibility.md");
    let cells = document.lines().filter(|line| line.starts_with("| *")).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 5, "key, promise, source, how sure, test: {line}");
        let tests = cells[4].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Row { key: cells[0].trim_matches('*').to_owned(), tests }
    });
    cells.collect()
}

#[test]
fn every_promise_is_pinned_by_a_test_that_names_it() {
    let rows = rows();
    assert!(rows.len() > 50, "the table was not found");
    let keys: BTreeSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys.len(), rows.len(), "a key stands twice");
    for row in &rows {
        assert!(!row.tests.is_empty(), "{} has no test", row.key);
        let named = |test: &String| read(test).contains(&format!("*{}*", row.key));
        assert!(row.tests.iter().all(named), "a test of {} does not name it", row.key);
    }
}

#[test]
fn every_row_that_is_referred_to_exists() {
    let rows = rows();
    let mut missing = Vec::new();
    for folder in [
        "src",
        "src/codec",
        "src/ffi",
        "src/handshake",
        "src/session",
        "tests-c",
        "tests",
        "tests/conformance",
        "tests/package",
        "tests/properties",
        "tests/windows",
        "tests/windows/msvc",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| ["rs", "c", "h"].map(Some).contains(&extension.to_str()))
            {
                for key in references(&fs::read_to_string(&path).unwrap()) {
                    if !rows.iter().any(|row| row.key == key) {
                        missing.push(format!("{}: {key}", path.display()));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "not in docs/compatibility.md:\n{}", missing.join("\n"));
}

/// Keys in comments: words between two asterisks, with a hyphen inside.
fn references(text: &str) -> BTreeSet<String> {
    let is_key = |word: &&str| {
        word.contains('-')
            && word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    text.lines()
        .flat_map(|line| line.split('*').skip(1))
        .filter(is_key)
        .map(str::to_owned)
        .collect()
}
