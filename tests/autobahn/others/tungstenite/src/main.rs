//! tungstenite for Autobahn|Testsuite: an echo server and a client that runs the cases. Blocking
//! calls, a thread for each connection.
//!
//! Settings: the library's own; messages of up to 64 MiB. It has no permessage-deflate.
//!
//! Usage: tungstenite-testee server | tungstenite-testee client URL

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

use tungstenite::{Message, WebSocket, accept, connect};

const AGENT: &str = "tungstenite";

/// Until the connection has ended, in whatever way: that is for the suite to judge.
fn echo<S: Read + Write>(socket: &mut WebSocket<S>) {
    while let Ok(message) = socket.read() {
        // The library itself answers the other kinds.
        if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
            return;
        }
    }
}

fn serve_one(stream: TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        eprintln!("no TCP_NODELAY: {error}");
    }
    match accept(stream) {
        Ok(mut socket) => echo(&mut socket),
        Err(error) => eprintln!("accept: {error}"),
    }
}

fn serve() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("listening on ws://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(|| serve_one(stream));
    }
    Ok(())
}

fn run_cases(url: &str) -> Result<(), Box<dyn Error>> {
    let (mut socket, _) = connect(format!("{url}/getCaseCount"))?;
    let Message::Text(count) = socket.read()? else {
        return Err("the server does not say how many cases it has".into());
    };
    echo(&mut socket);
    for number in 1..=count.parse::<u32>()? {
        let (mut socket, _) = connect(format!("{url}/runCase?case={number}&agent={AGENT}"))?;
        echo(&mut socket);
    }
    let (mut socket, _) = connect(format!("{url}/updateReports?agent={AGENT}"))?;
    echo(&mut socket);
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["server"] => serve(),
        ["client", url] => run_cases(url),
        _ => {
            eprintln!("usage: tungstenite-testee server | tungstenite-testee client URL");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tungstenite: {error}");
            ExitCode::FAILURE
        }
    }
}
