//! What the receive track shows to the caller.

use super::{Phase, ReceiveTrack, Step};
use crate::codec::{FIN, NO_STATUS, Opcode, RSV1};
use crate::session::action::{Action, ActionId, BufferType, ExtensionFrame, Work};
use crate::session::incoming::Frame;
use crate::session::memory::{Memory, Part, Region};

impl ReceiveTrack {
    /// Turns a step into an action.
    pub fn hand_out(&mut self, step: Step, memory: &mut Memory, id: ActionId) -> Option<Action> {
        let &operation = self.queue.first()?;
        let mut action = Action::new(Work::IndicateReceiveComplete, operation.context, id);
        match (step, self.frame) {
            (Step::Idle | Step::Failed, _) => return None,
            (Step::Read(max), _) => {
                self.is_reading = true;
                action.work = Work::ReceiveFromNetwork;
                action.show([self.window.offer(memory, max), Region::NONE]);
                return Some(action);
            }
            (Step::Indicate(len), Some(frame)) => {
                let octets = if frame.is_compressed {
                    self.take_decompressed(frame, len, memory, &mut action)
                } else if frame.opcode.is_control() {
                    self.take_control(frame, len, memory, &mut action)
                } else {
                    self.take(len, memory).map(|(buffer_type, octets)| {
                        action.buffer_type = Some(buffer_type);
                        octets
                    })
                };
                let octets = octets.map(|octets| place(octets, memory, operation.target));
                action.show([octets.unwrap_or(Region::NONE), Region::NONE]);
            }
            _ if self.phase == Phase::Cancelled => self.phase = Phase::Receiving,
            _ => {}
        }
        self.queue.pop();
        Some(action)
    }

    /// Takes the first octets of a data frame.
    #[inline(always)]
    pub(super) fn take(&mut self, len: usize, memory: &Memory) -> Option<(BufferType, Region)> {
        let frame = self.frame.as_mut()?;
        let octets = memory.region(Part::Receive, self.window.start(), len);
        let ends_frame = len as u64 == frame.remaining();
        // A message ends with the last piece of a frame that has FIN (RFC 6455 §5.4).
        let (bits, fin) = (frame.bits(), ends_frame && frame.fin);
        if ends_frame {
            self.frame = None;
        } else {
            frame.consume(len);
        }
        self.window.consume(len);
        Some((self.data_type(bits, fin)?, octets))
    }

    fn take_decompressed(
        &mut self,
        frame: Frame,
        len: usize,
        memory: &Memory,
        action: &mut Action,
    ) -> Option<Region> {
        let inflater = self.inflater.as_mut()?;
        if frame.remaining() == 0 && len == inflater.len() {
            self.frame = None;
        }
        let octets = memory.region(Part::Inflated, inflater.start(), len);
        let fin = inflater.indicate(len);
        action.buffer_type = self.data_type(frame.bits(), fin);
        Some(octets)
    }

    fn take_control(
        &mut self,
        frame: Frame,
        len: usize,
        memory: &Memory,
        action: &mut Action,
    ) -> Option<Region> {
        let start = self.window.start();
        self.end_frame(len);
        if frame.opcode != Opcode::Close {
            action.buffer_type = Some(BufferType::PingPong);
            return Some(memory.region(Part::Receive, start, len));
        }
        self.phase = Phase::Closed;
        action.buffer_type = Some(BufferType::Close);
        if len < 2 {
            // Without a status there is no reason either, not even an empty one.
            action.status = Some(NO_STATUS);
            return None;
        }
        action.status = Some(memory.read_u16(start));
        Some(memory.region(Part::Receive, start + 2, len - 2))
    }

    /// The type of a piece of the message. `bits`: see [`Frame::bits`]; `fin`: the last one.
    #[inline(always)]
    fn data_type(&mut self, bits: u8, fin: bool) -> Option<BufferType> {
        let message = self.message.as_ref()?;
        let buffer_type = if message.is_extension {
            let fin = if fin { FIN } else { 0 };
            let bits = if message.is_compressed { bits & !RSV1 } else { bits };
            BufferType::Extension(ExtensionFrame::new(fin | bits, false))
        } else {
            BufferType::data(message.is_text, fin)
        };
        if fin {
            self.message = None;
        }
        Some(buffer_type)
    }
}

/// Where the octets are indicated: in the caller's buffer if they fit, else where they are.
#[inline(always)]
pub fn place(octets: Region, memory: &Memory, target: Region) -> Region {
    if target.is_empty() || target.len() < octets.len() {
        return octets;
    }
    memory.copy_out(octets, target)
}
