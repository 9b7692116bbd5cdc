//! Connects and shakes hands, one connection after the other: it is not what is timed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::contest::is_accepted;

/// With the key that `is_accepted` knows, and without extensions.
const REQUEST: &str = "GET / HTTP/1.1\r\n\
    Host: 127.0.0.1\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\
    \r\n";

/// The longest answer that is waited for.
const LONGEST: usize = 4096;

/// An open connection, which does not block.
pub fn open(server: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&server, patience)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(REQUEST.as_bytes())?;
    let answer = answer(&mut stream)?;
    if !is_accepted(&answer) {
        let text = String::from_utf8_lossy(&answer);
        return Err(io::Error::new(ErrorKind::InvalidData, format!("no WebSocket: {text:?}")));
    }
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// All that comes, up to the end of a head.
fn answer(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let (mut answer, mut part) = (Vec::new(), [0; LONGEST]);
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = stream.read(&mut part[answer.len()..])?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&part[answer.len()..][..length]);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end() {
        let text = b"HTTP/1.1 101 x\r\na: b\r\n\r\n";
        for first in 1..text.len() {
            let (start, rest) = text.split_at(first);
            let octets = answer(&mut start.chain(rest)).expect("an answer");
            assert_eq!(octets, text);
        }
        let half = answer(&mut &text[..text.len() - 1]);
        assert_eq!(half.expect_err("no end").kind(), ErrorKind::UnexpectedEof);
        let endless = answer(&mut io::repeat(b'a'));
        assert_eq!(endless.expect_err("no end").kind(), ErrorKind::UnexpectedEof);
    }
}
