//! The client of all servers: many connections on one thread, with plain sockets and frames made
//! beforehand, so that it has little to do beside the system's calls.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::frames::Frames;
use super::opening;
use crate::wire::{Kind, Random, masked_frame, payload};
use crate::workloads::Load;

/// After so long without an answer there will be none.
const PATIENCE: Duration = Duration::from_secs(20);

/// Takes an echo of the longest payload in one read.
const WINDOW: usize = 128 * 1024;

/// Open connections to one server.
pub struct Client {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    payload: usize,
    /// What each connection sends.
    frame: Vec<u8>,
    window: Vec<u8>,
    /// Whether it asks for events until there are some, instead of sleeping.
    is_awake: bool,
}

impl Client {
    pub fn connect(server: SocketAddr, load: Load, is_awake: bool) -> io::Result<Client> {
        let poll = Poll::new()?;
        let mut connections = Vec::with_capacity(load.connections);
        for index in 0..load.connections {
            let mut stream = TcpStream::from_std(opening::open(server, PATIENCE)?);
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut stream, Token(index), interest)?;
            connections.push(Connection { stream, frames: Frames::default(), unsent: 0 });
        }
        let (_, frame) = message(0, load.payload);
        let (events, window) = (Events::with_capacity(1024), vec![0; WINDOW]);
        let payload = load.payload;
        Ok(Client { poll, events, connections, payload, frame, window, is_awake })
    }

    /// Sends so many messages and takes the echo of each, of which it looks at the length.
    pub fn exchange(&mut self, count: usize) -> io::Result<()> {
        let frame = std::mem::take(&mut self.frame);
        let result = self.run(count, |_| &frame, |_, _| ());
        self.frame = frame;
        result
    }

    /// Sends a message over each connection, all at once and each another, and looks at every octet
    /// of the echoes.
    pub fn check(&mut self) -> io::Result<()> {
        let (payloads, frames): (Vec<_>, Vec<_>) =
            (0..self.connections.len()).map(|index| message(index, self.payload)).unzip();
        let mut echoes = vec![Vec::with_capacity(self.payload); payloads.len()];
        let take = |index: usize, part: &[u8]| echoes[index].extend_from_slice(part);
        self.run(payloads.len(), |index| &frames[index], take)?;
        if echoes == payloads { Ok(()) } else { Err(wrong("other octets than were sent")) }
    }

    /// Each connection has one message under way, until so many have been sent.
    fn run<'f>(
        &mut self,
        count: usize,
        frame: impl Fn(usize) -> &'f [u8],
        mut take: impl FnMut(usize, &[u8]),
    ) -> io::Result<()> {
        let Client { poll, events, connections, payload, window, is_awake, .. } = self;
        let (mut sent, mut echoed) = (count.min(connections.len()), 0);
        for (index, connection) in connections[..sent].iter_mut().enumerate() {
            connection.send(frame(index))?;
        }
        while echoed < count {
            wait(poll, events, *is_awake)?;
            for event in &*events {
                let index = event.token().0;
                let connection = &mut connections[index];
                if event.is_writable() {
                    connection.go_on(frame(index))?;
                }
                let take = |part: &[u8]| take(index, part);
                if event.is_readable() && connection.receive(window, *payload, take)? {
                    echoed += 1;
                    if sent < count {
                        sent += 1;
                        connection.send(frame(index))?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn wait(poll: &mut Poll, events: &mut Events, is_awake: bool) -> io::Result<()> {
    let begin = Instant::now();
    let time = if is_awake { Duration::ZERO } else { PATIENCE };
    loop {
        match poll.poll(events, Some(time)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(()) if events.is_empty() => {}
            result => return result,
        }
        if begin.elapsed() > PATIENCE {
            return Err(ErrorKind::TimedOut.into());
        }
    }
}

/// A payload that no other connection has, and its frame.
fn message(connection: usize, length: usize) -> (Vec<u8>, Vec<u8>) {
    let mut random = Random::new(connection as u64 + 1);
    let payload = payload(Kind::Binary, length, &mut random);
    let frame = masked_frame(&payload, &mut random);
    (payload, frame)
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

struct Connection {
    stream: TcpStream,
    frames: Frames,
    /// Octets of the frame that the socket has not taken yet.
    unsent: usize,
}

impl Connection {
    fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.unsent = frame.len();
        self.go_on(frame)
    }

    fn go_on(&mut self, frame: &[u8]) -> io::Result<()> {
        while self.unsent > 0 {
            match self.stream.write(&frame[frame.len() - self.unsent..]) {
                Ok(length) => self.unsent -= length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether the echo has come, all of it.
    fn receive(
        &mut self,
        window: &mut [u8],
        expected: usize,
        mut take: impl FnMut(&[u8]),
    ) -> io::Result<bool> {
        loop {
            let length = match self.stream.read(window) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            match self.frames.read(&window[..length], &mut take).map_err(wrong)? {
                Some(octets) if octets == expected && self.unsent == 0 => return Ok(true),
                Some(_) => return Err(wrong("an echo of another length")),
                // The socket is empty: what comes from now on is an event of its own.
                None if length < window.len() => return Ok(false),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use tungstenite::Message;

    /// A server that sends back what `answer` makes of a message, or nothing any more.
    fn serve(answer: fn(Vec<u8>) -> Option<Vec<u8>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut socket = tungstenite::accept(stream.expect("a client")).expect("accepted");
                std::thread::spawn(move || {
                    while let Ok(message) = socket.read() {
                        match answer(message.into_data().to_vec()) {
                            Some(octets) => socket.send(Message::binary(octets)).expect("sent"),
                            None => return,
                        }
                    }
                });
            }
        });
        address
    }

    fn client(answer: fn(Vec<u8>) -> Option<Vec<u8>>, load: Load) -> Client {
        Client::connect(serve(answer), load, false).expect("open connections")
    }

    const FEW: Load = Load { connections: 3, payload: 16 };

    #[test]
    fn every_load_goes_there_and_back() {
        for is_awake in [false, true] {
            let server = serve(Some);
            for connections in [1, 5] {
                for payload in [0, 16, 126, 64 * 1024, 3 << 20] {
                    let load = Load { connections, payload };
                    let mut client = Client::connect(server, load, is_awake).expect("connections");
                    for count in [1, 3, 12] {
                        client.exchange(count).expect("echoes");
                        client.check().expect("the same octets");
                    }
                }
            }
        }
    }

    #[test]
    fn other_octets_are_noticed_when_all_are_looked_at() {
        let mut client = client(|octets| Some(octets.into_iter().rev().collect()), FEW);
        client.exchange(10).expect("echoes of that length");
        assert_eq!(client.check().expect_err("other octets").kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn other_lengths_are_always_noticed() {
        for answer in [
            |octets: Vec<u8>| Some(octets[1..].to_vec()),
            |octets| Some([octets, vec![1]].concat()),
        ] {
            let error = client(answer, FEW).exchange(10).expect_err("another length");
            assert_eq!(error.kind(), ErrorKind::InvalidData);
        }
    }

    #[test]
    fn a_server_that_is_gone_is_noticed() {
        assert!(client(|_| None, FEW).exchange(10).is_err());
    }

    #[test]
    fn no_two_connections_send_the_same() {
        let (one, other) = (message(0, 16), message(1, 16));
        assert_ne!(one.0, other.0);
        let sent = crate::plain::decode(&other.1).expect("a message");
        assert!(sent.len() == 1 && sent[0].masked && sent[0].opcode == 2);
        assert_eq!(sent[0].payload, other.0);
    }
}
