//! What stands for compression in a library that is built without it: types that nobody can have.

use super::{Broken, Fault, Step};

#[derive(Debug)]
pub enum Decompressor {}

impl Decompressor {
    pub fn new(_window_bits: u8, _takeover: bool, _limit: u64) -> Result<Decompressor, Fault> {
        Err(Fault::OutOfMemory)
    }

    pub fn advance(
        &mut self,
        _input: &[u8],
        _output: &mut [u8],
        _last: bool,
    ) -> Result<Step, Broken> {
        match *self {}
    }
}

#[derive(Debug)]
pub enum Compressor {}

impl Compressor {
    pub fn new(_window_bits: u8, _takeover: bool, _level: u8) -> Result<Compressor, Fault> {
        Err(Fault::OutOfMemory)
    }

    pub fn advance(&mut self, _input: &[u8], _output: &mut [u8]) -> Result<Step, Fault> {
        match *self {}
    }

    pub fn end_message(&mut self) {
        match *self {}
    }

    pub fn forget(&mut self) {
        match *self {}
    }
}
