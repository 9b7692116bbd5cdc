//! The headers in `include/` must say what `src/ffi/` says.
//! Make them anew with `UPDATE_HEADERS=1 cargo test --test headers`.

use std::path::Path;
use std::{env, fs};

struct Header {
    source: &'static str,
    file: &'static str,
    types: &'static str,
    guard: &'static str,
    title: &'static str,
    functions: usize,
}

const HEADERS: [Header; 2] = [
    Header {
        source: "exports.rs",
        file: "websocket.h",
        types: "websocket_types.h",
        guard: "WEBSOCKET_H",
        title: "/*\n * The WebSocket Protocol Component API.\n *\n \
                * Every function that returns an HRESULT may also return E_INVALIDARG for a handle that is none\n \
                * or NULL where something is needed, and E_UNEXPECTED for a fault of the library's own.\n */",
        functions: 13,
    },
    Header {
        source: "wspc.rs",
        file: "wspc.h",
        types: "wspc_types.h",
        guard: "WSPC_H",
        title: "/* Companion functions to websocket.h: ours, not Microsoft's. */",
        functions: 4,
    },
];

#[test]
fn headers_are_up_to_date() {
    for header in &HEADERS {
        check(header);
    }
}

fn check(header: &Header) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let generated = generate(root, header);
    let functions = generated.matches(" WINAPI W").count();
    assert_eq!(functions, header.functions, "{}: a function went missing", header.file);
    let path = root.join("include").join(header.file);
    if env::var_os("UPDATE_HEADERS").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let checked_in = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    assert!(
        checked_in == generated,
        "include/{} is stale: run `UPDATE_HEADERS=1 cargo test --test headers`",
        header.file
    );
}

fn generate(root: &Path, header: &Header) -> String {
    // cbindgen passes over every ABI but "C" without failing, so it gets a copy that says "C"; the
    // header spells the real one, WINAPI.
    let source = fs::read_to_string(root.join("src/ffi").join(header.source)).unwrap();
    let source = source
        .replace("extern \"system\"", "extern \"C\"")
        .replace("() -> ULONG", "() -> ULONG_RESULT");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(header.source);
    fs::write(&copy, source).unwrap();
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap();
    config.include_guard = Some(header.guard.to_owned());
    config.header = Some(header.title.to_owned());
    config.includes = vec![header.types.to_owned()];
    let bindings = cbindgen::Builder::new().with_src(&copy).with_config(config).generate().unwrap();
    let mut generated = Vec::new();
    bindings.write(&mut generated);
    // cbindgen closes its C++ parts with line comments, which C90 does not have.
    let text = String::from_utf8(generated).unwrap();
    text.lines()
        .map(|line| match line.split_once("//") {
            Some((code, comment)) => format!("{}/* {} */\n", code, comment.trim()),
            None => format!("{line}\n"),
        })
        .collect()
}
