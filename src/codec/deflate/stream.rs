//! zlib's raw streams (RFC 1951), over the functions of `libz-rs-sys`: its safe types panic when
//! there is no memory.

use std::ffi::c_int;
use std::mem::size_of;

use libz_rs_sys as zlib;

use super::{Broken, Fault};

/// How far a call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Octets of the input that were taken.
    pub taken: usize,
    /// Octets of the output that were written.
    pub made: usize,
    /// The end of a stream was reached: a block with BFINAL set.
    pub ended: bool,
}

/// One allocation of about 48 KiB at 15 window bits.
pub struct Inflate(zlib::z_stream);

/// One allocation of about 330 KiB at 15 window bits.
pub struct Deflate(zlib::z_stream);

// SAFETY: the state is reached through the stream alone, and belongs to it.
unsafe impl Send for Inflate {}
// SAFETY: likewise.
unsafe impl Send for Deflate {}

const STREAM_SIZE: c_int = size_of::<zlib::z_stream>() as c_int;
/// Negative bits: without zlib's header and checksum.
fn raw(window_bits: u8) -> c_int {
    -c_int::from(window_bits)
}

impl Inflate {
    /// A stream of which the window has 2^`window_bits` octets, 8 to 15.
    pub fn new(window_bits: u8) -> Result<Inflate, Fault> {
        let mut stream = zlib::z_stream::default();
        // SAFETY: the stream is a fresh one, and the version is zlib's own constant.
        let result = unsafe {
            zlib::inflateInit2_(&mut stream, raw(window_bits), zlib::zlibVersion(), STREAM_SIZE)
        };
        made(result)?;
        Ok(Inflate(stream))
    }

    /// Decompresses what fits.
    pub fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, Broken> {
        let before = lend(&mut self.0, input, output);
        // SAFETY: the stream was initialised, and has what `lend` gave it.
        let result = unsafe { zlib::inflate(&mut self.0, zlib::Z_SYNC_FLUSH) };
        progress(&mut self.0, before, result)
    }

    /// Whether the header of a stored block was taken, and nothing behind it: where a flush leaves
    /// its sender.
    pub fn is_before_tail(&mut self) -> bool {
        // SAFETY: the stream was initialised.
        unsafe { zlib::inflateSyncPoint(&mut self.0) == 1 }
    }

    /// Begins a new stream; what came before stays in the window, if it is kept.
    pub fn restart(&mut self, keep_window: bool) {
        // SAFETY: the stream was initialised.
        unsafe {
            if keep_window {
                zlib::inflateResetKeep(&mut self.0);
            } else {
                zlib::inflateReset(&mut self.0);
            }
        }
    }
}

impl Deflate {
    /// A stream of which the window has 2^`window_bits` octets, 9 to 15. `level`: 1 for speed, 9
    /// for size.
    pub fn new(window_bits: u8, level: u8) -> Result<Deflate, Fault> {
        const MEMORY_LEVEL: c_int = 8;
        let mut stream = zlib::z_stream::default();
        // SAFETY: the stream is a fresh one, and the version is zlib's own constant.
        let result = unsafe {
            zlib::deflateInit2_(
                &mut stream,
                c_int::from(level),
                zlib::Z_DEFLATED,
                raw(window_bits),
                MEMORY_LEVEL,
                zlib::Z_DEFAULT_STRATEGY,
                zlib::zlibVersion(),
                STREAM_SIZE,
            )
        };
        made(result)?;
        Ok(Deflate(stream))
    }

    /// Compresses all that is put in, with an empty block behind it; has to be called until there is
    /// room left in the output.
    pub fn deflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, Fault> {
        let before = lend(&mut self.0, input, output);
        // SAFETY: the stream was initialised, and has what `lend` gave it.
        let result = unsafe { zlib::deflate(&mut self.0, zlib::Z_SYNC_FLUSH) };
        progress(&mut self.0, before, result).map_err(|broken| broken.fault)
    }

    /// Forgets what came before.
    pub fn restart(&mut self) {
        // SAFETY: the stream was initialised.
        unsafe { zlib::deflateReset(&mut self.0) };
    }
}

impl Drop for Inflate {
    fn drop(&mut self) {
        // SAFETY: the stream was initialised, and is not used again.
        unsafe { zlib::inflateEnd(&mut self.0) };
    }
}

impl Drop for Deflate {
    fn drop(&mut self) {
        // SAFETY: the stream was initialised, and is not used again.
        unsafe { zlib::deflateEnd(&mut self.0) };
    }
}

impl std::fmt::Debug for Inflate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inflate")
    }
}

impl std::fmt::Debug for Deflate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Deflate")
    }
}

fn made(result: c_int) -> Result<(), Fault> {
    match result {
        zlib::Z_OK => Ok(()),
        _ => Err(Fault::OutOfMemory),
    }
}

/// Shows input and output to a stream, as much of them as it can count; returns how much.
fn lend(stream: &mut zlib::z_stream, input: &[u8], output: &mut [u8]) -> (u32, u32) {
    let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let counts = (count(input.len()), count(output.len()));
    stream.next_in = input.as_ptr();
    stream.next_out = output.as_mut_ptr();
    (stream.avail_in, stream.avail_out) = counts;
    counts
}

/// What became of it. The stream forgets the octets, which are only lent.
fn progress(
    stream: &mut zlib::z_stream,
    before: (u32, u32),
    result: c_int,
) -> Result<Progress, Broken> {
    let taken = (before.0 - stream.avail_in) as usize;
    let made = (before.1 - stream.avail_out) as usize;
    stream.next_in = std::ptr::null();
    stream.next_out = std::ptr::null_mut();
    (stream.avail_in, stream.avail_out) = (0, 0);
    match result {
        // Z_BUF_ERROR: there was nothing to do, or no room.
        zlib::Z_OK | zlib::Z_BUF_ERROR => Ok(Progress { taken, made, ended: false }),
        zlib::Z_STREAM_END => Ok(Progress { taken, made, ended: true }),
        zlib::Z_MEM_ERROR => Err(Broken { made, fault: Fault::OutOfMemory }),
        _ => Err(Broken { made, fault: Fault::Malformed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_memory_is_told_from_what_is_malformed() {
        let ended = |result| {
            progress(&mut zlib::z_stream::default(), (0, 3), result).map_err(|broken| {
                assert_eq!(broken.made, 3);
                broken.fault
            })
        };
        assert_eq!(ended(zlib::Z_MEM_ERROR), Err(Fault::OutOfMemory));
        assert_eq!(ended(zlib::Z_DATA_ERROR), Err(Fault::Malformed));
        assert_eq!(made(zlib::Z_OK), Ok(()));
        assert_eq!(made(zlib::Z_MEM_ERROR), Err(Fault::OutOfMemory));
    }
}
