//! One GetAction: all that it returned, and what must hold of it whatever it is.

use std::ffi::c_void;
use std::hint;
use std::ptr;

use super::api::api;
use super::types::*;

/// The most slots that a test offers.
pub const MOST_SLOTS: usize = 4;
const UNTOUCHED: Buffer =
    Buffer { start: ptr::without_provenance_mut(0x5A5A_5A51), len: 0x5A5A_5A5A, status: 0x5A5A };

#[derive(Clone, Debug)]
pub struct Step {
    pub hr: Hresult,
    pub action: u32,
    pub kind: u32,
    pub count: usize,
    pub buffers: [Buffer; MOST_SLOTS],
    /// The context of the operation.
    pub app: usize,
    /// The context of the action.
    pub id: usize,
}

impl Step {
    /// Calls GetAction. The outputs start as rubbish, so that each must be written.
    pub fn get(handle: RawHandle, queue: u32, slots: usize) -> Step {
        let (mut count, mut action, mut kind) = (slots as u32, 99, 0xDEAD);
        let mut buffers = [UNTOUCHED; MOST_SLOTS];
        let mut app: *mut c_void = UNTOUCHED.start.cast();
        let mut id: *mut c_void = UNTOUCHED.start.cast();
        // SAFETY: every output is there, with room for as many buffers as are announced.
        let hr = unsafe {
            (api().get_action)(
                handle,
                queue,
                buffers.as_mut_ptr(),
                &mut count,
                &mut action,
                &mut kind,
                &mut app,
                &mut id,
            )
        };
        let (count, app, id) = (count as usize, app.addr(), id.addr());
        let step = Step { hr, action, kind, count, buffers, app, id };
        step.check(slots);
        step.touch();
        step
    }

    fn check(&self, slots: usize) {
        assert!(self.count <= slots.min(2), "more buffers than slots: {self:?}");
        let unused = &self.buffers[self.count..];
        assert!(unused.iter().all(|slot| *slot == UNTOUCHED), "an unused slot changed: {self:?}");
        if self.hr != S_OK || self.action == NO_ACTION {
            let nothing = (self.action, self.kind, self.count, self.app, self.id);
            assert_eq!(nothing, (NO_ACTION, 0, 0, 0, 0), "{self:?}");
            return;
        }
        assert_ne!(self.id, 0, "{self:?}");
        match self.action {
            SEND_TO_NETWORK => assert!(self.count > 0 && self.len() > 0, "{self:?}"),
            SEND_COMPLETE => assert_eq!(self.count, 0, "{self:?}"),
            RECEIVE_FROM_NETWORK => {
                assert!(self.kind == 0 && self.count == 1 && self.len() > 0, "{self:?}");
            }
            RECEIVE_COMPLETE => {
                assert!(self.count == 1 || (self.count == 0 && self.kind == 0), "{self:?}");
            }
            _ => panic!("no such action: {self:?}"),
        }
    }

    /// The buffers that are in use.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers[..self.count]
    }

    /// Octets in all buffers.
    pub fn len(&self) -> usize {
        self.buffers().iter().map(|buffer| buffer.len as usize).sum()
    }

    /// The contents of the buffers, one behind the other.
    pub fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.len());
        for buffer in self.buffers().iter().filter(|buffer| buffer.len > 0) {
            // SAFETY: the buffers of an action are readable until it is completed.
            octets.extend_from_slice(unsafe {
                std::slice::from_raw_parts(buffer.start, buffer.len as usize)
            });
        }
        octets
    }

    /// Uses all that is lent: writes every octet of a read, reads every other.
    fn touch(&self) {
        if self.action == RECEIVE_FROM_NETWORK {
            // SAFETY: the buffer of such an action is the caller's to write until it is completed.
            unsafe { ptr::write_bytes(self.buffers[0].start, 0xDD, self.len()) };
        } else {
            hint::black_box(self.octets());
        }
    }

    /// Writes over what is indicated, as an application may that works in place.
    pub fn overwrite(&self) {
        assert_eq!(self.action, RECEIVE_COMPLETE);
        for buffer in self.buffers().iter().filter(|buffer| buffer.len > 0) {
            // SAFETY: what is indicated is the caller's until the action is completed.
            unsafe { ptr::write_bytes(buffer.start, 0xCC, buffer.len as usize) };
        }
    }

    /// Puts what the network brought into the first buffer.
    pub fn fill(&self, octets: &[u8]) {
        assert!(self.action == RECEIVE_FROM_NETWORK && octets.len() <= self.len());
        // SAFETY: the buffer of such an action is the caller's to write until it is completed.
        unsafe { ptr::copy_nonoverlapping(octets.as_ptr(), self.buffers[0].start, octets.len()) };
    }
}
