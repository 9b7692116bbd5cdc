//! What a server sends back: unmasked frames (RFC 6455 section 5.2) in whatever reads they come.

const BINARY: u8 = 2;
const CONTINUATION: u8 = 0;

/// Reads one message after the other, each in one frame or in several.
#[derive(Default)]
pub struct Frames {
    header: [u8; 10],
    /// How much of the header there is.
    header_length: usize,
    /// What is to come of the frame's payload.
    left: usize,
    /// What has come of the message.
    message: usize,
    is_fragmented: bool,
}

/// Why it cannot be an echo.
pub type Wrong = &'static str;

impl Frames {
    /// Goes on with what was read and hands out payload. Returns the length of the message when all
    /// of it has come; then there must be nothing behind it.
    pub fn read(
        &mut self,
        mut octets: &[u8],
        mut payload: impl FnMut(&[u8]),
    ) -> Result<Option<usize>, Wrong> {
        while self.take_header(&mut octets)? {
            let part = take(&mut octets, self.left);
            payload(part);
            self.left -= part.len();
            self.message += part.len();
            if self.left > 0 {
                break;
            }
            self.header_length = 0;
            self.is_fragmented = self.header[0] & 0x80 == 0;
            if !self.is_fragmented {
                let length = std::mem::take(&mut self.message);
                return if octets.is_empty() { Ok(Some(length)) } else { Err(MORE) };
            }
        }
        Ok(None)
    }

    /// Whether there is a header, all of it.
    fn take_header(&mut self, octets: &mut &[u8]) -> Result<bool, Wrong> {
        loop {
            let needed = needed(&self.header[..self.header_length]);
            if self.header_length == needed {
                return Ok(true);
            }
            let part = take(octets, needed - self.header_length);
            if part.is_empty() {
                return Ok(false);
            }
            self.header[self.header_length..][..part.len()].copy_from_slice(part);
            self.header_length += part.len();
            if self.header_length == needed && needed == self::needed(&self.header[..needed]) {
                self.begin_frame(needed)?;
            }
        }
    }

    fn begin_frame(&mut self, header_length: usize) -> Result<(), Wrong> {
        let expected = if self.is_fragmented { CONTINUATION } else { BINARY };
        if self.header[0] & 0x7f != expected {
            return Err("neither a binary message nor a part of one");
        }
        self.left = match &self.header[2..header_length] {
            [] => (self.header[1] & 0x7f).into(),
            length => length.iter().fold(0, |number, &octet| number << 8 | usize::from(octet)),
        };
        if self.header[1] & 0x80 != 0 { Err("a masked frame") } else { Ok(()) }
    }
}

const MORE: Wrong = "more than the echo";

/// How long a header is that begins so.
fn needed(header: &[u8]) -> usize {
    match header.get(1).map(|octet| octet & 0x7f) {
        Some(127) => 10,
        Some(126) => 4,
        _ => 2,
    }
}

/// At most `count` octets.
fn take<'o>(octets: &mut &'o [u8], count: usize) -> &'o [u8] {
    let (taken, rest) = octets.split_at(count.min(octets.len()));
    *octets = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An unmasked frame.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            0..=125 => frame.push(payload.len() as u8),
            126..=0xffff => {
                frame.push(126);
                frame.extend((payload.len() as u16).to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend((payload.len() as u64).to_be_bytes());
            }
        }
        frame.extend(payload);
        frame
    }

    fn payload(length: usize) -> Vec<u8> {
        (0..length).map(|number| number as u8).collect()
    }

    /// The messages that come out, in reads of so many octets that end with messages.
    fn messages(sent: &[Vec<u8>], read: usize) -> Result<Vec<Vec<u8>>, Wrong> {
        let (mut frames, mut messages, mut message) = (Frames::default(), Vec::new(), Vec::new());
        for piece in sent.iter().flat_map(|sent| sent.chunks(read)) {
            let length = frames.read(piece, |part| message.extend_from_slice(part))?;
            if let Some(length) = length {
                assert_eq!(length, message.len());
                messages.push(std::mem::take(&mut message));
            }
        }
        assert!(message.is_empty(), "half a message");
        Ok(messages)
    }

    #[test]
    fn messages_come_in_any_reads() {
        let payloads = [0, 1, 125, 126, 127, 1024, 65535, 65536].map(payload);
        let sent: Vec<_> = payloads.iter().map(|payload| frame(0x82, payload)).collect();
        for read in [1, 2, 3, 7, 1000, 65536, usize::MAX] {
            assert_eq!(messages(&sent, read).as_deref(), Ok(payloads.as_slice()));
        }
    }

    #[test]
    fn fragments_are_one_message() {
        let all = payload(70_000);
        let mut octets = frame(0x02, &all[..10]);
        octets.extend(frame(0x00, &all[10..10]));
        octets.extend(frame(0x00, &all[10..200]));
        octets.extend(frame(0x80, &all[200..]));
        for read in [1, 5, 16, 4096, usize::MAX] {
            let sent = [octets.clone(), frame(0x82, &[7])];
            assert_eq!(messages(&sent, read), Ok(vec![all.clone(), vec![7]]));
        }
    }

    #[test]
    fn half_a_message_is_none() {
        let octets = frame(0x82, &payload(1024));
        for length in 0..octets.len() {
            assert_eq!(Frames::default().read(&octets[..length], |_| ()), Ok(None));
        }
        assert_eq!(Frames::default().read(&frame(0x02, &[1]), |_| ()), Ok(None));
    }

    #[test]
    fn what_is_no_echo_is_noticed() {
        let wrong = |octets: &[&[u8]]| {
            let octets = octets.concat();
            (1..=octets.len()).all(|read| {
                let mut frames = Frames::default();
                let mut reads = octets.chunks(read);
                let mut ended = 0;
                reads.any(|read| match frames.read(read, |_| ()) {
                    Ok(length) => {
                        ended += usize::from(length.is_some());
                        ended > 1
                    }
                    Err(_) => true,
                })
            })
        };
        let good = frame(0x82, &[1]);
        assert!(!wrong(&[&good]));
        assert!(wrong(&[&good, &good]));
        assert!(wrong(&[&frame(0x81, &[1])]));
        assert!(wrong(&[&frame(0x89, &[])]));
        assert!(wrong(&[&frame(0x88, &[3, 232])]));
        assert!(wrong(&[&frame(0xc2, &[1])]));
        assert!(wrong(&[&frame(0x80, &[1])]));
        assert!(wrong(&[&frame(0x02, &[1]), &good]));
        assert!(wrong(&[&[0x82, 0x81, 1, 2, 3, 4, 5]]));
    }
}
