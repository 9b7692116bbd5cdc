//! The versions of those that are measured beside us, for who reads the results.

use std::ffi::{CStr, c_char};

use crate::echo;
use crate::peers::PEERS;

const LOCK: &str = include_str!("../Cargo.lock");

unsafe extern "C" {
    /// Name and version of each, separated by commas, as the headers say.
    fn bench_native_versions() -> *const c_char;
}

/// "tungstenite 0.30.0, fastwebsockets 0.10.0" and so on.
pub fn peers() -> String {
    let names = PEERS.iter().map(|peer| peer.name).chain(echo::NAMES);
    let locked = names.filter_map(|name| Some(format!("{name} {}", locked(LOCK, name)?)));
    // SAFETY: it returns a string that stays.
    let native = unsafe { CStr::from_ptr(bench_native_versions()) };
    locked.chain([native.to_string_lossy().into_owned()]).collect::<Vec<_>>().join(", ")
}

fn locked<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let (_, package) = lock.split_once(&format!("[[package]]\nname = \"{name}\"\n"))?;
    package.strip_prefix("version = \"")?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_peer_has_a_version() {
        let versions = peers();
        let names = PEERS.iter().map(|peer| peer.name).chain(echo::NAMES);
        for name in names.filter(|name| *name != "ours") {
            let numbers = versions.split(", ").filter_map(|one| one.strip_prefix(name));
            let numbers: Vec<_> = numbers.filter_map(|rest| rest.strip_prefix(' ')).collect();
            let [number] = numbers.as_slice() else { panic!("{name}: {versions}") };
            assert!(number.starts_with(|first: char| first.is_ascii_digit()), "{name} {number}");
        }
    }

    #[test]
    fn a_version_is_that_of_the_name() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\ndependencies = [\n \"c\",\n]\n";
        assert_eq!(locked(lock, "a-b"), Some("1.0.0"));
        assert_eq!(locked(lock, "b"), Some("2.0.0"));
        assert_eq!(locked(lock, "c"), None);
    }
}
