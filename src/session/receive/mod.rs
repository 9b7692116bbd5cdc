//! The receive track: octets from the network become indications.

mod begun;
mod indicate;
mod short;
mod usual;

use core::num::NonZeroUsize;

pub use usual::{Awaited, Usual};

use super::config::{Compressed, Config};
use super::incoming::{Arrived, Frame, Message};
use super::inflater::{Inflated, Inflater};
use super::memory::{Context, Memory, Part, Region};
use super::operations::Operations;
use super::pong::PongSlot;
use super::window::Window;
use crate::codec::{
    CloseCheck, FrameHeader, HeaderRules, MAX_HEADER, MaskRule, Opcode, RSV, RSV1, Violation,
    parse_header,
};
use crate::error::{Error, OutOfMemory, Result};
use crate::fallible::Alone;

/// A queued receive.
#[derive(Clone, Copy, Debug)]
struct ReceiveOperation {
    /// The caller's own buffer; empty if it gave none.
    target: Region,
    /// Octets of the longest piece that may be indicated.
    limit: NonZeroUsize,
    context: Context,
}

/// What the handshake and the properties say of the frames that come.
#[derive(Clone, Copy, Debug)]
struct Rules {
    masked: MaskRule,
    utf8: bool,
    /// The reserved bits that the first frame of a message may have, and those that others may.
    reserved_bits: [u8; 2],
}

/// What the receive track would hand out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing to do, or a pong has to go first.
    Idle,
    /// More octets are needed, so many at the most.
    Read(usize),
    /// So many octets of the frame at the start of the window are to be indicated.
    Indicate(usize),
    /// The operation at the front is over without anything to show.
    HandBack,
    /// [`ReceiveTrack::error`] says what went wrong.
    Failed,
}

/// Whether octets are still received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Receiving,
    /// The operation at the front was cancelled.
    Cancelled,
    /// A close frame was indicated; nothing behind it is looked at.
    Closed,
    /// The peer broke the rules.
    Failed,
    /// The caller gave the connection up.
    Aborted,
}

#[derive(Debug)]
pub struct ReceiveTrack {
    phase: Phase,
    /// What is out is a read.
    is_reading: bool,
    /// The last message that [`ReceiveTrack::next_message`] found was one for [`ReceiveTrack::next_short`].
    was_short: bool,
    rules: Rules,
    fault: Option<Violation>,
    message: Option<Message>,
    frame: Option<Frame>,
    window: Window,
    queue: Operations<ReceiveOperation>,
    /// Octets of the longest frame that is indicated in one piece.
    receive_len: NonZeroUsize,
    /// What is known of a close frame that is arriving.
    close: CloseCheck,
    /// Where the handshake agreed on compression.
    inflater: Option<Alone<Inflater>>,
}

impl ReceiveTrack {
    pub fn new(
        config: &Config,
        extensions: bool,
        compressed: Option<Compressed>,
    ) -> Result<ReceiveTrack, OutOfMemory> {
        let (masked, utf8) = (config.expects_masked(), config.utf8_verification);
        let of_extensions = if extensions { RSV } else { 0 };
        // Only the first frame of a message may have the RSV1 that is ours.
        let reserved_bits = match compressed.is_some() {
            false => [of_extensions; 2],
            true => [of_extensions | RSV1, of_extensions & !RSV1],
        };
        let receive_len = config.receive_limit();
        Ok(ReceiveTrack {
            phase: Phase::Receiving,
            is_reading: false,
            was_short: false,
            rules: Rules { masked, utf8, reserved_bits },
            fault: None,
            message: None,
            frame: None,
            window: Window::new(config.sizes(false).receive, config.receive_len),
            queue: Operations::new(),
            receive_len,
            close: CloseCheck::new(utf8),
            inflater: compressed
                .map(|agreed| Alone::new(Inflater::new(agreed.incoming, agreed.max_message)))
                .transpose()?,
        })
    }

    /// Queues an operation.
    pub fn queue(&mut self, target: Option<Region>, context: Context) -> Result<()> {
        let operation = self.operation(target, context).ok_or(Error::InvalidArgument)?;
        if matches!(self.phase, Phase::Failed | Phase::Closed) {
            return Err(Error::InvalidOperation);
        }
        self.queue.push(|| operation)
    }

    /// The same where octets are received and none is queued; otherwise it is false, and nothing is
    /// changed.
    #[inline(always)]
    pub fn queue_first(&mut self, target: Option<Region>, context: Context) -> bool {
        let Some(operation) = self.operation(target, context) else { return false };
        self.phase == Phase::Receiving && self.queue.set_first(operation)
    }

    /// `None`: there is no room for a single octet.
    #[inline(always)]
    fn operation(&self, target: Option<Region>, context: Context) -> Option<ReceiveOperation> {
        let limit = match target {
            None => self.receive_len,
            Some(target) => NonZeroUsize::new(target.len())?.min(self.receive_len),
        };
        Some(ReceiveOperation { target: target.unwrap_or(Region::NONE), limit, context })
    }

    /// Whether octets are received.
    #[inline(always)]
    pub fn is_receiving(&self) -> bool {
        self.phase == Phase::Receiving
    }

    /// Whether a frame has begun.
    #[inline(always)]
    pub fn is_inside_frame(&self) -> bool {
        self.frame.is_some()
    }

    /// Whether a message has begun.
    #[inline(always)]
    pub fn is_inside_message(&self) -> bool {
        self.message.is_some()
    }

    /// The fault that ended the receive side.
    pub fn fault(&self) -> Option<Violation> {
        self.fault
    }

    /// Why a step failed. Without a fault it was for want of memory, and the next may do better.
    #[cold]
    pub fn error(&self) -> Error {
        self.fault.map_or(Error::OutOfMemory, Error::Violation)
    }

    /// From now on operations are only handed back.
    pub fn abort(&mut self) {
        self.phase = Phase::Aborted;
    }

    /// Finds out what comes next. Nothing is handed out by this, and asking again gives the same.
    /// `pong_may_go`: a pong could be sent right now, so that a ping is not passed over.
    pub fn step(&mut self, memory: &mut Memory, pong: &mut PongSlot, pong_may_go: bool) -> Step {
        if self.phase != Phase::Receiving {
            return self.step_at_the_end();
        }
        let Some(operation) = self.queue.first() else { return Step::Idle };
        let limit = operation.limit.get();
        loop {
            if pong_may_go && pong.is_pending() {
                return Step::Idle;
            }
            match self.advance(memory, pong, limit) {
                Ok(Some(step)) => return step,
                // A ping is over, or a frame that brought nothing.
                Ok(None) => {}
                Err(error) => return self.fail(error),
            }
        }
    }

    /// The same while a pong is out: pings wait behind it.
    #[cold]
    pub fn step_behind_pong(&self) -> Step {
        if self.phase == Phase::Failed { Step::Failed } else { Step::Idle }
    }

    #[cold]
    fn step_at_the_end(&self) -> Step {
        match self.phase {
            Phase::Failed => Step::Failed,
            _ if self.queue.is_empty() => Step::Idle,
            _ => Step::HandBack,
        }
    }

    #[cold]
    fn fail(&mut self, error: Error) -> Step {
        if let Error::Violation(fault) = error {
            (self.fault, self.phase) = (Some(fault), Phase::Failed);
        }
        Step::Failed
    }

    /// One step of the parser; `None`: there may be more.
    fn advance(
        &mut self,
        memory: &mut Memory,
        pong: &mut PongSlot,
        limit: usize,
    ) -> Result<Option<Step>> {
        if self.frame.is_none() && !self.begin_frame(memory)? {
            // A cut header has few octets: in front, it leaves the whole window to the read.
            self.window.move_to_front(memory);
            return Ok(Some(Step::Read(usize::MAX)));
        }
        match &mut self.frame {
            Some(frame) if frame.is_shown_as_it_comes() => {
                Ok(Some(self.advance_data(memory, limit)))
            }
            _ => self.advance_other(memory, pong, limit),
        }
    }

    /// One step of a data frame that is shown as it comes.
    #[inline(always)]
    fn advance_data(&mut self, memory: &mut Memory, limit: usize) -> Step {
        let Some(frame) = &mut self.frame else { return Step::Idle };
        let Arrived { octets: arrived, rest, fits, is_enough } =
            Arrived::of(frame, &self.window, limit);
        let Some(message) = &mut self.message else { return Step::Idle };
        // A fault in a text is told as soon as it is there.
        let is_due = is_enough || message.is_checked();
        if is_due && let Err(fault) = frame.check(&self.window, message, memory) {
            return self.fail(fault.into());
        }
        if is_enough {
            return Step::Indicate(arrived.min(limit));
        }
        if fits {
            return self.read_rest(memory, rest);
        }
        Step::Read(self.receive_len.get() - arrived)
    }

    /// One step of another frame; `None`: there may be more.
    #[cold]
    fn advance_other(
        &mut self,
        memory: &mut Memory,
        pong: &mut PongSlot,
        limit: usize,
    ) -> Result<Option<Step>> {
        let Some(frame) = &mut self.frame else { return Ok(None) };
        let Arrived { octets: len, rest, .. } = Arrived::of(frame, &self.window, limit);
        match frame.opcode {
            Opcode::Close => frame.check_close(&self.window, &mut self.close, memory)?,
            _ => frame.unmask(&self.window, memory),
        }
        if frame.is_compressed {
            return self.advance_compressed(memory, len, limit);
        }
        if rest > 0 {
            return Ok(Some(self.read_rest(memory, rest)));
        }
        if frame.opcode == Opcode::Ping {
            pong.store(memory, self.window.start(), len);
            self.end_frame(len);
            return Ok(None);
        }
        Ok(Some(Step::Indicate(len)))
    }

    /// The same for a data frame of a compressed message, of which `len` octets have come: they are
    /// decompressed. Pieces are as long as they may be, but what a frame brought is not held back
    /// for the next.
    fn advance_compressed(
        &mut self,
        memory: &mut Memory,
        len: usize,
        limit: usize,
    ) -> Result<Option<Step>> {
        let (Some(frame), Some(message), Some(inflater)) =
            (&mut self.frame, &mut self.message, &mut self.inflater)
        else {
            return Ok(None);
        };
        let whole = len as u64 == frame.remaining();
        let last = whole && frame.fin;
        // One octet more tells whether the message goes on.
        let input = (self.window.start(), len);
        let Inflated { taken, fresh, fault } = inflater.advance(memory, input, last, limit + 1)?;
        frame.consume(taken);
        self.window.consume(taken);
        let ended = inflater.is_whole();
        message.check(memory.octets(Part::Inflated, fresh.0, fresh.1), ended)?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let filled = inflater.len();
        if filled > limit {
            return Ok(Some(Step::Indicate(limit)));
        }
        if ended || (whole && taken == len && filled > 0) {
            return Ok(Some(Step::Indicate(filled)));
        }
        if whole && taken == len {
            // A frame that brought nothing yet.
            self.frame = None;
            return Ok(None);
        }
        Ok((taken == len).then(|| {
            self.window.move_to_front(memory);
            Step::Read(usize::MAX)
        }))
    }

    fn header_rules(&self) -> HeaderRules {
        let Rules { masked, reserved_bits, .. } = self.rules;
        let in_message = self.message.is_some();
        HeaderRules { masked, reserved_bits: reserved_bits[usize::from(in_message)], in_message }
    }

    /// The next header, if it is all there.
    #[inline(always)]
    fn next_header(&self, memory: &mut Memory) -> Result<Option<FrameHeader>, Violation> {
        let octets = self.window.octets(memory, 0, self.window.len().min(MAX_HEADER));
        parse_header(octets, self.header_rules())
    }

    /// Begins a frame, if all of its header is there.
    fn begin_frame(&mut self, memory: &mut Memory) -> Result<bool, Violation> {
        let Some(header) = self.next_header(memory)? else { return Ok(false) };
        self.window.consume(header.header_len);
        let is_compressed = if header.opcode.is_control() {
            self.close = CloseCheck::new(self.rules.utf8);
            false
        } else {
            let mut message = self.message_of(&header);
            message.go_on(&header);
            self.message = Some(message);
            message.is_compressed
        };
        let mut frame = Frame::begin(&header, is_compressed);
        frame.note_unmasked(self.window.take_unmasked(), &self.window);
        self.frame = Some(frame);
        Ok(true)
    }

    /// The message that a data frame belongs to.
    #[inline(always)]
    fn message_of(&self, header: &FrameHeader) -> Message {
        match self.message {
            Some(message) => message,
            // With compression RSV1 is ours.
            None => Message::begin(header, self.rules.utf8, self.inflater.is_some()),
        }
    }

    /// Asks for the rest of a frame that is held whole, and for more, and moves what is there if there is no
    /// room for the rest behind it. The header goes along, as it does in [`ReceiveTrack::make_room`],
    /// where it has not been taken yet.
    fn read_rest(&mut self, memory: &mut Memory, rest: u64) -> Step {
        if rest > self.window.free() as u64 {
            self.move_begun_to_front(memory);
        }
        let end = self.window.end();
        Step::Read(self.window.end_of_read(end + rest as usize) - end)
    }

    /// Moves what is there of the frame that has begun to the front, where its header was ahead of it.
    fn move_begun_to_front(&mut self, memory: &mut Memory) {
        let header_len = self.frame.as_ref().map_or(0, |frame| frame.header_len);
        self.window.move_to_front_behind(usize::from(header_len), memory);
    }

    fn end_frame(&mut self, len: usize) {
        self.window.consume(len);
        self.frame = None;
    }

    /// What was out is done; of a read, so many octets have come.
    pub fn complete(&mut self, octets: u64) {
        if !self.complete_usual(octets) {
            self.is_reading = false;
            self.complete_oddly(octets);
        }
    }

    /// The same where that is as it should be; otherwise it is false, and nothing is changed.
    #[inline(always)]
    pub fn complete_usual(&mut self, octets: u64) -> bool {
        let is_usual = !self.is_reading || self.window.extend(octets);
        self.is_reading &= !is_usual;
        is_usual
    }

    /// A read that brought nothing, or more than there was room for. Behind an abort nothing fails any more.
    #[cold]
    fn complete_oddly(&mut self, octets: u64) {
        if self.phase != Phase::Receiving {
            return;
        }
        if octets > 0 {
            (self.fault, self.phase) = (Some(Violation::Overrun), Phase::Failed);
        } else {
            self.phase = Phase::Cancelled;
        }
    }
}
