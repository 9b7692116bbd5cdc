//! A connection in memory: its reads are those of a wire, its writes go nowhere or are kept. For
//! blocking code, and by tokio's traits for asynchronous code that needs no runtime.

use std::hint::black_box;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::participant::Network;
use crate::wire::{Position, Source};

/// Clones are the same connection, so that one can be kept where a library has taken the other.
#[derive(Clone)]
pub struct MemoryStream(Arc<Shared>);

struct Shared {
    source: Arc<Source>,
    /// Only one thread comes here; atomics because some libraries want `Send`.
    at: AtomicUsize,
    read: AtomicUsize,
    keeps: AtomicBool,
    written: Mutex<Vec<u8>>,
}

impl MemoryStream {
    pub fn new(source: &Arc<Source>) -> MemoryStream {
        MemoryStream(Arc::new(Shared {
            source: Arc::clone(source),
            at: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
            keeps: AtomicBool::new(false),
            written: Mutex::new(Vec::new()),
        }))
    }

    /// One that has nothing to read.
    pub fn silent() -> MemoryStream {
        MemoryStream::new(&Arc::default())
    }

    /// The octets of the source come again. All of them must have been read.
    pub fn rewind(&self) {
        let (at, length) = (self.0.at.load(Relaxed), self.0.source.octets.len());
        assert!(at == 0 || at == length, "{at} of {length} octets were read");
        self.0.at.store(0, Relaxed);
        self.0.read.store(0, Relaxed);
    }

    /// Does something that writes, and hands what was written on if the network keeps it.
    #[inline]
    pub fn writing<N: Network, T>(&self, network: &mut N, work: impl FnOnce() -> T) -> T {
        if !N::KEEPS {
            return work();
        }
        self.0.keeps.store(true, Relaxed);
        let result = work();
        self.0.keeps.store(false, Relaxed);
        network.write([&*std::mem::take(&mut *self.written())]);
        result
    }

    fn written(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None if there is nothing left.
    fn taken(&self, room: usize) -> Option<&[u8]> {
        let mut position = Position::from_parts(self.0.at.load(Relaxed), self.0.read.load(Relaxed));
        let piece = position.next(&self.0.source, room);
        let (at, read) = position.parts();
        self.0.at.store(at, Relaxed);
        self.0.read.store(read, Relaxed);
        (!piece.is_empty() || room == 0).then_some(piece)
    }

    fn put(&self, octets: &[u8]) -> usize {
        if self.0.keeps.load(Relaxed) {
            self.written().extend_from_slice(octets);
        }
        black_box(octets).len()
    }

    fn put_all(&self, parts: &[IoSlice<'_>]) -> usize {
        parts.iter().map(|part| self.put(part)).sum()
    }
}

impl io::Read for MemoryStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.taken(buffer.len()).ok_or(io::ErrorKind::WouldBlock)?;
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

impl io::Write for MemoryStream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(self.put(octets))
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(self.put_all(parts))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tokio::io::AsyncRead for MemoryStream {
    fn poll_read(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.taken(buffer.remaining()) {
            Some(piece) => {
                buffer.put_slice(piece);
                Poll::Ready(Ok(()))
            }
            None => Poll::Pending,
        }
    }
}

impl tokio::io::AsyncWrite for MemoryStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.put(octets)))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.put_all(parts)))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Carries a future out that never has to wait.
#[inline]
pub fn at_once<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(futures::task::noop_waker_ref());
    match std::pin::pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for more than there is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placed::{Place, Placed};
    use std::io::{Read, Write};

    fn source() -> Arc<Source> {
        Arc::new(Source { octets: Placed::new(b"abcdefg", Place(1)), ends: vec![3, 7] })
    }

    fn pieces(mut read: impl FnMut(&mut [u8]) -> usize, count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|_| {
                let mut buffer = [0; 2];
                let length = read(&mut buffer);
                buffer[..length].to_vec()
            })
            .collect()
    }

    #[test]
    fn every_trait_reads_the_same() {
        let expected: Vec<Vec<u8>> = [&b"ab"[..], b"c", b"de", b"fg"].map(Vec::from).to_vec();
        let mut stream = MemoryStream::new(&source());
        assert_eq!(pieces(|b| Read::read(&mut stream, b).expect("octets"), 4), expected);
        let end = Read::read(&mut stream, &mut [0; 2]).expect_err("the end");
        assert_eq!(end.kind(), io::ErrorKind::WouldBlock);

        stream.rewind();
        let mut by_tokio = stream.clone();
        let read = |b: &mut [u8]| {
            at_once(tokio::io::AsyncReadExt::read(&mut by_tokio, b)).expect("octets")
        };
        assert_eq!(pieces(read, 4), expected);
    }

    #[test]
    #[should_panic(expected = "more than there is")]
    fn the_end_is_waited_for() {
        at_once(tokio::io::AsyncReadExt::read(&mut MemoryStream::silent(), &mut [0; 2])).ok();
    }

    struct Kept(Vec<u8>);

    impl Network for Kept {
        const KEEPS: bool = true;

        fn write<'p>(&mut self, parts: impl IntoIterator<Item = &'p [u8]>) {
            parts.into_iter().for_each(|part| self.0.extend_from_slice(part));
        }
    }

    #[test]
    fn every_trait_writes_the_same() {
        let mut kept = Kept(Vec::new());
        let mut stream = MemoryStream::silent();
        stream.write_all(b"not kept").expect("room");
        stream.clone().writing(&mut kept, || {
            stream.write_all(b"a").expect("room");
            at_once(tokio::io::AsyncWriteExt::write_all(&mut stream, b"b")).expect("room");
        });
        assert_eq!(kept.0, b"ab");
    }
}
