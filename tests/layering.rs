//! The rules of the house, read off the sources: calls go one way, `unsafe` stays on its islands,
//! and nothing below the border does I/O, reads a clock, spawns a thread or keeps a global.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path below `src/` and its lines without comments and without tests.
struct Source {
    path: String,
    lines: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, "rs", &mut files);
    files.sort();
    assert!(files.len() > 20, "the sources were not found");
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            (path, fs::read_to_string(file).unwrap())
        })
        .collect();
    let tests: Vec<String> =
        texts.iter().flat_map(|(path, text)| modules_of_tests(path, text)).collect();
    let is_test = |path: &str| {
        let module = path.trim_end_matches(".rs");
        tests.iter().any(|test| module == test || module.starts_with(&format!("{test}/")))
    };
    texts
        .iter()
        .map(|(path, text)| Source {
            lines: if is_test(path) { Vec::new() } else { code_lines(text) },
            path: path.clone(),
        })
        .collect()
}

/// The modules that a file names for tests alone, as paths below `src/` without an ending.
fn modules_of_tests(path: &str, text: &str) -> Vec<String> {
    let module = path.trim_end_matches(".rs");
    let folder = module.strip_suffix("mod").or(module.strip_suffix("lib"));
    let folder = folder.map_or(format!("{module}/"), str::to_owned);
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| {
            pair[1].trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')
        })
        .map(|name| format!("{folder}{name}"))
        .collect()
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // What Python and Node install is not ours.
            if !path.ends_with(".venv") && !path.ends_with("node_modules") {
                collect(&path, ending, files);
            }
        } else if path.extension().is_some_and(|extension| extension == ending) {
            files.push(path);
        }
    }
}

fn code_lines(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    // A module with a body; what is only named is a file of its own.
    let are_tests = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{');
    let end = lines.windows(2).position(are_tests).unwrap_or(lines.len());
    lines[..end]
        .iter()
        .enumerate()
        .map(|(i, line)| (i + 1, line.split("//").next().unwrap_or_default().to_owned()))
        .collect()
}

/// Fails with every line of the named files that has one of the words.
fn forbid(what: &str, applies: impl Fn(&str) -> bool, words: &[&str]) {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| applies(&source.path)) {
        for (number, line) in &source.lines {
            if words.iter().any(|word| has_word(line, word)) {
                found.push(format!("src/{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

fn has_word(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_name) && !line[at + word.len()..].starts_with(is_name)
    })
}

#[test]
fn calls_go_one_way() {
    let below = |folders: &'static [&'static str]| {
        move |path: &str| folders.iter().any(|folder| path.starts_with(folder))
    };
    let below_ffi = below(&["codec/", "handshake/", "session/", "error.rs", "fallible.rs"]);
    forbid("only the border knows C", below_ffi, &["crate::ffi", "c_void", "c_char", "HRESULT"]);
    let leaves = below(&["codec/", "handshake/"]);
    forbid("codec and handshake know no session", leaves, &["crate::session"]);
    forbid("codec knows no handshake", below(&["codec/"]), &["crate::handshake"]);
    forbid("handshake knows no codec", below(&["handshake/"]), &["crate::codec"]);
    let hidden = ["crate::{", "std::{", "core::{", "super::super"];
    forbid("paths that hide where they lead", |_| true, &hidden);
    let tools = below(&["fallible.rs", "random.rs"]);
    let upward = ["crate::session", "crate::handshake", "crate::codec", "crate::ffi"];
    forbid("tools know nobody", tools, &upward);
}

#[test]
fn unsafe_stays_on_its_islands() {
    let islands =
        ["ffi/", "session/memory.rs", "codec/deflate/stream.rs", "codec/kernels/", "random.rs"];
    let elsewhere = |path: &str| !islands.iter().any(|island| path.starts_with(island));
    forbid("unsafe outside its islands", elsewhere, &["unsafe"]);
}

#[test]
fn the_compiler_refuses_unsafe_but_where_it_is_allowed() {
    let mut allowed = Vec::new();
    for source in sources() {
        let mut lines = source.lines.iter();
        while let Some((_, line)) = lines.next() {
            if has_word(line, "unsafe_code") && line.contains("allow") {
                assert_eq!(line, "#[allow(unsafe_code)]", "src/{}", source.path);
                let (_, module) = lines.next().unwrap();
                allowed.push(format!("{}: {module}", source.path));
            }
        }
    }
    let islands = [
        "codec/deflate/mod.rs: mod stream;",
        "codec/mod.rs: mod kernels;",
        "lib.rs: pub mod ffi;",
        "lib.rs: mod random;",
        "session/mod.rs: mod memory;",
    ];
    assert_eq!(allowed, islands);
    let library = sources().into_iter().find(|source| source.path == "lib.rs").unwrap();
    assert!(library.lines.iter().any(|(_, line)| line == "#![deny(unsafe_code)]"));
}

#[test]
fn nothing_does_io_or_keeps_globals() {
    let io = [
        "std::fs",
        "std::net",
        "std::io",
        "std::process",
        "std::thread",
        "std::time",
        "std::env",
        "println!",
        "eprintln!",
        "dbg!",
        "Instant",
        "SystemTime",
    ];
    forbid("I/O, clocks and threads", |_| true, &io);
    let globals = ["static", "thread_local!", "OnceLock", "LazyLock", "OnceCell"];
    // What has to lie in a section of the linker's is a static, but no state.
    let at_load = ["ffi/stay.rs", "ffi/lease/barrier.rs"];
    let keeps_none = |path: &str| path != "random.rs" && !at_load.contains(&path);
    let lines_with_static: Vec<_> = sources()
        .iter()
        .filter(|source| keeps_none(&source.path))
        .flat_map(|source| {
            let path = source.path.clone();
            source.lines.iter().map(move |(number, line)| (path.clone(), *number, line.clone()))
        })
        .filter(|(_, _, line)| {
            // A lifetime is no global.
            let line = line.replace("'static", "");
            globals.iter().any(|word| has_word(&line, word))
        })
        .map(|(path, number, line)| format!("src/{path}:{number}: {}", line.trim()))
        .collect();
    assert!(lines_with_static.is_empty(), "globals:\n{}", lines_with_static.join("\n"));
}

#[test]
fn allocations_go_through_the_fallible_helper() {
    let elsewhere = |path: &str| path != "fallible.rs" && path != "session/memory.rs";
    let infallible = [
        "Box::new",
        "vec!",
        "format!",
        "to_vec",
        "to_owned",
        "to_string",
        "String::new",
        "collect",
        "Rc::new",
        "Arc::new",
        "with_capacity",
        "HashMap",
        "BTreeMap",
        "into_boxed_slice",
        "try_reserve",
        "try_reserve_exact",
        "reserve_exact",
        "resize",
    ];
    forbid("allocations that cannot fail", elsewhere, &infallible);
    // These files fill what they have reserved by the helper.
    let reserved = ["handshake/block.rs", "handshake/http.rs", "session/keys.rs"];
    let grows = ["extend_from_slice", "resize_with", "push_str", "VecDeque::from", "String::from"];
    forbid("growth", |path| elsewhere(path) && !reserved.contains(&path), &grows);
}

#[test]
fn files_stay_small() {
    let mut files = Vec::new();
    for (folder, ending) in
        [("src", "rs"), ("tests", "rs"), ("tests", "py"), ("tests-c", "c"), ("examples", "c")]
    {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut files);
    }
    assert!(files.len() > 120, "the files were not found");
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 450, "{} has {lines} lines", file.display());
    }
}
