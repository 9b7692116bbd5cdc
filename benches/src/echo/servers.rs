//! The servers as processes, which end with this one however it ends.

use std::io::{self, BufRead, BufReader, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::processors;
use crate::contest::Side;

pub struct Server {
    pub name: &'static str,
    pub side: Side,
    /// With so large a buffer for what is received.
    pub command: fn(usize) -> Command,
}

pub const SERVERS: [Server; 3] = [
    Server { name: "ours", side: Side::Ours, command: ours },
    Server {
        name: "tokio-tungstenite",
        side: Side::Peer,
        command: |buffer| with_number(sibling("tokio-tungstenite-echo"), buffer),
    },
    Server {
        name: "libwebsockets",
        side: Side::Peer,
        command: |buffer| with_number(env!("LIBWEBSOCKETS_ECHO").into(), buffer),
    },
];

/// The example, built with the library that is measured. No line for each message; no pings, which
/// the others do not send either.
fn ours(buffer: usize) -> Command {
    let library =
        PathBuf::from(std::env::var_os("WEBSOCKET_LIBRARY").expect(
            "WEBSOCKET_LIBRARY is to name the built libwebsocket.so; scripts/bench sets it",
        ));
    let mut command = Command::new(library.with_file_name("examples").join("echo_server"));
    command.args(["--port", "0", "--quiet", "--keep-alive", "0", "--receive-buffer"]);
    command.arg(buffer.to_string());
    command
}

fn with_number(program: PathBuf, number: usize) -> Command {
    let mut command = Command::new(program);
    command.arg(number.to_string());
    command
}

/// What cargo has built beside this program.
fn sibling(name: &str) -> PathBuf {
    std::env::current_exe().expect("a program").with_file_name(name)
}

/// A server that listens. It is ended when this is dropped.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Starts a server, which says as its first line that it is "listening on http://ADDRESS/". It stays
/// on that processor.
pub fn start(mut command: Command, processor: usize) -> io::Result<Running> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    before_it_begins(&mut command, processor);
    let mut child = command.spawn()?;
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut running = Running { child, address: ([0, 0, 0, 0], 0).into() };
    running.address = address(output)?;
    Ok(running)
}

fn before_it_begins(command: &mut Command, processor: usize) {
    let us = std::process::id();
    // SAFETY: between fork and exec it makes system calls, nothing else.
    unsafe {
        command.pre_exec(move || {
            processors::stay_on(processor)?;
            end_with(us)
        })
    };
}

/// Also where nothing is dropped: the system ends this process when its parent has ended.
fn end_with(parent: u32) -> io::Result<()> {
    // SAFETY: it has no pointers.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it only says a number.
    let is_there = unsafe { libc::getppid() } as u32 == parent;
    if is_there { Ok(()) } else { Err(ErrorKind::BrokenPipe.into()) }
}

/// Reads on when it has the address: ours says something about every connection, and would wait if
/// nobody read it.
fn address(mut output: BufReader<ChildStdout>) -> io::Result<SocketAddr> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    let address = parse(&line)
        .ok_or_else(|| io::Error::other(format!("it does not listen; it says {line:?}")))?;
    std::thread::spawn(move || io::copy(&mut output, &mut io::sink()));
    Ok(address)
}

fn parse(line: &str) -> Option<SocketAddr> {
    line.trim_end().strip_prefix("listening on http://")?.strip_suffix('/')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn any_processor() -> usize {
        processors::allowed().expect("a set")[0]
    }

    #[test]
    fn the_first_line_says_where() {
        let address = parse("listening on http://127.0.0.1:9001/\n");
        assert_eq!(address, Some(([127, 0, 0, 1], 9001).into()));
        for line in ["", "listening on http://127.0.0.1/\n", "out of memory\n"] {
            assert_eq!(parse(line), None);
        }
    }

    #[test]
    fn a_server_ends_with_its_owner() {
        let script = "echo listening on http://127.0.0.1:1/; exec sleep 600";
        let running = start(shell(script), any_processor()).expect("it runs");
        assert_eq!(running.address.port(), 1);
        let about = PathBuf::from(format!("/proc/{}", running.child.id()));
        assert!(about.exists());
        drop(running);
        assert!(!about.exists());
    }

    #[test]
    fn what_does_not_listen_is_no_server() {
        let error = start(shell("echo hello; exec sleep 600"), any_processor()).err();
        assert!(error.expect("no server").to_string().contains("hello"));
        assert!(start(shell("exit 1"), any_processor()).is_err());
        assert!(start(Command::new("no-such-program"), any_processor()).is_err());
    }

    #[test]
    fn it_stays_on_its_processor() {
        let processor = *processors::allowed().expect("a set").last().expect("one");
        let script = "grep Cpus_allowed_list /proc/self/status >&2; echo x";
        let mut command = shell(script);
        command.stderr(Stdio::piped());
        before_it_begins(&mut command, processor);
        let output = command.output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(text.split_whitespace().last(), Some(processor.to_string().as_str()));
    }
}
