//! Messages that go to a server and back, over TCP on this machine: beside the library there are the
//! system's calls and a program around it. The servers are processes of one thread each, all of them
//! running at once; the client is this one.

mod client;
mod descriptors;
mod frames;
mod opening;
mod processors;
mod servers;

use std::io;

use crate::contest::{Contestant, Side};
use crate::measure::Run;
use crate::ours::BUFFER;
use crate::workloads::Load;
use client::Client;
use processors::Places;
use servers::{Running, SERVERS, Server, start};

/// The least that is repeated in a slice: of a single message even the clock would be seen.
const LEAST: usize = 64;

pub const NAMES: [&str; SERVERS.len()] = [SERVERS[0].name, SERVERS[1].name, SERVERS[2].name];

/// What the reader of the figures has to know.
pub const ABOUT: &str = "Nanoseconds a message, there and back: minimum / median.

Binary messages over loopback TCP, with one under way on each connection; the client is the same for all. \
Servers: `echo_server --quiet --keep-alive 0 --receive-buffer N`, tokio-tungstenite on a current-thread \
runtime, libwebsockets on libuv. Each has one thread and a buffer of 16 KiB for what it receives, or of the \
payload if that is larger. A single connection has client and server on one processor; of more, each has \
its own if there are two.

";

/// The servers that are wanted, each with its connections.
pub fn contestants(load: Load, is_wanted: impl Fn(&str) -> bool) -> Vec<Contestant> {
    let servers: Vec<_> = SERVERS.iter().filter(|server| is_wanted(server.name)).collect();
    descriptors::make_room(servers.len() * load.connections);
    let places = Places::of(load.connections);
    processors::stay_on(places.client).expect("a processor that is allowed");
    servers.into_iter().map(|server| contestant(server, load, places)).collect()
}

fn contestant(server: &'static Server, load: Load, places: Places) -> Contestant {
    let Server { name, side, .. } = *server;
    let mut pair = Pair::start(server, load, places);
    pair.work(Client::check);
    let messages = load.connections.max(LEAST);
    let work = Box::new(move |times| pair.work(|client| client.exchange(times * messages)));
    Contestant { name, side, rivals: side == Side::Peer, run: Run { work, messages } }
}

/// A server and its client.
struct Pair {
    name: &'static str,
    client: Client,
    _server: Running,
}

impl Pair {
    fn start(server: &Server, load: Load, places: Places) -> Pair {
        let name = server.name;
        let command = (server.command)(load.payload.max(BUFFER as usize));
        let program = command.get_program().to_owned();
        let server = start(command, places.servers).unwrap_or_else(|error| {
            panic!("{name}: {}: {error}; scripts/bench builds it", program.display())
        });
        let client = Client::connect(server.address, load, places.are_apart())
            .unwrap_or_else(|error| panic!("{name}: no connection: {error}"));
        Pair { name, client, _server: server }
    }

    fn work(&mut self, work: impl FnOnce(&mut Client) -> io::Result<()>) {
        work(&mut self.client).unwrap_or_else(|error| panic!("{}: no echo: {error}", self.name));
    }
}
