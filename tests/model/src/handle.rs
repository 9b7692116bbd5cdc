//! A server's handle as a caller has it, and steps of its action loop.

use core::ptr::{null, null_mut, without_provenance_mut};

use crate::ffi::exports::*;
use crate::ffi::types::*;

/// It may be used by any thread.
#[derive(Clone, Copy)]
pub struct Handle(WEB_SOCKET_HANDLE);

// SAFETY: the functions of the library may be called from any thread.
unsafe impl Send for Handle {}
// SAFETY: likewise.
unsafe impl Sync for Handle {}

pub struct Step {
    pub action: WEB_SOCKET_ACTION,
    pub context: usize,
    pub buffers: Vec<WEB_SOCKET_BUFFER>,
    id: PVOID,
}

static OCTETS: [u8; 3] = *b"abc";

// SAFETY of the calls in this file: pointers are to local variables or NULL, and a handle is deleted last.
impl Handle {
    pub fn open() -> Handle {
        let fields = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Host", ""),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ];
        let mut request = fields.map(|(name, value)| WEB_SOCKET_HTTP_HEADER {
            pcName: name.as_ptr() as PCHAR,
            ulNameLength: name.len() as ULONG,
            pcValue: value.as_ptr() as PCHAR,
            ulValueLength: value.len() as ULONG,
        });
        let (mut handle, mut answer, mut count) = (null_mut(), null_mut(), 0);
        // SAFETY: see above.
        unsafe {
            assert_eq!(WebSocketCreateServerHandle(null_mut(), 0, &mut handle), 0);
            let (request, len) = (request.as_mut_ptr(), request.len() as ULONG);
            let (none, answer, count) = (null_mut(), &mut answer, &mut count);
            let begun =
                WebSocketBeginServerHandshake(handle, null(), none, 0, request, len, answer, count);
            assert_eq!(begun, 0);
            assert_eq!(WebSocketEndServerHandshake(handle), 0);
        }
        Handle(handle)
    }

    /// Whether it was taken, which it is until the abort.
    pub fn send(self, kind: WEB_SOCKET_BUFFER_TYPE, context: usize) -> bool {
        let data = WEB_SOCKET_BUFFER_Data {
            pbBuffer: OCTETS.as_ptr().cast_mut(),
            ulBufferLength: OCTETS.len() as ULONG,
        };
        let mut buffer = WEB_SOCKET_BUFFER { Data: data };
        let has_data = kind == buffer_type::UTF8_MESSAGE;
        let buffer = if has_data { &raw mut buffer } else { null_mut() };
        // SAFETY: see above; the octets are there for ever.
        unsafe { WebSocketSend(self.0, kind, buffer, without_provenance_mut(context)) == 0 }
    }

    pub fn receive(self, context: usize) -> bool {
        // SAFETY: see above.
        unsafe { WebSocketReceive(self.0, null_mut(), without_provenance_mut(context)) == 0 }
    }

    pub fn ask(self, queue: WEB_SOCKET_ACTION_QUEUE) -> Option<Step> {
        let data = WEB_SOCKET_BUFFER_Data { pbBuffer: null_mut(), ulBufferLength: 0 };
        let mut buffers = vec![WEB_SOCKET_BUFFER { Data: data }; 2];
        let (mut count, mut action, mut kind) = (2, 99, 99);
        let (mut context, mut id) = (null_mut(), null_mut());
        // SAFETY: see above.
        let result = unsafe {
            let (array, context) = (buffers.as_mut_ptr(), &mut context);
            WebSocketGetAction(
                self.0,
                queue,
                array,
                &mut count,
                &mut action,
                &mut kind,
                context,
                &mut id,
            )
        };
        assert_eq!(result, 0);
        buffers.truncate(count as usize);
        let step = Step { action, context: context.addr(), buffers, id };
        (action != action::NONE).then_some(step)
    }

    /// Does what a step asks for, with these octets for a read; returns the operation that is over.
    pub fn perform(self, step: &Step, input: &[u8]) -> Option<usize> {
        let mut transferred = 0;
        for buffer in &step.buffers {
            // SAFETY: reads and sends show data.
            let (start, len) = unsafe { (buffer.Data.pbBuffer, buffer.Data.ulBufferLength) };
            match step.action {
                action::SEND_TO_NETWORK => transferred += len,
                action::RECEIVE_FROM_NETWORK => {
                    assert!(input.len() <= len as usize);
                    // SAFETY: it is lent for that, and has room.
                    unsafe { start.copy_from_nonoverlapping(input.as_ptr(), input.len()) };
                    transferred = input.len() as ULONG;
                }
                _ => {}
            }
        }
        // SAFETY: see above.
        unsafe { WebSocketCompleteAction(self.0, step.id, transferred) };
        let indications = [action::INDICATE_SEND_COMPLETE, action::INDICATE_RECEIVE_COMPLETE];
        indications.contains(&step.action).then_some(step.context)
    }

    pub fn abort(self) {
        // SAFETY: see above.
        unsafe { WebSocketAbortHandle(self.0) };
    }

    /// What comes back after the abort.
    pub fn drain(self) -> Vec<usize> {
        let mut back = Vec::new();
        while let Some(step) = self.ask(queue::ALL) {
            assert!(step.buffers.is_empty());
            back.push(self.perform(&step, &[]).expect("only indications after an abort"));
        }
        back
    }

    pub fn delete(self) {
        // SAFETY: see above; all others are done with it.
        unsafe { WebSocketDeleteHandle(self.0) };
    }
}
