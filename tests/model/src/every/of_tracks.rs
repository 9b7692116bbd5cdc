//! The two tracks behind the lock.

use loom::thread;

use crate::ffi::types::{WEB_SOCKET_ACTION_QUEUE, buffer_type, queue};
use crate::handle::Handle;

/// One action of a queue, if there is one; the operation that it ends.
fn turn(handle: Handle, queue: WEB_SOCKET_ACTION_QUEUE) -> Option<usize> {
    let step = handle.ask(queue)?;
    handle.perform(&step, &[0x81, 0x80, 0, 0, 0, 0])
}

/// Each operation is refused or indicated once, wherever the abort comes.
pub fn send_receive_abort() {
    let handle = Handle::open();
    let sender = thread::spawn(move || {
        let taken = handle.send(buffer_type::UTF8_MESSAGE, 1);
        let over = [turn(handle, queue::SEND), turn(handle, queue::SEND)];
        (taken, over)
    });
    let receiver = thread::spawn(move || {
        let taken = handle.receive(2);
        let over = [turn(handle, queue::RECEIVE), turn(handle, queue::RECEIVE)];
        (taken, over)
    });
    handle.abort();
    let (sent, received) = (sender.join().unwrap(), receiver.join().unwrap());
    let mut over: Vec<usize> = sent.1.into_iter().chain(received.1).flatten().collect();
    over.extend(handle.drain());
    over.sort_unstable();
    let taken = [(1, sent.0), (2, received.0)];
    let taken: Vec<usize> = taken.iter().filter(|(_, taken)| *taken).map(|(id, _)| *id).collect();
    assert_eq!(over, taken);
    handle.delete();
}
