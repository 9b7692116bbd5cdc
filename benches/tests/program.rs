//! The program as a whole, where servers and pipes are concerned. As scripts/bench does it,
//! `WEBSOCKET_LIBRARY` names the built library, with the examples beside it.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_websocket-bench");
const SERVERS: [&str; 3] = ["ours", "tokio-tungstenite", "libwebsockets"];

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn the_list_has_it() {
    let output = Command::new(PROGRAM).arg("--list").output().expect("it runs");
    assert!(output.status.success());
    let list = text(&output.stdout);
    assert!(list.lines().any(|line| line.starts_with("workloads: ") && line.contains("tcp-echo")));
    for server in SERVERS {
        assert!(list.contains(server), "{server}");
    }
}

#[test]
fn it_ends_quietly_when_nobody_reads() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(PROGRAM).arg("--list").stdout(writer).output().expect("it runs");
    assert_eq!(output.status.signal(), Some(libc::SIGPIPE));
    assert_eq!(text(&output.stderr), "");
}

/// What a row's other processes say comes together.
#[test]
fn those_who_are_wanted_have_a_figure() {
    let output = Command::new(PROGRAM)
        .args(["receive-octets", "--quick", "--only", "ours,wslay"])
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let line = lines.lines().next().expect("a row");
    let figures = line.strip_prefix("receive-octets 1 KiB, octet by octet (ns): ours ");
    let (ours, wslay) = figures.and_then(|rest| rest.split_once("; wslay ")).expect("two figures");
    for figure in [ours, wslay.trim_end_matches(';')] {
        let number: f64 = figure.replace(',', "").parse().expect("a number");
        assert!(number > 0.0, "{line}");
    }
}

#[test]
fn it_fails_with_a_process_that_measures() {
    let output = Command::new(PROGRAM)
        .args(["receive-octets", "--quick", "--only", "ours"])
        .env("WEBSOCKET_LIBRARY", "/there/is/none.so")
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr);
    assert!(said.contains("receive-octets 1 KiB, octet by octet was not measured"), "{said}");
}

/// With fewer descriptors than it takes, until it raises the limit.
#[test]
fn every_server_has_a_figure_in_every_row() {
    let Output { status, stdout, stderr } = Command::new("sh")
        .args(["-c", "ulimit -Sn 100 && exec \"$0\" tcp-echo --quick", PROGRAM])
        .output()
        .expect("it runs");
    assert!(status.success(), "{}", text(&stderr));
    let lines = text(&stdout);
    for connections in ["1 connection", "64 connections", "1000 connections"] {
        for payload in ["16 B", "1 KiB", "64 KiB"] {
            let begin = format!("tcp-echo {connections}, {payload} (ns): ");
            let mut figures = lines.lines().filter_map(|line| line.strip_prefix(&begin));
            let line = figures.next().unwrap_or_else(|| panic!("{begin}: {lines}"));
            for (server, figure) in SERVERS.iter().zip(line.split_terminator(';')) {
                let figure = figure.trim_start().strip_prefix(server).expect("the server");
                assert!(figure.ends_with("/s)"), "{line}");
            }
            assert_eq!(line.matches(';').count(), SERVERS.len());
        }
    }
}

/// Starts it and waits until all its servers are there.
fn running() -> (Child, BTreeSet<u32>) {
    let child = Command::new(PROGRAM)
        .arg("tcp-echo")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let servers = servers_of(child.id());
    (child, servers)
}

fn servers_of(program: u32) -> BTreeSet<u32> {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(30) {
        let list = std::fs::read_to_string(format!("/proc/{program}/task/{program}/children"));
        let list = list.expect("a list of children");
        let servers: BTreeSet<u32> = list.split_whitespace().flat_map(str::parse).collect();
        if servers.len() == SERVERS.len() && servers.iter().copied().all(has_begun) {
            return servers;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("its servers do not come");
}

/// Whether it is the server's program already, not ours in a new process.
fn has_begun(process: u32) -> bool {
    let name = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    !name(&format!("/proc/{process}/comm")).starts_with("websocket-bench")
}

/// Whether it has not ended; it may be that nobody has asked how.
fn lives(process: u32) -> bool {
    let about = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    about.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

fn all_end(servers: &BTreeSet<u32>) {
    let begin = Instant::now();
    while servers.iter().copied().any(lives) {
        assert!(begin.elapsed() < Duration::from_secs(10), "a server is left");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn servers_end_with_it_however_it_ends() {
    let (mut child, servers) = running();
    assert!(servers.iter().copied().all(lives));
    child.kill().expect("it ends");
    child.wait().expect("it has ended");
    all_end(&servers);
}

#[test]
fn it_fails_with_a_server_and_ends_the_others() {
    let (child, servers) = running();
    let first = *servers.first().expect("a server");
    // SAFETY: it has no pointers, and the server is a child of our child's.
    assert_eq!(unsafe { libc::kill(first as i32, libc::SIGKILL) }, 0);
    let output = child.wait_with_output().expect("it ends");
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(SERVERS.iter().any(|server| said.contains(&format!("{server}: "))), "{said}");
    all_end(&servers);
}
