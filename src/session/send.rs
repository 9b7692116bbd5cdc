//! The send track: queued operations become frames, one after the other.

use std::collections::VecDeque;

use super::action::{BufferType, Work};
use super::config::Config;
use super::keys::KeyPool;
use super::memory::{Context, Memory, Part, Region};
use crate::codec::{FIN, KEY, MAX_REASON, Opcode, encode_header, unmask, write_status};
use crate::error::{Error, Result};
use crate::fallible;

/// The status that stands for "there was none" (RFC 6455 §7.4.1); it is never on the wire.
pub const NO_STATUS: u16 = 1005;

/// What the caller wants to be sent.
#[derive(Clone, Copy, Debug)]
pub enum Payload {
    /// No buffer at all.
    None,
    Data(Region),
    Close(u16, Region),
}

/// A queued send.
#[derive(Clone, Copy, Debug)]
struct SendOperation {
    buffer_type: BufferType,
    /// The first octet of the frame: FIN, reserved bits, opcode.
    first: u8,
    status: Option<u16>,
    payload: Region,
    context: Context,
}

/// How far the operation at the front of the queue is.
#[derive(Clone, Copy, Debug)]
enum Progress {
    Waiting,
    /// The header is out; so many octets of the payload (status and reason of a close) as well.
    Sending {
        key: Option<[u8; KEY]>,
        sent: u64,
    },
    /// Every network action is over, or the operation was cancelled.
    Over,
}

/// What has been handed out: the octets that have to be reported, and what is true then.
#[derive(Clone, Copy, Debug)]
struct Piece {
    len: usize,
    then: Progress,
}

/// What is out on the send track.
#[derive(Clone, Copy, Debug)]
pub enum SendOut {
    Piece,
    Pong,
    Indication,
}

#[derive(Debug)]
pub struct SendTrack {
    queue: VecDeque<SendOperation>,
    progress: Progress,
    piece: Option<Piece>,
    /// The kind of the message that was begun and not ended: whether it is text.
    message_is_text: Option<bool>,
    close_sent: bool,
}

impl SendTrack {
    pub fn new() -> SendTrack {
        SendTrack {
            queue: VecDeque::new(),
            progress: Progress::Waiting,
            piece: None,
            message_is_text: None,
            close_sent: false,
        }
    }

    /// Queues an operation. The state of the message is decided here and stays, whatever becomes
    /// of the operation.
    pub fn queue(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        extensions: bool,
        context: Context,
    ) -> Result<()> {
        let (status, payload) = check_payload(buffer_type, payload)?;
        let opcode = match (buffer_type, buffer_type.opcode()) {
            (BufferType::Extension(_), _) if !extensions => return Err(Error::InvalidArgument),
            (BufferType::Extension(_), Some(opcode)) if opcode.is_control() => {
                return Err(Error::InvalidArgument);
            }
            (_, opcode) => opcode.ok_or(Error::InvalidArgument)?,
        };
        let (opcode, message_is_text) = self.next_message_state(buffer_type, opcode)?;
        let first = match buffer_type {
            BufferType::Extension(first) => first,
            _ => opcode.bits() | if buffer_type.fin() { FIN } else { 0 },
        };
        let operation = SendOperation { buffer_type, first, status, payload, context };
        fallible::push_back(&mut self.queue, operation)?;
        self.message_is_text = message_is_text;
        self.close_sent |= opcode == Opcode::Close;
        Ok(())
    }

    /// The opcode that the frame gets, and the kind of the message that is open after it.
    fn next_message_state(
        &self,
        buffer_type: BufferType,
        opcode: Opcode,
    ) -> Result<(Opcode, Option<bool>)> {
        if opcode.is_control() {
            return Ok((opcode, self.message_is_text));
        }
        if self.close_sent {
            return Err(Error::InvalidOperation);
        }
        let explicit = matches!(buffer_type, BufferType::Extension(_));
        let is_text = opcode == Opcode::Text;
        let (opcode, is_text) = match self.message_is_text {
            None if opcode == Opcode::Continuation => return Err(Error::InvalidOperation),
            None => (opcode, is_text),
            // An extension spells out its continuations; for the others the kind must be the same.
            Some(begun) if explicit && opcode == Opcode::Continuation => (opcode, begun),
            Some(begun) if !explicit && begun == is_text => (Opcode::Continuation, begun),
            Some(_) => return Err(Error::InvalidOperation),
        };
        Ok((opcode, (!buffer_type.fin()).then_some(is_text)))
    }

    /// Whether a frame is begun and not finished, so that nothing may come between.
    pub fn is_inside_frame(&self) -> bool {
        matches!(self.progress, Progress::Sending { .. })
    }

    /// The next thing to do. `slots`: how many buffers the caller can take.
    pub fn next(
        &mut self,
        config: &Config,
        memory: &mut Memory,
        keys: &mut KeyPool,
        slots: usize,
        aborted: bool,
    ) -> Result<Option<(Work, SendOut, Context)>> {
        let Some(&operation) = self.queue.front() else { return Ok(None) };
        if aborted || matches!(self.progress, Progress::Over) {
            self.queue.pop_front();
            self.progress = Progress::Waiting;
            let work = Work::IndicateSendComplete(operation.buffer_type);
            return Ok(Some((work, SendOut::Indication, operation.context)));
        }
        if slots == 0 {
            return Err(Error::InvalidArgument);
        }
        let regions = if config.masks() {
            self.masked_piece(&operation, memory, keys)?
        } else {
            self.plain_piece(&operation, config, memory, slots)
        };
        let work = Work::SendToNetwork(operation.buffer_type, regions);
        Ok(Some((work, SendOut::Piece, operation.context)))
    }

    /// Header and status in our memory, the payload where it is.
    fn plain_piece(
        &mut self,
        operation: &SendOperation,
        config: &Config,
        memory: &mut Memory,
        slots: usize,
    ) -> [Region; 2] {
        let key = (config.role == super::config::Role::Client).then_some([0; KEY]);
        if self.is_inside_frame() {
            self.piece = Some(Piece { len: operation.payload.len(), then: Progress::Over });
            return [operation.payload, Region::NONE];
        }
        let mut prefix = Prefix::new(operation, key);
        let header = memory.octets(Part::Send, 0, prefix.len);
        header.copy_from_slice(prefix.octets());
        let header = memory.region(Part::Send, 0, prefix.len);
        if operation.payload.is_empty() {
            self.piece = Some(Piece { len: prefix.len, then: Progress::Over });
            return [header, Region::NONE];
        }
        if slots == 1 {
            let then = Progress::Sending { key, sent: 0 };
            self.piece = Some(Piece { len: prefix.len, then });
            return [header, Region::NONE];
        }
        prefix.len += operation.payload.len();
        self.piece = Some(Piece { len: prefix.len, then: Progress::Over });
        [header, operation.payload]
    }

    /// As much of the frame as the send buffer holds, in one piece.
    fn masked_piece(
        &mut self,
        operation: &SendOperation,
        memory: &mut Memory,
        keys: &mut KeyPool,
    ) -> Result<[Region; 2]> {
        let status_len = if operation.status.is_some() { 2 } else { 0 };
        let (key, prefix_len, sent) = match self.progress {
            Progress::Sending { key, sent } => (key.unwrap_or_default(), 0, sent),
            _ => {
                let key = keys.draw()?;
                let prefix = Prefix::new(operation, Some(key));
                memory.octets(Part::Send, 0, prefix.len).copy_from_slice(prefix.octets());
                (key, prefix.len, status_len)
            }
        };
        let offset = (sent - status_len) as usize;
        let room = memory.len_of(Part::Send) - prefix_len;
        let len = room.min(operation.payload.len() - offset);
        let source = operation.payload.part(offset, len);
        memory.mask_in((Part::Send, prefix_len), source, key, sent);
        let then = if offset + len == operation.payload.len() {
            Progress::Over
        } else {
            Progress::Sending { key: Some(key), sent: sent + len as u64 }
        };
        self.piece = Some(Piece { len: prefix_len + len, then });
        Ok([memory.region(Part::Send, 0, prefix_len + len), Region::NONE])
    }

    /// The piece that is out was sent, if the number is right; otherwise the operation ends.
    pub fn complete_piece(&mut self, octets: u64) {
        if let Some(piece) = self.piece.take() {
            let sent = octets == piece.len as u64;
            self.progress = if sent { piece.then } else { Progress::Over };
        }
    }
}

/// The octets of a frame that do not come from the caller: the header, and the status of a
/// close frame, masked if the frame is.
struct Prefix {
    octets: [u8; 16],
    len: usize,
}

impl Prefix {
    fn new(operation: &SendOperation, key: Option<[u8; KEY]>) -> Prefix {
        let status_len = if operation.status.is_some() { 2 } else { 0 };
        let payload_len = (operation.payload.len() + status_len) as u64;
        let (header, mut len) = encode_header(operation.first, payload_len, key);
        let mut octets = [0u8; 16];
        octets[..len].copy_from_slice(&header[..len]);
        if let Some(status) = operation.status {
            let mut status = write_status(status);
            unmask(&mut status, key.unwrap_or_default(), 0);
            octets[len..len + 2].copy_from_slice(&status);
            len += 2;
        }
        Prefix { octets, len }
    }

    fn octets(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

/// The status and the octets to be sent, if type and payload belong together.
fn check_payload(buffer_type: BufferType, payload: Payload) -> Result<(Option<u16>, Region)> {
    match (buffer_type, payload) {
        (BufferType::PingPong | BufferType::UnsolicitedPong | BufferType::Close, Payload::None) => {
            Ok((None, Region::NONE))
        }
        (BufferType::Close, Payload::Close(_, reason)) if reason.len() > MAX_REASON => {
            Err(Error::InvalidArgument)
        }
        (BufferType::Close, Payload::Close(NO_STATUS, reason)) if reason.is_empty() => {
            Ok((None, Region::NONE))
        }
        (BufferType::Close, Payload::Close(status, reason)) => Ok((Some(status), reason)),
        (
            BufferType::Text { .. } | BufferType::Binary { .. } | BufferType::Extension(_),
            Payload::Data(octets),
        ) => Ok((None, octets)),
        _ => Err(Error::InvalidArgument),
    }
}
