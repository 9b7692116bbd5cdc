//! How often which call comes, with which arguments.

use proptest::collection::vec;
use proptest::prelude::*;

use super::arguments::*;
use super::support::types::*;

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![20 => Just(0usize), 20 => Just(1usize), 2 => Just(2usize), 1 => Just(HANDLES)]
}

fn property() -> impl Strategy<Value = PropertyArgument> {
    let kind = prop_oneof![
        12 => 0..=4u32,
        2 => Just(PERMESSAGE_DEFLATE),
        2 => 5..8u32,
        1 => any::<u32>(),
    ];
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
        2 => any::<usize>().prop_map(Id::Seen),
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
    let connect = (which(), any::<bool>(), prop::bool::weighted(0.3), prop::bool::weighted(0.3))
        .prop_map(|(which, client, extension, deflate)| Call::Connect {
            which,
            client,
            extension,
            deflate,
        });
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
        2 => (which(), any::<bool>()).prop_map(|(which, null)| Call::CloseStatus { which, null }),
        2 => global,
    ]
}
