//! The send track: queued operations become frames, one after the other.

mod usual;

pub use usual::UsualSend;

use super::action::{Action, ActionId, BufferType, Work};
use super::config::Compressed;
use super::deflater::Deflater;
use super::keys::KeyPool;
use super::memory::{Context, Memory, Part, Region};
use super::operations::Operations;
use crate::codec::{
    FIN, KEY, MAX_HEADER, MAX_REASON, NO_STATUS, Opcode, RSV1, encode_header, unmask, write_status,
};
use crate::error::{Error, OutOfMemory, Result};
use crate::fallible::Alone;

/// What the caller wants to be sent.
#[derive(Clone, Copy, Debug)]
pub enum Payload {
    /// No buffer at all.
    None,
    Data(Region),
    Close(u16, Region),
}

/// How the payload of a frame is made of what the caller wants to be sent. One number for all that may be
/// unusual, so that to ask for the usual is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The same octets.
    Plain,
    /// These compressed, in one frame or several.
    Compressed,
    /// The status of a close, and the octets.
    Status(u16),
}

/// A queued send.
#[derive(Clone, Copy, Debug)]
struct SendOperation {
    buffer_type: BufferType,
    /// The first octet of the frame: FIN, reserved bits, opcode.
    first: u8,
    form: Form,
    payload: Region,
    context: Context,
}

impl SendOperation {
    fn is_compressed(&self) -> bool {
        self.form == Form::Compressed
    }

    /// Octets of the payload that stand before the caller's: the status of a close.
    fn status_len(&self) -> u64 {
        if matches!(self.form, Form::Status(_)) { 2 } else { 0 }
    }
}

/// How far the operation at the front of the queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// The header is sent, and the caller's octets go as they are.
    HeaderSent,
    /// A part of the payload (status and reason of a close) is sent, masked.
    MaskedSent,
    /// A part of the payload is sent, compressed, in frames of their own.
    CompressedSent,
    /// Every network action is over, or the operation was cancelled.
    Over,
}

/// The stage, and how many octets of the payload are sent where that is a part of it.
#[derive(Clone, Copy, Debug)]
struct Progress {
    stage: Stage,
    sent: u64,
}

impl Progress {
    const WAITING: Progress = Progress { stage: Stage::Waiting, sent: 0 };
    const HEADER_SENT: Progress = Progress { stage: Stage::HeaderSent, sent: 0 };
    const OVER: Progress = Progress { stage: Stage::Over, sent: 0 };
}

/// A piece of a frame that is out: the octets that have to be reported, and what is true then.
#[derive(Clone, Copy, Debug)]
struct Piece {
    len: u64,
    then: Progress,
}

impl Piece {
    /// One that consists of these.
    #[inline(always)]
    fn of(regions: &[Region; 2], then: Progress) -> Piece {
        Piece { len: regions[0].len() as u64 + regions[1].len() as u64, then }
    }
}

#[derive(Debug)]
pub struct SendTrack {
    queue: Operations<SendOperation>,
    progress: Progress,
    /// None: it is an indication that is out, if anything is.
    piece: Option<Piece>,
    /// The key of the frame of which a part is sent.
    key: [u8; KEY],
    /// Whether the handshake selected an extension.
    extensions: bool,
    /// The kind of the message that was begun and not ended: whether it is text.
    message_is_text: Option<bool>,
    /// Whether that message is compressed.
    message_is_compressed: bool,
    close_sent: bool,
    /// Where the handshake agreed on compression.
    deflater: Option<Alone<Deflater>>,
}

impl SendTrack {
    pub fn new(extensions: bool, compressed: Option<Compressed>) -> Result<SendTrack, OutOfMemory> {
        Ok(SendTrack {
            queue: Operations::new(),
            progress: Progress::WAITING,
            piece: None,
            key: [0; KEY],
            extensions,
            message_is_text: None,
            message_is_compressed: false,
            close_sent: false,
            deflater: compressed
                .map(|agreed| Alone::new(Deflater::new(agreed.outgoing, agreed.level)))
                .transpose()?,
        })
    }

    /// Queues an operation. The state of the message is decided here and stays, whatever becomes
    /// of the operation. `plain`: a message that begins with it is not compressed.
    pub fn queue(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        plain: bool,
        context: Context,
    ) -> Result<()> {
        let opcode = buffer_type.opcode().ok_or(Error::InvalidArgument)?;
        let explicit = matches!(buffer_type, BufferType::Extension(_));
        if explicit && (!self.extensions || opcode.is_control() || self.has_our_bit(buffer_type)) {
            return Err(Error::InvalidArgument);
        }
        let (opcode, message_is_text) = self.next_message_state(buffer_type, opcode)?;
        let (status, payload) = check_payload(buffer_type, payload)?;
        let compressed = match opcode {
            Opcode::Continuation => self.message_is_compressed,
            Opcode::Text | Opcode::Binary => self.deflater.is_some() && !plain && !explicit,
            _ => false,
        };
        let rsv = if compressed && opcode != Opcode::Continuation { RSV1 } else { 0 };
        let first = match buffer_type {
            BufferType::Extension(frame) => frame.first(),
            _ => opcode.bits() | rsv | if buffer_type.fin() { FIN } else { 0 },
        };
        if compressed {
            if self.is_broken() {
                return Err(Error::InvalidOperation);
            }
            self.deflater.iter_mut().try_for_each(|deflater| deflater.prepare())?;
        }
        let form = match status {
            Some(status) => Form::Status(status),
            None if compressed => Form::Compressed,
            None => Form::Plain,
        };
        let make = || SendOperation { buffer_type, first, form, payload, context };
        self.queue.push(make)?;
        self.message_is_text = message_is_text;
        if !opcode.is_control() {
            self.message_is_compressed = compressed;
        }
        self.close_sent |= opcode == Opcode::Close;
        Ok(())
    }

    /// Where messages may be compressed, RSV1 is not for the caller to set.
    fn has_our_bit(&self, buffer_type: BufferType) -> bool {
        let set = matches!(buffer_type, BufferType::Extension(frame) if frame.first() & RSV1 != 0);
        set && self.deflater.is_some()
    }

    fn is_broken(&self) -> bool {
        self.deflater.as_ref().is_some_and(|deflater| deflater.is_broken())
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

    /// Whether no operation is queued.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a frame is begun and not finished, so that nothing may come between.
    pub fn is_inside_frame(&self) -> bool {
        matches!(self.progress.stage, Stage::HeaderSent | Stage::MaskedSent)
    }

    /// The next thing to do, if anything is queued. `slots`: how many buffers the caller can take.
    #[inline(always)]
    pub fn next(
        &mut self,
        memory: &mut Memory,
        keys: &mut KeyPool,
        id: ActionId,
        slots: usize,
        aborted: bool,
    ) -> Result<Action> {
        let Some(operation) = self.queue.first() else { return Err(Error::InvalidOperation) };
        let mut action = Action::new(Work::IndicateSendComplete, operation.context, id);
        action.buffer_type = Some(operation.buffer_type);
        let is_over = aborted || self.progress.stage == Stage::Over;
        if is_over || (operation.is_compressed() && self.is_broken()) {
            self.take_sent();
            return Ok(action);
        }
        if slots == 0 {
            return Err(Error::InvalidArgument);
        }
        let (regions, then) = self.next_piece(memory, keys, slots)?;
        self.piece = Some(Piece::of(&regions, then));
        action.work = Work::SendToNetwork;
        action.show(regions);
        Ok(action)
    }

    /// What to send of the operation at the front, and what is true then.
    #[inline(always)]
    fn next_piece(
        &mut self,
        memory: &mut Memory,
        keys: &mut KeyPool,
        slots: usize,
    ) -> Result<([Region; 2], Progress)> {
        let Some(operation) = self.queue.first() else { return Err(Error::InvalidOperation) };
        if operation.is_compressed() {
            return self.next_compressed(memory, keys);
        }
        let Progress { stage, sent } = self.progress;
        Ok(match stage {
            Stage::HeaderSent => ([operation.payload, Region::NONE], Progress::OVER),
            Stage::MaskedSent => masked_piece(operation, memory, 0, self.key, sent),
            _ => match keys.next()? {
                Some(key) if keys.change_payloads() => {
                    self.key = key;
                    let prefix_len = write_prefix(operation, memory, Some(key));
                    masked_piece(operation, memory, prefix_len, key, operation.status_len())
                }
                key => plain_start(operation, memory, key, slots),
            },
        })
    }

    /// The next frame of a compressed operation. Between two of them others may come.
    #[cold]
    fn next_compressed(
        &mut self,
        memory: &mut Memory,
        keys: &mut KeyPool,
    ) -> Result<([Region; 2], Progress)> {
        let (Some(operation), Some(deflater)) = (self.queue.first(), &mut self.deflater) else {
            return Err(Error::InvalidOperation);
        };
        let Progress { stage, sent } = self.progress;
        // RSV1 and the opcode are the first frame's alone.
        let first = match stage {
            Stage::CompressedSent => operation.first & FIN,
            _ => operation.first,
        };
        let rest = operation.payload.part(sent as usize, operation.payload.len() - sent as usize);
        let frame = deflater.frame(memory, rest, first, keys.next()?)?;
        let then = match frame.done {
            true => Progress::OVER,
            false => Progress { stage: Stage::CompressedSent, sent: sent + frame.taken as u64 },
        };
        Ok(([frame.octets, Region::NONE], then))
    }

    /// What was out is done. Of a piece so many octets were sent; unless that is all of them, the
    /// operation ends.
    pub fn complete(&mut self, octets: u64) {
        if !self.complete_usual(octets) {
            self.piece = None;
            self.give_up();
        }
    }

    #[cold]
    fn give_up(&mut self) {
        let begun = self.progress.stage == Stage::CompressedSent;
        self.progress = Progress::OVER;
        if self.queue.first().is_some_and(SendOperation::is_compressed) {
            self.deflater.iter_mut().for_each(|deflater| deflater.give_up(begun));
        }
    }
}

/// Writes what stands before the caller's octets to the start of the send part: the header, and the
/// status of a close. Returns how many octets that are.
#[inline(always)]
fn write_prefix(operation: &SendOperation, memory: &mut Memory, key: Option<[u8; KEY]>) -> usize {
    let payload_len = operation.payload.len() as u64 + operation.status_len();
    let (header, len) = encode_header(operation.first, payload_len, key);
    // All of it, whatever the length: the send part has room, and a constant needs no loop.
    memory.octets(Part::Send, 0, MAX_HEADER).copy_from_slice(&header);
    if let Form::Status(status) = operation.form {
        let mut status = write_status(status);
        unmask(&mut status, key.unwrap_or_default(), 0);
        memory.octets(Part::Send, len, 2).copy_from_slice(&status);
    }
    len + operation.status_len() as usize
}

/// The start of a frame whose payload is sent from where it is; all of it if there is a slot for
/// that. `key`: changes nothing.
#[inline(always)]
fn plain_start(
    operation: &SendOperation,
    memory: &mut Memory,
    key: Option<[u8; KEY]>,
    slots: usize,
) -> ([Region; 2], Progress) {
    let prefix_len = write_prefix(operation, memory, key);
    let prefix = memory.region(Part::Send, 0, prefix_len);
    if slots == 1 && !operation.payload.is_empty() {
        ([prefix, Region::NONE], Progress::HEADER_SENT)
    } else {
        ([prefix, operation.payload], Progress::OVER)
    }
}

/// As much of a masked frame as the send part holds behind what is there. `sent`: octets of the
/// payload before it.
fn masked_piece(
    operation: &SendOperation,
    memory: &mut Memory,
    prefix_len: usize,
    key: [u8; KEY],
    sent: u64,
) -> ([Region; 2], Progress) {
    let offset = (sent - operation.status_len()) as usize;
    let room = memory.len_of(Part::Send) - prefix_len;
    let len = room.min(operation.payload.len() - offset);
    memory.mask_in((Part::Send, prefix_len), operation.payload.part(offset, len), key, sent);
    let then = if offset + len == operation.payload.len() {
        Progress::OVER
    } else {
        Progress { stage: Stage::MaskedSent, sent: sent + len as u64 }
    };
    ([memory.region(Part::Send, 0, prefix_len + len), Region::NONE], then)
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
        (BufferType::Close | BufferType::PingPong | BufferType::UnsolicitedPong, _) => {
            Err(Error::InvalidArgument)
        }
        (_, Payload::Data(octets)) => Ok((None, octets)),
        _ => Err(Error::InvalidArgument),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_fits_its_type() {
        let mut octets = [b'x'; 200];
        let octets = Region::of(&mut octets);
        let check = |buffer_type, payload| {
            check_payload(buffer_type, payload).map(|(status, octets)| (status, octets.len()))
        };
        let close =
            |status, len| check(BufferType::Close, Payload::Close(status, octets.part(0, len)));
        // A control frame has 125 octets, of which the status takes two (RFC 6455 §5.5).
        assert_eq!(close(1000, 123), Ok((Some(1000), 123)));
        assert_eq!(close(1000, 124), Err(Error::InvalidArgument));
        assert_eq!(close(1000, 0), Ok((Some(1000), 0)));
        assert_eq!(close(NO_STATUS, 0), Ok((None, 0)));
        assert_eq!(close(NO_STATUS, 1), Ok((Some(NO_STATUS), 1)));
        for control in [BufferType::PingPong, BufferType::UnsolicitedPong, BufferType::Close] {
            assert_eq!(check(control, Payload::None), Ok((None, 0)));
            assert_eq!(check(control, Payload::Data(octets)), Err(Error::InvalidArgument));
        }
        let data = BufferType::TextMessage;
        assert_eq!(check(data, Payload::Data(octets)), Ok((None, 200)));
        assert_eq!(check(data, Payload::None), Err(Error::InvalidArgument));
        assert_eq!(check(data, Payload::Close(1000, octets)), Err(Error::InvalidArgument));
    }
}
