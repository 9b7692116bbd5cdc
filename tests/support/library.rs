//! Where the built library is.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The library that `WEBSOCKET_LIBRARY` names; without it that of this cargo profile, brought up
/// to date first: `cargo test` alone does not build it, because no test can link it as a crate.
pub fn path() -> PathBuf {
    match env::var_os("WEBSOCKET_LIBRARY") {
        Some(path) => path.into(),
        None => build(),
    }
}

fn build() -> PathBuf {
    let mut command = build_command();
    let shown = format!("{command:?}");
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{shown}: {error}; build the library by hand and set WEBSOCKET_LIBRARY to its path")
    });
    assert!(output.status.success(), "the library was not built: run {shown}");
    let messages = String::from_utf8(output.stdout).unwrap();
    let built = messages.lines().filter_map(shared_library).next_back();
    built.unwrap_or_else(|| panic!("no shared library came of {shown}"))
}

/// Cargo with the profile, the target and the features that this program was built with.
fn build_command() -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from(env!("CARGO")));
    let mut command = Command::new(cargo);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["build", "--locked", "--lib", "--message-format=json-render-diagnostics"]);
    let program = env::current_exe().unwrap();
    let folder = program.ancestors().nth(2).unwrap();
    let profile = folder.file_name().unwrap();
    command.arg("--profile").arg(if profile == "debug" { "dev".as_ref() } else { profile });
    let above = folder.parent().unwrap();
    if is_target_folder(above) {
        command.arg("--target-dir").arg(above);
    } else if above.parent().is_some_and(is_target_folder) {
        command.arg("--target-dir").arg(above.parent().unwrap());
        command.arg("--target").arg(above.file_name().unwrap());
    }
    if cfg!(feature = "broken-for-tests") {
        command.args(["--features", "broken-for-tests"]);
    }
    command
}

fn is_target_folder(folder: &Path) -> bool {
    folder.join(".rustc_info.json").exists()
}

/// The shared library that a message of cargo names.
fn shared_library(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    if message["reason"] != "compiler-artifact" || message["target"]["name"] != "websocket" {
        return None;
    }
    let files = message["filenames"].as_array()?;
    let extension = std::env::consts::DLL_EXTENSION;
    let mut paths = files.iter().filter_map(|file| file.as_str()).map(PathBuf::from);
    paths.find(|path| path.extension().is_some_and(|found| found == extension))
}
