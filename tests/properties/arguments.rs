//! Calls with arguments of every kind, sensible and senseless.

use proptest::collection::vec;
use proptest::prelude::*;

use super::support::types::*;

/// A handle: one of two, or NULL.
pub type Which = usize;

#[derive(Clone, Debug)]
pub enum Call {
    Create {
        which: Which,
        client: bool,
        properties: Vec<PropertyArgument>,
        null_out: bool,
    },
    /// Begin and, if asked, end with what the other side would say.
    Connect {
        which: Which,
        client: bool,
        extension: bool,
    },
    Begin {
        which: Which,
        client: bool,
        form: Form,
    },
    End {
        which: Which,
        client: bool,
        form: Form,
    },
    Send {
        which: Which,
        kind: u32,
        buffer: BufferArgument,
    },
    Receive {
        which: Which,
        buffer: BufferArgument,
    },
    Get {
        which: Which,
        queue: u32,
        slots: u32,
        missing: Missing,
    },
    Complete {
        which: Which,
        id: Id,
        octets: Octets,
    },
    /// GetAction, and what it returned is completed at once.
    Turn {
        which: Which,
        queue: u32,
        kind: u8,
        len: u32,
    },
    Abort {
        which: Which,
    },
    Delete {
        which: Which,
    },
    Global {
        kind: u32,
        size: u32,
        null_value: bool,
        null_size: bool,
    },
}

#[derive(Clone, Debug)]
pub struct PropertyArgument {
    pub kind: u32,
    pub value: u32,
    pub size: u32,
    pub null: bool,
}

/// How the arguments of a handshake are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Good,
    /// Headers are missing.
    Short,
    /// Values are wrong.
    Wrong,
    /// An array is NULL although it has elements.
    NullArray,
    NullOutputs,
    /// Something is selected that was not offered.
    NotOffered,
}

#[derive(Clone, Copy, Debug)]
pub enum BufferArgument {
    Null,
    /// Octets at NULL.
    NullStart(u32),
    Octets {
        len: u32,
        status: u16,
    },
}

/// The output of GetAction that is NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Nothing,
    Buffers,
    Count,
    Action,
    Kind,
    Application,
    Context,
}

/// The context given to CompleteAction.
#[derive(Clone, Copy, Debug)]
pub enum Id {
    Send,
    Receive,
    /// One that was handed out by either handle at any time.
    Seen(prop::sample::Index),
    Number(usize),
}

/// The octets reported to CompleteAction.
#[derive(Clone, Copy, Debug)]
pub enum Octets {
    Right,
    Number(u32),
    /// For a read: so many octets of frames of this kind.
    Frames {
        kind: u8,
        len: u32,
    },
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![20 => Just(0usize), 20 => Just(1usize), 1 => Just(2usize)]
}

fn property() -> impl Strategy<Value = PropertyArgument> {
    let kind = prop_oneof![12 => 0..=4u32, 2 => 5..8u32, 1 => any::<u32>()];
    let value = prop_oneof![
        6 => 256..2000u32,
        2 => prop_oneof![Just(0u32), Just(15), Just(16), Just(255), Just(256)],
        1 => 0..0x4000u32,
    ];
    let size = prop_oneof![14 => Just(4u32), 1 => 0..9u32];
    (kind, value, size, prop::bool::weighted(0.02))
        .prop_map(|(kind, value, size, null)| PropertyArgument { kind, value, size, null })
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        6 => Just(Form::Good),
        1 => Just(Form::Short),
        1 => Just(Form::Wrong),
        1 => Just(Form::NullArray),
        1 => Just(Form::NullOutputs),
        1 => Just(Form::NotOffered),
    ]
}

fn kind() -> impl Strategy<Value = u32> {
    prop_oneof![
        10 => UTF8_MESSAGE..=UNSOLICITED_PONG,
        2 => (0..256u32, 0..2u32).prop_map(|(first, mask)| first << 2 | mask << 1),
        1 => any::<u32>(),
    ]
}

fn buffer() -> impl Strategy<Value = BufferArgument> {
    let len = prop_oneof![3 => 0..130u32, 1 => 0..2000u32];
    prop_oneof![
        3 => Just(BufferArgument::Null),
        1 => (0..3u32).prop_map(BufferArgument::NullStart),
        6 => (len, any::<u16>())
            .prop_map(|(len, status)| BufferArgument::Octets { len, status }),
    ]
}

fn get() -> impl Strategy<Value = Call> {
    let missing = prop_oneof![
        60 => Just(Missing::Nothing),
        1 => Just(Missing::Buffers),
        1 => Just(Missing::Count),
        1 => Just(Missing::Action),
        1 => Just(Missing::Kind),
        1 => Just(Missing::Application),
        1 => Just(Missing::Context),
    ];
    let queue = prop_oneof![15 => SEND_QUEUE..=ALL_QUEUE, 1 => any::<u32>()];
    let slots = prop_oneof![10 => 1..=4u32, 1 => Just(0u32)];
    (which(), queue, slots, missing).prop_map(|(which, queue, slots, missing)| Call::Get {
        which,
        queue,
        slots,
        missing,
    })
}

fn complete() -> impl Strategy<Value = Call> {
    let id = prop_oneof![
        8 => Just(Id::Send),
        12 => Just(Id::Receive),
        2 => any::<prop::sample::Index>().prop_map(Id::Seen),
        1 => prop_oneof![Just(0usize), any::<usize>()].prop_map(Id::Number),
    ];
    let octets = prop_oneof![
        8 => Just(Octets::Right),
        2 => prop_oneof![Just(0u32), 0..20u32, any::<u32>()].prop_map(Octets::Number),
        12 => (any::<u8>(), 1..1500u32).prop_map(|(kind, len)| Octets::Frames { kind, len }),
    ];
    (which(), id, octets).prop_map(|(which, id, octets)| Call::Complete { which, id, octets })
}

fn handshake() -> impl Strategy<Value = Call> {
    let create = (which(), any::<bool>(), vec(property(), 0..4), prop::bool::weighted(0.05))
        .prop_map(|(which, client, properties, null_out)| Call::Create {
            which,
            client,
            properties,
            null_out,
        });
    let connect = (which(), any::<bool>(), prop::bool::weighted(0.3))
        .prop_map(|(which, client, extension)| Call::Connect { which, client, extension });
    let part = (which(), any::<bool>(), form(), any::<bool>());
    let part = part.prop_map(|(which, client, form, begin)| match begin {
        true => Call::Begin { which, client, form },
        false => Call::End { which, client, form },
    });
    prop_oneof![4 => create, 4 => connect, 2 => part]
}

pub fn call() -> impl Strategy<Value = Call> {
    let send = (which(), kind(), buffer()).prop_map(|(which, kind, buffer)| Call::Send {
        which,
        kind,
        buffer,
    });
    let receive = (which(), prop_oneof![Just(BufferArgument::Null), buffer()])
        .prop_map(|(which, buffer)| Call::Receive { which, buffer });
    let kind = prop_oneof![0..9u32, any::<u32>()];
    let global = (kind, 0..9u32, any::<bool>(), any::<bool>()).prop_map(
        |(kind, size, null_value, null_size)| Call::Global { kind, size, null_value, null_size },
    );
    let turn = (which(), SEND_QUEUE..=ALL_QUEUE, any::<u8>(), 1..1500u32)
        .prop_map(|(which, queue, kind, len)| Call::Turn { which, queue, kind, len });
    prop_oneof![
        4 => handshake(),
        24 => send,
        24 => receive,
        40 => get(),
        40 => complete(),
        60 => turn,
        1 => which().prop_map(|which| Call::Abort { which }),
        1 => which().prop_map(|which| Call::Delete { which }),
        2 => global,
    ]
}
