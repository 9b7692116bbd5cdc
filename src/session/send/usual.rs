//! The usual cases without detours: whole messages, one after the other. What is done here is what
//! [`SendTrack::queue`], [`SendTrack::next`] and [`SendTrack::complete`] do, for fewer cases;
//! `session/usual_cases.rs` holds the one to the other.

use super::{
    Form, Payload, Piece, Progress, SendOperation, SendTrack, Stage, masked_piece, write_prefix,
};
use crate::codec::{FIN, MAX_HEADER, encode_header};
use crate::error::Error;
use crate::session::action::BufferType;
use crate::session::course::SendTeller;
use crate::session::keys::{KeyPool, Pool};
use crate::session::memory::{Context, Memory, Region};

/// What is to be sent of the operation at the front.
pub type UsualSend = ([Region; 2], BufferType, Context);

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
        let form = Form::Plain;
        self.queue.set_first(SendOperation { buffer_type, first, form, payload, context })
    }

    /// What the operation at the front was, where it is over.
    #[inline(always)]
    pub fn sent(&self) -> Option<(BufferType, Context)> {
        let operation = self.queue.first()?;
        let is_over = self.progress.stage == Stage::Over;
        is_over.then_some((operation.buffer_type, operation.context))
    }

    /// Takes it off.
    #[inline(always)]
    pub fn take_sent(&mut self) {
        self.queue.pop();
        self.progress = Progress::WAITING;
    }

    /// The same where nothing waits behind it; otherwise it is false, and nothing is changed.
    #[inline(always)]
    pub fn take_last_sent(&mut self) -> bool {
        let is_last = self.queue.pop_last();
        if is_last {
            self.progress = Progress::WAITING;
        }
        is_last
    }

    /// Who tells what comes next, where nothing is out.
    #[inline(always)]
    pub fn teller(&self, keys: &KeyPool) -> SendTeller {
        match (self.progress.stage, keys) {
            (Stage::Waiting, KeyPool::None) => SendTeller::Frame,
            (Stage::Waiting, KeyPool::Random(_)) => SendTeller::MaskedFrame,
            (Stage::MaskedSent, _) => SendTeller::Piece,
            (Stage::Over, _) => SendTeller::Sent,
            _ => SendTeller::Any,
        }
    }

    /// The frame of the operation at the front, which is not masked; of one that is plain and begins. `None`: it is
    /// anything else, and nothing is changed. The caller has room for two buffers.
    #[inline(always)]
    pub fn usual_frame(&mut self, memory: &mut Memory) -> Option<UsualSend> {
        let operation = self.first_that_begins()?;
        let (header, len) = encode_header(operation.first, operation.payload.len() as u64, None);
        // A call to zero them would have all registers saved.
        let (start, place) = memory.clean_start::<MAX_HEADER>()?;
        *start = header;
        // Asked for behind the header, because what is written there could be anything to the compiler.
        let &SendOperation { buffer_type, payload, context, .. } = operation;
        let regions = [place.part(0, len), payload];
        self.piece = Some(Piece::of(&regions, Progress::OVER));
        Some((regions, buffer_type, context))
    }

    /// The same for one that is masked; or the first piece of it. `failure`: why there is none, where that is an
    /// error.
    #[inline(always)]
    pub fn usual_masked_frame(
        &mut self,
        memory: &mut Memory,
        pool: &mut Pool,
        failure: &mut Option<Error>,
    ) -> Option<UsualSend> {
        let operation = self.first_that_begins()?;
        let key = pool.draw().map_err(|error| *failure = Some(error)).ok()?;
        let prefix_len = write_prefix(operation, memory, Some(key));
        let (regions, then) = masked_piece(operation, memory, prefix_len, key, 0);
        let usual = (regions, operation.buffer_type, operation.context);
        self.key = key;
        self.piece = Some(Piece::of(&regions, then));
        Some(usual)
    }

    /// The operation at the front, where it is a usual one of which nothing is sent.
    #[inline(always)]
    fn first_that_begins(&self) -> Option<&SendOperation> {
        let operation = self.queue.first()?;
        debug_assert_eq!(self.progress.stage, Stage::Waiting);
        (operation.form == Form::Plain).then_some(operation)
    }

    /// The same for the rest of a frame that is longer than the send part.
    #[inline(always)]
    pub fn usual_rest(&mut self, memory: &mut Memory) -> Option<UsualSend> {
        let operation = self.queue.first()?;
        debug_assert_eq!(self.progress.stage, Stage::MaskedSent);
        if operation.form != Form::Plain {
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
