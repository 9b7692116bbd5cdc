//! The receive track: octets from the network become indications.

use super::action::{BufferType, Indication, Work};
use super::config::{Compressed, Config};
use super::incoming::{Frame, Message};
use super::inflater::{Inflated, Inflater};
use super::memory::{Context, Memory, Part, Region};
use super::operations::Operations;
use super::pong::PongSlot;
use super::window::Window;
use crate::codec::{
    FIN, FrameHeader, HeaderRules, MAX_HEADER, NO_STATUS, Opcode, RSV, RSV1, Violation,
    parse_header,
};
use crate::error::{Error, Result};
use crate::fallible;

/// A queued receive. `target`: the caller's own buffer, if it gave one.
#[derive(Clone, Copy, Debug)]
struct ReceiveOperation {
    target: Option<Region>,
    context: Context,
}

/// What the handshake and the properties say of the frames that come.
#[derive(Clone, Copy, Debug)]
struct Rules {
    masked: Option<bool>,
    utf8: bool,
    extensions: bool,
}

/// What is out on the receive track.
#[derive(Clone, Copy, Debug)]
pub enum ReceiveOut {
    Network(usize),
    Indication,
}

/// What the receive track would hand out next.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Nothing to do, or a pong has to go first.
    Idle,
    /// More octets are needed.
    Read(Region),
    /// So many octets of the frame at the start of the window are to be indicated.
    Indicate(usize),
    /// The operation at the front is over without anything to show.
    HandBack,
}

#[derive(Debug)]
pub struct ReceiveTrack {
    rules: Rules,
    /// Octets of the longest frame that is indicated in one piece.
    receive_len: usize,
    queue: Operations<ReceiveOperation>,
    window: Window,
    frame: Option<Frame>,
    message: Option<Message>,
    /// The only element, where the handshake agreed on compression; a box, so that others are as small
    /// as they were without.
    inflater: Box<[Inflater]>,
    fault: Option<Violation>,
    /// A close frame was indicated; nothing behind it is looked at.
    closed: bool,
    /// The operation at the front was cancelled.
    cancelled: bool,
}

impl ReceiveTrack {
    pub fn new(
        config: &Config,
        extensions: bool,
        compressed: Option<Compressed>,
    ) -> Result<ReceiveTrack> {
        let (masked, utf8) = (config.expects_masked(), config.utf8_verification);
        Ok(ReceiveTrack {
            rules: Rules { masked, utf8, extensions },
            receive_len: config.receive_len as usize,
            queue: Operations::new(),
            window: Window::new(config.sizes(false).receive, config.receive_len as usize),
            frame: None,
            message: None,
            inflater: compressed.map_or(Ok(Box::default()), |agreed| {
                fallible::boxed(Inflater::new(agreed.incoming, agreed.max_message))
            })?,
            fault: None,
            closed: false,
            cancelled: false,
        })
    }

    /// Queues an operation.
    pub fn queue(&mut self, target: Option<Region>, context: Context) -> Result<()> {
        if target.is_some_and(|target| target.is_empty()) {
            return Err(Error::InvalidArgument);
        }
        if self.fault.is_some() || self.closed {
            return Err(Error::InvalidOperation);
        }
        self.queue.push(ReceiveOperation { target, context })
    }

    /// The fault that ended the receive side.
    pub fn fault(&self) -> Option<Violation> {
        self.fault
    }

    /// Finds out what comes next. Nothing is handed out by this, and asking again gives the same.
    /// `pong_may_go`: a pong could be sent right now, so that a ping is not passed over.
    pub fn step(
        &mut self,
        memory: &mut Memory,
        pong: &mut PongSlot,
        pong_may_go: bool,
    ) -> Result<Step> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        let Some(&operation) = self.queue.first() else { return Ok(Step::Idle) };
        if self.cancelled || self.closed {
            return Ok(Step::HandBack);
        }
        loop {
            if pong_may_go && pong.is_pending() {
                return Ok(Step::Idle);
            }
            let step = match self.advance(memory, pong, operation) {
                Ok(step) => step,
                Err(error) => {
                    // Without memory the next call may do better.
                    if let Error::Violation(fault) = error {
                        self.fault = Some(fault);
                    }
                    return Err(error);
                }
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    /// One step of the parser; `None`: there may be more.
    fn advance(
        &mut self,
        memory: &mut Memory,
        pong: &mut PongSlot,
        operation: ReceiveOperation,
    ) -> Result<Option<Step>> {
        let Some(frame) = &mut self.frame else { return self.begin_frame(memory) };
        if frame.is_compressed {
            return self.advance_compressed(memory, operation);
        }
        let len = frame.advance(&self.window, self.message.as_mut(), memory)?;
        let rest = frame.remaining() - len as u64;
        let whole = rest == 0;
        if frame.header.opcode.is_control() {
            return Ok(self.advance_control(memory, pong, len, rest));
        }
        let own_len = operation.target.map_or(usize::MAX, |own| own.len());
        let limit = own_len.min(self.receive_len);
        // A frame that fits is held back until it is whole.
        let fits = frame.indicated == 0 && frame.header.payload_len <= limit as u64;
        Ok(Some(match whole {
            true if len <= limit => Step::Indicate(len),
            false if fits => self.read_rest(memory, rest),
            _ => self.long_frame_step(memory, len, limit),
        }))
    }

    /// The same for a control frame.
    #[cold]
    fn advance_control(
        &mut self,
        memory: &mut Memory,
        pong: &mut PongSlot,
        len: usize,
        rest: u64,
    ) -> Option<Step> {
        if rest > 0 {
            return Some(self.read_rest(memory, rest));
        }
        if self.frame.is_some_and(|frame| frame.header.opcode == Opcode::Ping) {
            pong.store(memory, self.window.start(), len);
            self.end_frame(len);
            return None;
        }
        Some(Step::Indicate(len))
    }

    /// RSV1 is ours where messages may be compressed, and only their first frame has it.
    fn allowed_reserved_bits(&self) -> u8 {
        let of_extensions = if self.rules.extensions { RSV } else { 0 };
        match (self.inflater.is_empty(), self.message.is_some()) {
            (true, _) => of_extensions,
            (false, true) => of_extensions & !RSV1,
            (false, false) => of_extensions | RSV1,
        }
    }

    /// The same for a data frame of a compressed message: what has arrived of it is decompressed.
    /// Pieces are as long as they may be, but what a frame brought is not held back for the next.
    #[cold]
    fn advance_compressed(
        &mut self,
        memory: &mut Memory,
        operation: ReceiveOperation,
    ) -> Result<Option<Step>> {
        let (Some(frame), Some(message), Some(inflater)) =
            (&mut self.frame, &mut self.message, self.inflater.first_mut())
        else {
            return Ok(None);
        };
        let len = frame.unmask(&self.window, memory).len;
        let whole = len as u64 == frame.remaining();
        let last = whole && frame.header.fin;
        let own_len = operation.target.map_or(usize::MAX, |own| own.len());
        let limit = own_len.min(self.receive_len);
        // One octet more tells whether the message goes on.
        let input = (self.window.start(), len);
        let Inflated { taken, fresh } = inflater.advance(memory, input, last, limit + 1)?;
        frame.consume(taken);
        self.window.consume(taken);
        let ended = inflater.is_whole();
        message.check(memory.octets(Part::Inflated, fresh.0, fresh.1), ended)?;
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
            Step::Read(self.window.offer(memory, usize::MAX))
        }))
    }

    /// Reads the next header, if it is there.
    fn begin_frame(&mut self, memory: &mut Memory) -> Result<Option<Step>> {
        let len = self.window.len().min(MAX_HEADER);
        let octets = self.window.octets(memory, 0, len);
        let header_rules = HeaderRules {
            masked: self.rules.masked,
            reserved_bits: self.allowed_reserved_bits(),
            in_message: self.message.is_some(),
        };
        let Some(header) = parse_header(octets, header_rules)? else {
            // A cut header has few octets: in front, it leaves the whole window to the read.
            self.window.move_to_front(memory);
            return Ok(Some(Step::Read(self.window.offer(memory, usize::MAX))));
        };
        self.window.consume(header.header_len);
        if matches!(header.opcode, Opcode::Text | Opcode::Binary) {
            let compressible = !self.inflater.is_empty();
            self.message = Some(Message::begin(&header, self.rules.utf8, compressible));
        } else if let Some(message) = &mut self.message {
            message.is_extension |= header.rsv != 0;
        }
        let is_compressed = !header.opcode.is_control()
            && self.message.as_ref().is_some_and(|message| message.is_compressed);
        self.frame = Some(Frame::begin(header, self.rules.utf8, is_compressed));
        Ok(None)
    }

    /// What to do with so many octets of a data frame that is indicated in pieces of at most
    /// `limit` octets.
    fn long_frame_step(&mut self, memory: &mut Memory, len: usize, limit: usize) -> Step {
        if len >= limit || (len > 0 && self.window.free() == 0) {
            return Step::Indicate(len.min(limit));
        }
        if len == 0 {
            self.window.move_to_front(memory);
        }
        Step::Read(self.window.offer(memory, self.receive_len - len))
    }

    /// Asks for the rest of a frame that is held whole, and moves what is there if there is no
    /// room for the rest behind it. An empty window is moved for nothing.
    fn read_rest(&mut self, memory: &mut Memory, rest: u64) -> Step {
        if rest > self.window.free() as u64 || self.window.len() == 0 {
            self.window.move_to_front(memory);
        }
        Step::Read(self.window.offer(memory, usize::MAX))
    }

    /// Turns a step into work, with the context of its operation.
    pub fn hand_out(&mut self, step: Step, memory: &Memory) -> Option<(Work, ReceiveOut, Context)> {
        let context = self.queue.first()?.context;
        let (work, out) = match step {
            Step::Idle => return None,
            Step::Read(region) => {
                (Work::ReceiveFromNetwork(region), ReceiveOut::Network(region.len()))
            }
            Step::HandBack => {
                self.cancelled = false;
                self.queue.pop();
                (Work::IndicateReceiveComplete(Indication::Nothing), ReceiveOut::Indication)
            }
            Step::Indicate(len) => {
                let target = self.queue.first()?.target;
                let indication = self.indicate(len, memory, target)?;
                self.queue.pop();
                (Work::IndicateReceiveComplete(indication), ReceiveOut::Indication)
            }
        };
        Some((work, out, context))
    }

    fn indicate(
        &mut self,
        len: usize,
        memory: &Memory,
        target: Option<Region>,
    ) -> Option<Indication> {
        let frame = self.frame.as_mut()?;
        let header = frame.header;
        if frame.is_compressed {
            return self.indicate_decompressed(len, memory, target);
        }
        let ends_frame = len as u64 == frame.remaining();
        frame.consume(len);
        let start = self.window.start();
        if header.opcode == Opcode::Close {
            self.closed = true;
            self.end_frame(len);
            return Some(close_indication(start, len, memory, target));
        }
        let octets = place(memory.region(Part::Receive, start, len), memory, target);
        if header.opcode == Opcode::Pong {
            self.end_frame(len);
            return Some(Indication::Data(BufferType::PingPong, octets));
        }
        let message = self.message?;
        // A message ends with the last piece of a frame that has FIN (RFC 6455 §5.4).
        let fin = ends_frame && header.fin;
        if ends_frame {
            self.end_frame(len);
        } else {
            self.window.consume(len);
        }
        Some(self.data_indication(message, header, fin, octets))
    }

    #[cold]
    fn indicate_decompressed(
        &mut self,
        len: usize,
        memory: &Memory,
        target: Option<Region>,
    ) -> Option<Indication> {
        let (frame, message) = (self.frame?, self.message?);
        let inflater = self.inflater.first_mut()?;
        let frame_is_over = frame.remaining() == 0 && len == inflater.len();
        let start = inflater.start();
        let fin = inflater.indicate(len);
        if frame_is_over {
            self.frame = None;
        }
        let octets = place(memory.region(Part::Inflated, start, len), memory, target);
        Some(self.data_indication(message, frame.header, fin, octets))
    }

    /// The indication of a piece of a message. `fin`: the last one.
    fn data_indication(
        &mut self,
        message: Message,
        header: FrameHeader,
        fin: bool,
        octets: Region,
    ) -> Indication {
        let buffer_type = if message.is_extension {
            let fin = if fin { FIN } else { 0 };
            let rsv = if message.is_compressed { header.rsv & !RSV1 } else { header.rsv };
            let first = fin | rsv | header.opcode.bits();
            BufferType::Extension { first, mask_bit: false }
        } else {
            BufferType::data(message.is_text, fin)
        };
        if fin {
            self.message = None;
        }
        Indication::Data(buffer_type, octets)
    }

    fn end_frame(&mut self, len: usize) {
        self.window.consume(len);
        self.frame = None;
    }

    /// The caller has read so many octets; `len` were offered.
    pub fn complete_read(&mut self, len: usize, octets: u64) {
        match usize::try_from(octets) {
            Ok(0) => self.cancelled = true,
            Ok(octets) if octets <= len => self.window.extend(octets),
            _ => {
                self.cancelled = true;
                self.fault = Some(Violation::Overrun);
            }
        }
    }

    /// The step after an abort: whatever is queued is handed back.
    pub fn drain(&self) -> Step {
        if self.queue.is_empty() { Step::Idle } else { Step::HandBack }
    }
}

/// Where the octets are indicated: in the caller's buffer if they fit, else where they are.
fn place(octets: Region, memory: &Memory, target: Option<Region>) -> Region {
    match target {
        Some(target) if target.len() >= octets.len() => memory.copy_out(octets, target),
        _ => octets,
    }
}

/// A close frame without a status has no reason either, not even an empty one.
#[cold]
fn close_indication(
    start: usize,
    len: usize,
    memory: &Memory,
    target: Option<Region>,
) -> Indication {
    if len < 2 {
        return Indication::Close(NO_STATUS, Region::NONE);
    }
    let status = memory.read_u16(start);
    let reason = memory.region(Part::Receive, start + 2, len - 2);
    Indication::Close(status, place(reason, memory, target))
}
