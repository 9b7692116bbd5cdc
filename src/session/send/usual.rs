//! The usual cases without detours: whole messages, one after the other. What is done here is what
//! [`SendTrack::queue`], [`SendTrack::next`] and [`SendTrack::complete`] do, for fewer cases;
//! `session/usual_cases.rs` holds the one to the other.

use super::{
    Payload, Piece, Progress, SendOperation, SendTrack, Stage, masked_piece, plain_start,
    write_prefix,
};
use crate::codec::FIN;
use crate::error::Error;
use crate::session::action::BufferType;
use crate::session::keys::KeyPool;
use crate::session::memory::{Context, Memory, Region};

/// What comes next for the operation at the front.
pub enum Usual {
    /// Its frame is to be sent, or the first piece of it.
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
                        let key = pool.draw().map_err(|error| *failure = Some(error)).ok()?;
                        self.key = key;
                        let prefix_len = write_prefix(operation, memory, Some(key));
                        masked_piece(operation, memory, prefix_len, key, 0)
                    }
                    KeyPool::ZeroKey => return None,
                };
                self.piece = Some(Piece::of(&regions, then));
                Some((Usual::Send(regions), buffer_type, context))
            }
            _ => None,
        }
    }

    /// The same for the rest of a frame that is longer than the send part.
    #[inline(always)]
    pub fn usual_rest(
        &mut self,
        memory: &mut Memory,
    ) -> Option<([Region; 2], BufferType, Context)> {
        let operation = self.queue.first()?;
        if self.progress.stage != Stage::MaskedSent || operation.status.is_some() {
            return None;
        }
        let (regions, then) = masked_piece(operation, memory, 0, self.key, self.progress.sent);
        self.piece = Some(Piece::of(&regions, then));
        Some((regions, operation.buffer_type, operation.context))
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
