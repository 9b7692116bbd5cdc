//! The usual cases without detours: whole messages that go out in one piece, one after the other. What is
//! done here is what [`SendTrack::queue`], [`SendTrack::next`] and [`SendTrack::complete`] do, for fewer
//! cases; `session/usual_cases.rs` holds the one to the other.

use super::{
    Payload, Piece, Progress, SendOperation, SendTrack, Stage, masked_piece, plain_start,
    write_prefix,
};
use crate::codec::{FIN, MAX_HEADER};
use crate::error::Error;
use crate::session::action::BufferType;
use crate::session::keys::KeyPool;
use crate::session::memory::{Context, Memory, Part, Region};

/// What comes next for the operation at the front.
pub enum Usual {
    /// All of its frame is to be sent.
    Send([Region; 2]),
    /// It is over.
    Indicate,
}

impl SendTrack {
    /// Queues a message in one frame, where nothing is queued and no message has begun. False, and nothing
    /// is changed, where it is anything else.
    #[inline(always)]
    pub fn queue_whole(
        &mut self,
        buffer_type: BufferType,
        payload: Payload,
        context: Context,
    ) -> bool {
        let is_whole = matches!(buffer_type, BufferType::TextMessage | BufferType::BinaryMessage);
        let (true, Some(opcode), Payload::Data(payload)) =
            (is_whole, buffer_type.opcode(), payload)
        else {
            return false;
        };
        if self.message_is_text.is_some() || self.close_sent || self.deflater.is_some() {
            return false;
        }
        let first = FIN | opcode.bits();
        let (status, compressed) = (None, false);
        self.queue.set_first(SendOperation {
            buffer_type,
            first,
            status,
            payload,
            compressed,
            context,
        })
    }

    /// What comes next, in a usual case. Where there is none, nothing is changed. The caller has room for
    /// two buffers. `failure`: why there is none, where that is an error.
    #[inline(always)]
    pub fn usual(
        &mut self,
        memory: &mut Memory,
        keys: &mut KeyPool,
        failure: &mut Option<Error>,
    ) -> Option<(Usual, BufferType, Context)> {
        let operation = self.queue.first()?;
        let (buffer_type, context) = (operation.buffer_type, operation.context);
        if operation.compressed || operation.status.is_some() {
            return None;
        }
        match self.progress.stage {
            Stage::Over => {
                self.queue.pop();
                self.progress = Progress::WAITING;
                Some((Usual::Indicate, buffer_type, context))
            }
            Stage::Waiting => {
                let (regions, then) = match keys {
                    KeyPool::None => plain_start(operation, memory, None, 2),
                    KeyPool::Random(pool) => {
                        if memory.len_of(Part::Send) - MAX_HEADER < operation.payload.len() {
                            return None;
                        }
                        let key = pool.draw().map_err(|error| *failure = Some(error)).ok()?;
                        let prefix_len = write_prefix(operation, memory, Some(key));
                        masked_piece(operation, memory, prefix_len, key, 0)
                    }
                    KeyPool::ZeroKey => return None,
                };
                let len = regions[0].len() as u64 + regions[1].len() as u64;
                self.piece = Some(Piece { len, then });
                Some((Usual::Send(regions), buffer_type, context))
            }
            _ => None,
        }
    }

    /// What was out is done, as it should be. False, and nothing is changed, where it is not.
    #[inline(always)]
    pub fn complete_usual(&mut self, octets: u64) -> bool {
        let Some(piece) = &self.piece else { return true };
        let is_usual = piece.len == octets;
        if is_usual {
            self.progress = piece.then;
            self.piece = None;
        }
        is_usual
    }
}
