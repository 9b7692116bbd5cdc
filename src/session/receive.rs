//! The receive track: octets from the network become indications.

use std::collections::VecDeque;

use super::action::{BufferType, Indication, Work};
use super::config::Config;
use super::memory::{Context, Memory, Part, Region};
use super::pong::PongSlot;
use super::window::Window;
use crate::codec::{
    CloseCheck, FIN, FrameHeader, HeaderRules, MAX_HEADER, NO_STATUS, Opcode, Utf8, Violation,
    parse_header, unmask,
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

/// The message of which frames are arriving.
#[derive(Clone, Copy, Debug)]
struct Message {
    is_text: bool,
    /// One of its frames has a reserved bit, so that it is an extension's from there on.
    is_extension: bool,
    /// Set where the octets have to be UTF-8.
    utf8: Option<Utf8>,
}

/// The frame of which the payload is arriving.
#[derive(Clone, Copy, Debug)]
struct Frame {
    header: FrameHeader,
    /// Octets of the payload that were indicated.
    indicated: u64,
    /// Octets at the start of the window that are unmasked and checked.
    checked: usize,
    close: CloseCheck,
}

impl Frame {
    fn remaining(&self) -> u64 {
        self.header.payload_len - self.indicated
    }
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
    queue: VecDeque<ReceiveOperation>,
    window: Window,
    frame: Option<Frame>,
    message: Option<Message>,
    fault: Option<Violation>,
    /// A close frame was indicated; nothing behind it is looked at.
    closed: bool,
    /// The operation at the front was cancelled.
    cancelled: bool,
}

impl ReceiveTrack {
    pub fn new(config: &Config, extensions: bool) -> ReceiveTrack {
        let (masked, utf8) = (config.expects_masked(), config.utf8_verification);
        ReceiveTrack {
            rules: Rules { masked, utf8, extensions },
            receive_len: config.receive_len as usize,
            queue: VecDeque::new(),
            window: Window::new(config.sizes().receive, config.receive_len as usize),
            frame: None,
            message: None,
            fault: None,
            closed: false,
            cancelled: false,
        }
    }

    /// Queues an operation.
    pub fn queue(&mut self, target: Option<Region>, context: Context) -> Result<()> {
        if target.is_some_and(|target| target.is_empty()) {
            return Err(Error::InvalidArgument);
        }
        if self.fault.is_some() || self.closed {
            return Err(Error::InvalidOperation);
        }
        fallible::push_back(&mut self.queue, ReceiveOperation { target, context })
    }

    /// The fault that ended the receive side.
    pub fn fault(&self) -> Option<Violation> {
        self.fault
    }

    /// Forgets the fault, so that the operations can be handed back.
    pub fn abort(&mut self) {
        self.fault = None;
    }

    /// Finds out what comes next. Nothing is handed out by this, and asking again gives the same.
    /// `pong_may_go`: a pong could be sent right now, so that a ping is not passed over.
    pub fn step(
        &mut self,
        memory: &mut Memory,
        pong: &mut PongSlot,
        pong_may_go: bool,
    ) -> core::result::Result<Step, Violation> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Some(&operation) = self.queue.front() else { return Ok(Step::Idle) };
        if self.cancelled || self.closed {
            return Ok(Step::HandBack);
        }
        loop {
            if pong_may_go && pong.is_pending() {
                return Ok(Step::Idle);
            }
            let step = match self.advance(memory, pong, operation) {
                Ok(step) => step,
                Err(fault) => {
                    self.fault = Some(fault);
                    return Err(fault);
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
    ) -> core::result::Result<Option<Step>, Violation> {
        let Some(mut frame) = self.frame else { return self.begin_frame(memory) };
        let len = self.check_payload(memory, &mut frame)?;
        self.frame = Some(frame);
        let whole = len as u64 == frame.remaining();
        match frame.header.opcode {
            Opcode::Ping if whole => {
                pong.store(memory, self.window.start(), len);
                self.end_frame(len);
                Ok(None)
            }
            Opcode::Close | Opcode::Pong if whole => Ok(Some(Step::Indicate(len))),
            opcode if opcode.is_control() => Ok(Some(self.read_rest(memory, &frame, len))),
            _ => {
                let own_len = operation.target.map_or(usize::MAX, |own| own.len());
                let limit = own_len.min(self.receive_len);
                Ok(Some(self.data_step(memory, &frame, len, limit)))
            }
        }
    }

    /// Reads the next header, if it is there.
    fn begin_frame(
        &mut self,
        memory: &mut Memory,
    ) -> core::result::Result<Option<Step>, Violation> {
        let len = self.window.len().min(MAX_HEADER);
        let octets = self.window.octets(memory, 0, len);
        let header_rules = HeaderRules {
            masked: self.rules.masked,
            reserved_bits: self.rules.extensions,
            in_message: self.message.is_some(),
        };
        let Some(header) = parse_header(octets, header_rules)? else {
            // A cut header has few octets: in front, it leaves the whole window to the read.
            self.window.move_to_front(memory);
            return Ok(Some(Step::Read(self.window.offer(memory, usize::MAX))));
        };
        self.window.consume(header.header_len);
        let is_extension = header.rsv != 0;
        if matches!(header.opcode, Opcode::Text | Opcode::Binary) {
            let is_text = header.opcode == Opcode::Text;
            let utf8 = (is_text && self.rules.utf8 && !is_extension).then(Utf8::new);
            self.message = Some(Message { is_text, is_extension, utf8 });
        } else if let Some(message) = &mut self.message {
            message.is_extension |= is_extension;
        }
        let close = CloseCheck::new(self.rules.utf8);
        self.frame = Some(Frame { header, indicated: 0, checked: 0, close });
        Ok(None)
    }

    /// Unmasks and checks what has arrived of the payload; returns how many octets of it are in
    /// the window.
    fn check_payload(
        &mut self,
        memory: &mut Memory,
        frame: &mut Frame,
    ) -> core::result::Result<usize, Violation> {
        let header = frame.header;
        let len = (self.window.len() as u64).min(frame.remaining()) as usize;
        let complete = len as u64 == frame.remaining();
        let fresh = self.window.octets(memory, frame.checked, len);
        if let Some(key) = header.key {
            unmask(fresh, key, frame.indicated + frame.checked as u64);
        }
        // An empty frame brings no octets, but it can end a text.
        let has_news = len > frame.checked || (complete && len == 0);
        match header.opcode {
            Opcode::Ping | Opcode::Pong => {}
            Opcode::Close => {
                let payload = self.window.octets(memory, 0, len);
                frame.close.advance(payload, complete)?;
            }
            _ if has_news => {
                let last = complete && header.fin;
                if let Some(utf8) = self.message.as_mut().and_then(|message| message.utf8.as_mut())
                {
                    utf8.push(fresh, last)?;
                }
            }
            _ => {}
        }
        frame.checked = len;
        Ok(len)
    }

    /// What to do with so many octets of a data frame. `limit`: the longest frame that is
    /// indicated in one piece.
    fn data_step(&mut self, memory: &mut Memory, frame: &Frame, len: usize, limit: usize) -> Step {
        if len as u64 == frame.remaining() && len <= limit {
            return Step::Indicate(len);
        }
        if frame.indicated == 0 && frame.header.payload_len <= limit as u64 {
            return self.read_rest(memory, frame, len);
        }
        if len >= limit || (len > 0 && self.window.free() == 0) {
            return Step::Indicate(len.min(limit));
        }
        if len == 0 {
            self.window.move_to_front(memory);
        }
        Step::Read(self.window.offer(memory, self.receive_len - len))
    }

    /// Asks for the rest of a frame that is held whole, and moves what is there if there is no
    /// room for the rest behind it.
    fn read_rest(&mut self, memory: &mut Memory, frame: &Frame, len: usize) -> Step {
        if frame.remaining() - len as u64 > self.window.free() as u64 || len == 0 {
            self.window.move_to_front(memory);
        }
        Step::Read(self.window.offer(memory, usize::MAX))
    }

    /// Turns a step into work, with the context of its operation.
    pub fn hand_out(&mut self, step: Step, memory: &Memory) -> Option<(Work, ReceiveOut, Context)> {
        let context = self.queue.front()?.context;
        let (work, out) = match step {
            Step::Idle => return None,
            Step::Read(region) => {
                (Work::ReceiveFromNetwork(region), ReceiveOut::Network(region.len()))
            }
            Step::HandBack => {
                self.cancelled = false;
                self.queue.pop_front();
                (Work::IndicateReceiveComplete(Indication::Nothing), ReceiveOut::Indication)
            }
            Step::Indicate(len) => {
                let target = self.queue.front()?.target;
                let indication = self.indicate(len, memory, target)?;
                self.queue.pop_front();
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
        let frame = self.frame?;
        let start = self.window.start();
        if frame.header.opcode == Opcode::Close {
            self.closed = true;
            self.end_frame(len);
            return Some(close_indication(start, len, memory, target));
        }
        let octets = place(start, len, memory, target);
        if frame.header.opcode == Opcode::Pong {
            self.end_frame(len);
            return Some(Indication::Data(BufferType::PingPong, octets));
        }
        let message = self.message?;
        let ends_frame = len as u64 == frame.remaining();
        let fin = ends_frame && frame.header.fin;
        let buffer_type = if message.is_extension {
            let fin = if fin { FIN } else { 0 };
            let first = fin | frame.header.rsv | frame.header.opcode.bits();
            BufferType::Extension { first, mask_bit: false }
        } else {
            BufferType::data(message.is_text, fin)
        };
        if ends_frame {
            self.end_frame(len);
        } else {
            self.window.consume(len);
            let (indicated, checked) = (frame.indicated + len as u64, frame.checked - len);
            self.frame = Some(Frame { indicated, checked, ..frame });
        }
        if fin {
            self.message = None;
        }
        Some(Indication::Data(buffer_type, octets))
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
fn place(start: usize, len: usize, memory: &Memory, target: Option<Region>) -> Region {
    match target {
        Some(target) if target.len() >= len => {
            let target = target.part(0, len);
            memory.copy_out(start, target);
            target
        }
        _ => memory.region(Part::Receive, start, len),
    }
}

/// A close frame without a status has no reason either, not even an empty one.
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
    Indication::Close(status, place(start + 2, len - 2, memory, target))
}
