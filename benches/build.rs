//! Compiles the peers that are not Rust. No flags for a particular processor.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=native");
    compiler().std("gnu99").file("native/wslay.c").compile("bench_wslay");
    println!("cargo::rustc-link-lib=wslay");
    compiler()
        .cpp(true)
        .std("c++17")
        .file("native/beast.cpp")
        .file("native/versions.cpp")
        .compile("bench_beast");
    let server = build_program(Path::new("native/libwebsockets_echo.c"), "-lwebsockets");
    println!("cargo::rustc-env=LIBWEBSOCKETS_ECHO={}", server.display());
}

fn compiler() -> cc::Build {
    let mut build = cc::Build::new();
    build.opt_level(3).define("NDEBUG", None).warnings(true).extra_warnings(true);
    build
}

/// A process of its own, beside what else is built.
fn build_program(source: &Path, library: &str) -> PathBuf {
    let folder = std::env::var_os("OUT_DIR").expect("cargo says where");
    let program = PathBuf::from(folder).join(source.file_stem().expect("a name"));
    let mut command = compiler().std("gnu99").get_compiler().to_command();
    let status = command.arg(source).arg("-o").arg(&program).arg(library).status();
    let built = status.is_ok_and(|status| status.success());
    assert!(
        built,
        "{} was not built; scripts/setup bench installs what it needs",
        source.display()
    );
    program
}
