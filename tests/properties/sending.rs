//! Whatever the slots and the size of the send buffer are, the octets on the wire are those of
//! one frame for each send.

use proptest::collection::vec;
use proptest::prelude::*;

use super::cases;
use super::conversation::{self, Message};
use super::support::frames::*;
use super::support::handle::{Handle, Memory, Options, Role};
use super::support::step::Step;
use super::support::types::*;

/// The nominal size around which the lengths of payloads lie.
pub const NOMINAL: usize = 500;

/// One WebSocketSend and the frame that it makes.
pub struct Send {
    pub kind: u32,
    /// What is passed; it must stay as it is.
    pub payload: Vec<u8>,
    pub status: Option<u16>,
    pub frame: Frame,
}

impl Send {
    pub fn buffer(&self) -> Option<Buffer> {
        match (self.kind, self.status) {
            (PING_PONG | UNSOLICITED_PONG, _) | (CLOSE, None) => None,
            (_, Some(status)) => Some(Buffer::close(status, &self.payload)),
            (_, None) => Some(Buffer::data(&self.payload)),
        }
    }
}

/// The sends that make these frames.
pub fn sends(frames: Vec<Frame>) -> Vec<Send> {
    let mut is_text = false;
    let send = |frame: Frame| {
        let (mut payload, mut status) = (frame.payload.clone(), None);
        let kind = match frame.opcode {
            PING => PING_PONG,
            PONG => UNSOLICITED_PONG,
            OP_CLOSE => {
                if payload.len() >= 2 {
                    let reason = payload.split_off(2);
                    status = Some(u16::from_be_bytes([payload[0], payload[1]]));
                    payload = reason;
                }
                CLOSE
            }
            opcode => {
                is_text = if opcode == CONTINUATION { is_text } else { opcode == TEXT };
                match (is_text, frame.fin) {
                    (true, true) => UTF8_MESSAGE,
                    (true, false) => UTF8_FRAGMENT,
                    (false, true) => BINARY_MESSAGE,
                    (false, false) => BINARY_FRAGMENT,
                }
            }
        };
        Send { kind, payload, status, frame }
    };
    frames.into_iter().map(send).collect()
}

#[derive(Clone, Debug)]
pub struct Setting {
    send: u32,
    memory: Memory,
    masking_disabled: bool,
    queue: u32,
    slots: usize,
    /// All sends are queued before the first is carried out.
    batched: bool,
}

pub fn setting() -> impl Strategy<Value = Setting> {
    let send = prop_oneof![Just(16u32), 17..40u32, 100..140u32, 300..1000u32];
    let queue = prop_oneof![Just(SEND_QUEUE), Just(ALL_QUEUE)];
    (send, conversation::memory(), any::<bool>(), queue, 1..=4usize, any::<bool>()).prop_map(
        |(send, memory, masking_disabled, queue, slots, batched)| Setting {
            send,
            memory,
            masking_disabled,
            queue,
            slots,
            batched,
        },
    )
}

/// Carries out the sends; returns the octets on the wire.
pub fn run(setting: &Setting, role: Role, sends: &[Send]) -> Vec<u8> {
    let mut options = Options::new(role, 256, setting.send).memory(setting.memory);
    options.masking_disabled = setting.masking_disabled;
    let handle = Handle::connected(options);
    let mut wire = Vec::new();
    let before: Vec<Vec<u8>> = sends.iter().map(|send| send.payload.clone()).collect();
    for chunk in sends.chunks(if setting.batched { sends.len() } else { 1 }) {
        for (i, send) in chunk.iter().enumerate() {
            assert_eq!(handle.send(send.kind, send.buffer(), i + 1), S_OK, "{:#X}", send.kind);
        }
        for (i, send) in chunk.iter().enumerate() {
            carry_out(setting, &handle, send, i + 1, &mut wire);
        }
        assert_eq!(handle.action(setting.queue, setting.slots).action, NO_ACTION);
    }
    let after = sends.iter().map(|send| &send.payload);
    assert!(before.iter().eq(after), "a payload of the caller's was changed");
    wire
}

fn carry_out(setting: &Setting, handle: &Handle, send: &Send, app: usize, wire: &mut Vec<u8>) {
    let mut pieces = 0;
    loop {
        let step = handle.action(setting.queue, setting.slots);
        assert_eq!((step.hr, step.app, step.kind), (S_OK, app, send.kind), "{step:?}");
        if step.action == SEND_COMPLETE {
            handle.complete(step.id, 0);
            break;
        }
        assert_eq!(step.action, SEND_TO_NETWORK, "{step:?}");
        check_places(handle, send, &step);
        wire.extend(step.octets());
        handle.complete(step.id, step.len());
        pieces += 1;
    }
    check_pieces(setting, handle.options().role, send, pieces);
}

/// Every buffer is the caller's payload itself or in the library's memory, then within the size
/// of the send buffer.
fn check_places(handle: &Handle, send: &Send, step: &Step) {
    for buffer in step.buffers() {
        let is_payload = buffer.start.cast_const() == send.payload.as_ptr();
        if is_payload {
            assert_eq!(buffer.len as usize, send.payload.len(), "a part of the payload");
        } else {
            assert!(handle.is_inside(buffer), "outside: {step:?}");
            assert!(buffer.len <= handle.options().send, "too long: {step:?}");
        }
    }
    let masks = handle.options().role == Role::Client && !handle.options().masking_disabled;
    assert!(!masks || step.count == 1, "a masked piece in two buffers: {step:?}");
}

/// Where nothing is copied, two slots take any frame at once. A masked frame that fits in the send
/// buffer goes out at once as well.
fn check_pieces(setting: &Setting, role: Role, send: &Send, pieces: usize) {
    let masks = role == Role::Client && !setting.masking_disabled;
    let masked = send.frame.clone().masked(Some([0; 4]));
    let fits = masked.encode().len() <= setting.send as usize;
    let at_once = if masks { fits } else { setting.slots > 1 || send.payload.is_empty() };
    assert!(!at_once || pieces == 1, "{pieces} pieces");
}

/// The frames on the wire are those that were to be sent; a client's are masked.
pub fn check_wire(wire: &[u8], sends: &[Send], role: Role, masking_disabled: bool) {
    let frames = Frame::decode_all(wire);
    assert_eq!(frames.len(), sends.len());
    for (frame, send) in frames.iter().zip(sends) {
        assert_eq!(frame.key.is_some(), role == Role::Client);
        if masking_disabled {
            assert_eq!(frame.key.unwrap_or_default(), [0; 4]);
        }
        assert_eq!(frame.clone().masked(None), send.frame.clone().masked(None));
    }
    let keys: Vec<_> = frames.iter().filter_map(|frame| frame.key).collect();
    let all_equal = keys.windows(2).all(|pair| pair[0] == pair[1]);
    assert!(masking_disabled || keys.len() < 4 || !all_equal, "no fresh keys");
}

proptest! {
    #![proptest_config(cases(600))]
    #[test]
    fn any_slots_and_sizes_give_the_same_octets(
        role in conversation::role(),
        settings in vec(setting(), 1..4),
        messages in conversation::messages(true),
        close in prop::option::of(conversation::close()),
    ) {
        let messages: Vec<Message> = messages;
        let frames = conversation::frames(&messages, close.as_ref(), NOMINAL, (Role::Server, 0));
        let sends = sends(frames);
        for setting in &settings {
            let wire = run(setting, role, &sends);
            check_wire(&wire, &sends, role, setting.masking_disabled);
        }
    }
}
