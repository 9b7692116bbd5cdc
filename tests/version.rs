//! The version is said once in `Cargo.toml`; `include/wspc_types.h` and `CMakeLists.txt` repeat it
//! where neither Rust nor cargo is at hand.

use std::path::Path;
use std::{env, fs};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What `#define name` defines.
fn defined(header: &str, name: &str) -> String {
    let start = format!("#define {name} ");
    let line = header.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {name}")).trim().to_owned()
}

#[test]
fn the_header_has_the_version_of_the_package() {
    let header = read("include/wspc_types.h");
    let parts =
        ["MAJOR", "MINOR", "PATCH"].map(|part| defined(&header, &format!("WSPC_VERSION_{part}")));
    assert_eq!(parts.join("."), VERSION);
    assert_eq!(defined(&header, "WSPC_VERSION_STRING"), format!("\"{VERSION}\""));
}

#[test]
fn the_parts_fit_the_number() {
    let mut parts = VERSION.split('.').map(|part| part.parse::<u32>().unwrap());
    assert!(parts.next().unwrap() < 1 << 16);
    assert!(parts.all(|part| part < 1 << 8));
}

#[test]
fn cmake_has_the_version_of_the_package() {
    let project = read("CMakeLists.txt");
    let wanted = format!("project(websocket VERSION {VERSION} ");
    assert!(project.contains(&wanted), "no `{wanted}` in CMakeLists.txt");
}
