//! Compiles the peers that are not Rust. No flags for a particular processor.

fn main() {
    println!("cargo::rerun-if-changed=native");
    compiler().std("gnu99").file("native/wslay.c").compile("bench_wslay");
    println!("cargo::rustc-link-lib=wslay");
    compiler().cpp(true).std("c++17").file("native/beast.cpp").compile("bench_beast");
}

fn compiler() -> cc::Build {
    let mut build = cc::Build::new();
    build.opt_level(3).define("NDEBUG", None).warnings(true).extra_warnings(true);
    build
}
