//! Messages in, messages out, with zlib between.

use super::stream::{Deflate, Inflate, Progress};
use super::{Broken, Fault, Step, TAIL};

/// Decompresses one message after another.
#[derive(Debug)]
pub struct Decompressor {
    inflate: Inflate,
    /// The window is kept from message to message.
    takeover: bool,
    /// Octets of the longest message.
    limit: u64,
    /// Octets of this message so far.
    made: u64,
    /// Nothing has come since the message began, or since a block that ends a stream.
    fresh: bool,
}

impl Decompressor {
    pub fn new(window_bits: u8, takeover: bool, limit: u64) -> Result<Decompressor, Fault> {
        let inflate = Inflate::new(window_bits)?;
        Ok(Decompressor { inflate, takeover, limit, made: 0, fresh: true })
    }

    /// Decompresses a part of a message. `last`: nothing comes behind it in this message. It is
    /// done when all of the input is taken and there is nothing left to write.
    pub fn advance(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Broken> {
        let mut step = Step { taken: 0, made: 0, done: false };
        loop {
            let (taken, made, dry) =
                self.inflate(&input[step.taken..], &mut output[step.made..])
                    .map_err(|Broken { made, fault }| Broken { made: step.made + made, fault })?;
            step.taken += taken;
            step.made += made;
            if step.taken == input.len() && dry {
                if last {
                    self.end_message().map_err(|fault| Broken { made: step.made, fault })?;
                }
                step.done = true;
                return Ok(step);
            }
            if step.made == output.len() {
                return Ok(step);
            }
        }
    }

    /// One call, of which the output is never longer than the message may be. Returns the octets
    /// taken, those made, and whether more could have been made.
    fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize, bool), Broken> {
        let left = usize::try_from(self.limit - self.made).unwrap_or(usize::MAX);
        // One octet more than allowed shows that there are too many, and is not kept.
        let mut beyond = [0u8; 1];
        let output = match left {
            0 => &mut beyond[..output.len().min(1)],
            _ => {
                let room = output.len().min(left);
                &mut output[..room]
            }
        };
        let progress = self.inflate.inflate(input, output);
        let (Ok(Progress { made, .. }) | Err(Broken { made, .. })) = progress;
        if left == 0 && made > 0 {
            // Whatever is wrong behind it.
            return Err(Broken { made: 0, fault: Fault::TooLong });
        }
        let progress = progress?;
        self.made += progress.made as u64;
        self.fresh = progress.ended || (self.fresh && progress.taken == 0);
        if progress.ended {
            // RFC 7692 §7.2.3.4: the message goes on behind a block with BFINAL.
            self.inflate.restart(true);
        }
        Ok((progress.taken, progress.made, progress.made < output.len()))
    }

    /// Puts the tail back (RFC 7692 §7.2.2). It belongs where the sender took it away and nowhere
    /// else: a message that was cut would make data of it. Who sent nothing took none away.
    fn end_message(&mut self) -> Result<(), Fault> {
        if !self.fresh {
            if !self.inflate.is_before_tail() {
                return Err(Fault::Malformed);
            }
            self.inflate.inflate(&TAIL, &mut [0]).map_err(|broken| broken.fault)?;
        }
        (self.made, self.fresh) = (0, true);
        if !self.takeover {
            self.inflate.restart(false);
        }
        Ok(())
    }
}

/// Compresses one message after another.
#[derive(Debug)]
pub struct Compressor {
    deflate: Deflate,
    /// The window is kept from message to message.
    takeover: bool,
}

impl Compressor {
    /// `window_bits`: 8 to 15. zlib has no window of 2^8 octets; in one of 2^9 it looks back 250
    /// octets at the most.
    pub fn new(window_bits: u8, takeover: bool, level: u8) -> Result<Compressor, Fault> {
        Ok(Compressor { deflate: Deflate::new(window_bits.max(9), level)?, takeover })
    }

    /// Compresses a part of a message, all of which comes out.
    pub fn advance(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Fault> {
        let progress = self.deflate.deflate(input, output)?;
        let taken_all = progress.taken == input.len();
        let done = taken_all && progress.made < output.len();
        Ok(Step { taken: progress.taken, made: progress.made, done })
    }

    /// The message is over.
    pub fn end_message(&mut self) {
        if !self.takeover {
            self.forget();
        }
    }

    /// What follows refers to nothing that came before.
    pub fn forget(&mut self) {
        self.deflate.restart();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NO_LIMIT: u64 = u64::MAX;
    /// Miri interprets: there all sizes are smaller by that.
    const LESS: usize = if cfg!(miri) { 200 } else { 1 };

    /// Decompresses a message in pieces: so many octets at a time in, so many out.
    fn decompress(
        from: &mut Decompressor,
        message: &[u8],
        in_step: usize,
        out_step: usize,
    ) -> Result<Vec<u8>, Fault> {
        let (mut result, mut at) = (Vec::new(), 0);
        loop {
            let end = message.len().min(at + in_step);
            let last = end == message.len();
            let mut output = vec![0; out_step];
            let step = from.advance(&message[at..end], &mut output, last);
            let step = step.map_err(|broken| broken.fault)?;
            result.extend_from_slice(&output[..step.made]);
            at += step.taken;
            if step.done && last {
                return Ok(result);
            }
        }
    }

    /// Compresses a message in pieces, without the tail.
    fn compress(with: &mut Compressor, message: &[u8], in_step: usize, room: usize) -> Vec<u8> {
        let mut result = Vec::new();
        let pieces = message.chunks(in_step).chain(message.is_empty().then_some(message));
        for mut piece in pieces {
            loop {
                let mut output = vec![0; room];
                let step = with.advance(piece, &mut output).unwrap();
                result.extend_from_slice(&output[..step.made]);
                piece = &piece[step.taken..];
                if step.done {
                    break;
                }
            }
        }
        with.end_message();
        if result.is_empty() {
            // Behind a flush there is nothing to flush; this stands for the empty block.
            return vec![0];
        }
        assert!(result.ends_with(&TAIL));
        result.truncate(result.len() - TAIL.len());
        result
    }

    /// RFC 7692 §7.2.3.1 to §7.2.3.5.
    #[test]
    fn the_examples_of_the_rfc() {
        let hello = |message: &[u8]| {
            for (in_step, out_step) in [(1, 1), (1, 100), (100, 1), (100, 5), (100, 6)] {
                let mut one = Decompressor::new(15, true, 5).unwrap();
                let got = decompress(&mut one, message, in_step, out_step);
                assert_eq!(got.as_deref(), Ok(&b"Hello"[..]));
            }
        };
        hello(&[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]);
        hello(&[0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]);
        hello(&[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]);
        hello(&[0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]);
        let mut both = Decompressor::new(15, true, NO_LIMIT).unwrap();
        let first = decompress(&mut both, &[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], 9, 9);
        assert_eq!(first.unwrap(), b"Hello");
        let second = decompress(&mut both, &[0xF2, 0x00, 0x11, 0x00, 0x00], 9, 9);
        assert_eq!(second.unwrap(), b"Hello");
        let mut none = Decompressor::new(15, false, NO_LIMIT).unwrap();
        decompress(&mut none, &[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], 9, 9).unwrap();
        let second = decompress(&mut none, &[0xF2, 0x00, 0x11, 0x00, 0x00], 9, 9);
        assert_eq!(second, Err(Fault::Malformed));
    }

    #[test]
    fn a_block_that_ends_a_stream_leaves_the_window() {
        let mut one = Decompressor::new(15, true, NO_LIMIT).unwrap();
        let ended = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00];
        assert_eq!(decompress(&mut one, &ended, 9, 9).unwrap(), b"Hello");
        assert_eq!(decompress(&mut one, &[0xF2, 0x00, 0x11, 0x00, 0x00], 9, 9).unwrap(), b"Hello");
    }

    #[test]
    fn nothing_is_made_past_the_limit() {
        let mut with = Compressor::new(15, true, 9).unwrap();
        let len = (1 << 20) / LESS;
        let bomb = compress(&mut with, &vec![0; len], len, 1 << 12);
        assert!(bomb.len() < 2000);
        // Octet by octet it takes Miri minutes.
        for out_step in [if cfg!(miri) { 100 } else { 1 }, 1000, 1 << 16] {
            let mut exact = Decompressor::new(15, true, len as u64).unwrap();
            assert_eq!(decompress(&mut exact, &bomb, 7, out_step).unwrap().len(), len);
            let mut less = Decompressor::new(15, true, len as u64 - 1).unwrap();
            assert_eq!(decompress(&mut less, &bomb, 7, out_step), Err(Fault::TooLong));
        }
    }

    /// What comes first is told, with the octets before it.
    #[test]
    fn a_fault_is_told_with_what_was_made_before() {
        let stored = b"\x00\x05\x00\xFA\xFFHello";
        let malformed = [&stored[..], &[0x07]].concat();
        let cut = &stored[..8];
        for (message, limit, made, fault) in [
            (&malformed[..], 6, 5, Fault::Malformed),
            (&malformed, 5, 5, Fault::Malformed),
            (&malformed, 4, 4, Fault::TooLong),
            (&malformed, 0, 0, Fault::TooLong),
            (cut, 5, 3, Fault::Malformed),
            (cut, 2, 2, Fault::TooLong),
        ] {
            let mut one = Decompressor::new(15, true, limit).unwrap();
            let mut output = [0; 9];
            assert_eq!(one.advance(message, &mut output, true), Err(Broken { made, fault }));
            assert_eq!(output[..made], b"Hello"[..made]);
        }
    }

    #[test]
    fn what_is_no_deflate_is_refused() {
        let mut one = Decompressor::new(15, true, NO_LIMIT).unwrap();
        assert_eq!(decompress(&mut one, &[0x07], 9, 9), Err(Fault::Malformed));
    }

    #[test]
    fn a_message_that_was_cut_is_refused() {
        let hello = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
        let stored = [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00];
        for whole in [&hello[..], &stored] {
            for len in 1..whole.len() {
                let mut one = Decompressor::new(15, true, NO_LIMIT).unwrap();
                let got = decompress(&mut one, &whole[..len], 3, 9);
                assert!(got.is_err() || got.as_deref() == Ok(b""), "{len}: {got:?}");
            }
        }
    }

    /// Some leave the empty block out as well.
    #[test]
    fn nothing_is_an_empty_message() {
        for takeover in [true, false] {
            let mut one = Decompressor::new(15, takeover, NO_LIMIT).unwrap();
            let hello = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
            let final_hello = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
            for (message, wanted) in [(&hello[..], "Hello"), (&[], ""), (&final_hello, "Hello")] {
                assert_eq!(decompress(&mut one, message, 9, 9).unwrap(), wanted.as_bytes());
                assert_eq!(decompress(&mut one, &hello, 9, 9).unwrap(), b"Hello");
            }
        }
    }

    /// Octets that come again behind more than a window of others are not referred to.
    #[test]
    fn nothing_is_referred_to_outside_the_window() {
        let mut seed = 1u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        for bits in 8..=if cfg!(miri) { 8 } else { 12u8 } {
            let period: Vec<u8> = (0..(1usize << bits) + 1).map(|_| noise()).collect();
            let twice = [&period[..], &period].concat();
            for level in (1..=9).step_by(if cfg!(miri) { 5 } else { 1 }) {
                let mut with = Compressor::new(bits, true, level).unwrap();
                let small = compress(&mut with, &twice, twice.len(), 1 << 16);
                assert!(small.len() >= twice.len(), "{bits} bits, level {level}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(
            messages in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..3000 / LESS),
                    prop::collection::vec(0u8..3, 0..60000 / LESS),
                ],
                1..5,
            ),
            bits in 8u8..=15,
            takeover in any::<bool>(),
            level in 1u8..=9,
            steps in (1usize..4000, 16usize..4000, 1usize..4000, 1usize..4000),
        ) {
            let mut with = Compressor::new(bits, takeover, level).unwrap();
            let mut from = Decompressor::new(bits, takeover, 60000).unwrap();
            for message in messages {
                let small = compress(&mut with, &message, steps.0, steps.1);
                let back = decompress(&mut from, &small, steps.2, steps.3).unwrap();
                prop_assert_eq!(back, message);
            }
        }
    }
}
