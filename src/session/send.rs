//! The send track: queued operations become frames, one after the other.

use super::action::{BufferType, Work};
use super::config::Compressed;
use super::deflater::Deflater;
use super::keys::KeyPool;
use super::memory::{Context, Memory, Part, Region};
use super::operations::Operations;
use crate::codec::{
    FIN, KEY, MAX_HEADER, MAX_REASON, NO_STATUS, Opcode, RSV1, encode_header, unmask, write_status,
};
use crate::error::{Error, Result};
use crate::fallible;

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
    /// The frames are made by compressing the payload.
    compressed: bool,
    context: Context,
}

impl SendOperation {
    /// Octets of the payload that stand before the caller's: the status of a close.
    fn status_len(&self) -> u64 {
        if self.status.is_some() { 2 } else { 0 }
    }
}

/// How far the operation at the front of the queue is.
#[derive(Clone, Copy, Debug)]
enum Progress {
    Waiting,
    /// The header is sent, and the caller's octets go as they are.
    HeaderSent,
    /// So many octets of the payload (status and reason of a close) are sent, masked.
    MaskedSent {
        key: [u8; KEY],
        sent: u64,
    },
    /// So many octets of the payload are sent, compressed, in frames of their own.
    CompressedSent(usize),
    /// Every network action is over, or the operation was cancelled.
    Over,
}

/// A piece of a frame: the octets that have to be reported, and what is true then.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    len: u64,
    then: Progress,
}

/// What is out on the send track.
#[derive(Clone, Copy, Debug)]
pub enum SendOut {
    Piece(Piece),
    Pong,
    Indication,
}

#[derive(Debug)]
pub struct SendTrack {
    queue: Operations<SendOperation>,
    progress: Progress,
    /// Whether the handshake selected an extension.
    extensions: bool,
    /// The kind of the message that was begun and not ended: whether it is text.
    message_is_text: Option<bool>,
    /// Whether that message is compressed.
    message_is_compressed: bool,
    /// The only element, where the handshake agreed on compression; a box, so that others are as small
    /// as they were without.
    deflater: Box<[Deflater]>,
    close_sent: bool,
}

impl SendTrack {
    pub fn new(extensions: bool, compressed: Option<Compressed>) -> Result<SendTrack> {
        Ok(SendTrack {
            queue: Operations::new(),
            progress: Progress::Waiting,
            extensions,
            message_is_text: None,
            message_is_compressed: false,
            deflater: compressed.map_or(Ok(Box::default()), |agreed| {
                fallible::boxed(Deflater::new(agreed.outgoing, agreed.level))
            })?,
            close_sent: false,
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
        let explicit = matches!(buffer_type, BufferType::Extension { .. });
        if explicit && (!self.extensions || opcode.is_control() || self.has_our_bit(buffer_type)) {
            return Err(Error::InvalidArgument);
        }
        let (opcode, message_is_text) = self.next_message_state(buffer_type, opcode)?;
        let (status, payload) = check_payload(buffer_type, payload)?;
        let compressed = match opcode {
            Opcode::Continuation => self.message_is_compressed,
            Opcode::Text | Opcode::Binary => !self.deflater.is_empty() && !plain && !explicit,
            _ => false,
        };
        let rsv = if compressed && opcode != Opcode::Continuation { RSV1 } else { 0 };
        let first = match buffer_type {
            BufferType::Extension { first, .. } => first,
            _ => opcode.bits() | rsv | if buffer_type.fin() { FIN } else { 0 },
        };
        if compressed {
            if self.is_broken() {
                return Err(Error::InvalidOperation);
            }
            self.deflater.iter_mut().try_for_each(Deflater::prepare)?;
        }
        let operation = SendOperation { buffer_type, first, status, payload, compressed, context };
        self.queue.push(operation)?;
        self.message_is_text = message_is_text;
        if !opcode.is_control() {
            self.message_is_compressed = compressed;
        }
        self.close_sent |= opcode == Opcode::Close;
        Ok(())
    }

    /// Where messages may be compressed, RSV1 is not for the caller to set.
    fn has_our_bit(&self, buffer_type: BufferType) -> bool {
        let set = matches!(buffer_type, BufferType::Extension { first, .. } if first & RSV1 != 0);
        set && !self.deflater.is_empty()
    }

    fn is_broken(&self) -> bool {
        self.deflater.first().is_some_and(Deflater::is_broken)
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
        let explicit = matches!(buffer_type, BufferType::Extension { .. });
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
        matches!(self.progress, Progress::HeaderSent | Progress::MaskedSent { .. })
    }

    /// The next thing to do. `slots`: how many buffers the caller can take.
    pub fn next(
        &mut self,
        memory: &mut Memory,
        keys: &mut KeyPool,
        slots: usize,
        aborted: bool,
    ) -> Result<Option<(Work, SendOut, Context)>> {
        let Some(&operation) = self.queue.first() else { return Ok(None) };
        let is_lost = operation.compressed && self.is_broken();
        if aborted || is_lost || matches!(self.progress, Progress::Over) {
            self.queue.pop();
            self.progress = Progress::Waiting;
            let work = Work::IndicateSendComplete(operation.buffer_type);
            return Ok(Some((work, SendOut::Indication, operation.context)));
        }
        if slots == 0 {
            return Err(Error::InvalidArgument);
        }
        if operation.compressed {
            return self.next_compressed(&operation, memory, keys).map(Some);
        }
        let (regions, then) = match self.progress {
            Progress::HeaderSent => ([operation.payload, Region::NONE], Progress::Over),
            Progress::MaskedSent { key, sent } => masked_piece(&operation, memory, 0, key, sent),
            _ => match keys.next()? {
                Some(key) if keys.change_payloads() => {
                    let prefix_len = write_prefix(&operation, memory, Some(key));
                    masked_piece(&operation, memory, prefix_len, key, operation.status_len())
                }
                key => plain_start(&operation, memory, key, slots),
            },
        };
        let len = regions.iter().map(|region| region.len() as u64).sum();
        let work = Work::SendToNetwork(operation.buffer_type, regions);
        Ok(Some((work, SendOut::Piece(Piece { len, then }), operation.context)))
    }

    /// The next frame of a compressed operation. Between two of them others may come.
    fn next_compressed(
        &mut self,
        operation: &SendOperation,
        memory: &mut Memory,
        keys: &mut KeyPool,
    ) -> Result<(Work, SendOut, Context)> {
        let Some(deflater) = self.deflater.first_mut() else { return Err(Error::InvalidOperation) };
        let (sent, first) = match self.progress {
            // RSV1 and the opcode are the first frame's alone.
            Progress::CompressedSent(sent) => (sent, operation.first & FIN),
            _ => (0, operation.first),
        };
        let rest = operation.payload.part(sent, operation.payload.len() - sent);
        let frame = deflater.frame(memory, rest, first, keys.next()?)?;
        let then = match frame.done {
            true => Progress::Over,
            false => Progress::CompressedSent(sent + frame.taken),
        };
        let piece = Piece { len: frame.octets.len() as u64, then };
        let work = Work::SendToNetwork(operation.buffer_type, [frame.octets, Region::NONE]);
        Ok((work, SendOut::Piece(piece), operation.context))
    }

    /// A piece that was out was sent, if the number is right; otherwise the operation ends.
    pub fn complete_piece(&mut self, piece: Piece, octets: u64) {
        if octets == piece.len {
            self.progress = piece.then;
            return;
        }
        let begun = matches!(self.progress, Progress::CompressedSent(_));
        self.progress = Progress::Over;
        if self.queue.first().is_some_and(|operation| operation.compressed) {
            self.deflater.iter_mut().for_each(|deflater| deflater.give_up(begun));
        }
    }
}

/// Writes what stands before the caller's octets to the start of the send part: the header, and the
/// status of a close. Returns how many octets that are.
fn write_prefix(operation: &SendOperation, memory: &mut Memory, key: Option<[u8; KEY]>) -> usize {
    let payload_len = operation.payload.len() as u64 + operation.status_len();
    let (header, len) = encode_header(operation.first, payload_len, key);
    // All of it, whatever the length: the send part has room, and a constant needs no loop.
    memory.octets(Part::Send, 0, MAX_HEADER).copy_from_slice(&header);
    if let Some(status) = operation.status {
        let mut status = write_status(status);
        unmask(&mut status, key.unwrap_or_default(), 0);
        memory.octets(Part::Send, len, 2).copy_from_slice(&status);
    }
    len + operation.status_len() as usize
}

/// The start of a frame whose payload is sent from where it is; all of it if there is a slot for
/// that. `key`: changes nothing.
fn plain_start(
    operation: &SendOperation,
    memory: &mut Memory,
    key: Option<[u8; KEY]>,
    slots: usize,
) -> ([Region; 2], Progress) {
    let prefix_len = write_prefix(operation, memory, key);
    let prefix = memory.region(Part::Send, 0, prefix_len);
    if slots == 1 && !operation.payload.is_empty() {
        ([prefix, Region::NONE], Progress::HeaderSent)
    } else {
        ([prefix, operation.payload], Progress::Over)
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
        Progress::Over
    } else {
        Progress::MaskedSent { key, sent: sent + len as u64 }
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
        (
            BufferType::Text { .. } | BufferType::Binary { .. } | BufferType::Extension { .. },
            Payload::Data(octets),
        ) => Ok((None, octets)),
        _ => Err(Error::InvalidArgument),
    }
}
