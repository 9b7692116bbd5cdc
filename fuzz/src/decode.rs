//! Calls from the octets of the input: every kind of argument, sensible ones more often.

use arbitrary::{Result, Unstructured};

use super::arguments::*;
use super::support::types::*;

fn which(u: &mut Unstructured) -> Result<Which> {
    // NULL now and then.
    Ok(match u.int_in_range(0..=30u8)? {
        30 => HANDLES,
        number => usize::from(number) % HANDLES,
    })
}

/// True once in so many times.
fn seldom(u: &mut Unstructured, times: u8) -> Result<bool> {
    Ok(u.int_in_range(1..=times)? == times)
}

fn property(u: &mut Unstructured) -> Result<PropertyArgument> {
    let kind = match u.int_in_range(0..=11u8)? {
        11 => u.arbitrary()?,
        8..11 => PERMESSAGE_DEFLATE,
        kind => kind.into(),
    };
    let value = match seldom(u, 4)? {
        true => *u.choose(&[0, 1, 15, 16, 255, 256, 4096])?,
        false => u.arbitrary::<u16>()?.into(),
    };
    let size = if seldom(u, 12)? { u.int_in_range(0..=24)? } else { 4 };
    // Of a lent buffer's size only so much that it is soon made.
    let value = if kind == ALLOCATED_BUFFER { value & 0x1FFF } else { value };
    Ok(PropertyArgument { kind, value, size, null: seldom(u, 40)? })
}

fn form(u: &mut Unstructured) -> Result<Form> {
    use Form::*;
    Ok(*u.choose(&[Good, Good, Good, Good, Short, Wrong, NullArray, NullOutputs, NotOffered])?)
}

fn kind(u: &mut Unstructured) -> Result<u32> {
    /// WSPC_UNCOMPRESSED.
    const UNCOMPRESSED: u32 = 0x4000_0000;
    Ok(match u.int_in_range(0..=12u8)? {
        0..10 => u.int_in_range(UTF8_MESSAGE..=UNSOLICITED_PONG)?,
        10 => u.arbitrary::<u32>()? & 0x3FE,
        11 => u.int_in_range(UTF8_MESSAGE..=UNSOLICITED_PONG)? | UNCOMPRESSED,
        _ => u.arbitrary()?,
    })
}

fn buffer(u: &mut Unstructured) -> Result<BufferArgument> {
    Ok(match u.int_in_range(0..=9u8)? {
        0..3 => BufferArgument::Null,
        3 => BufferArgument::NullStart(u.int_in_range(0..=2)?),
        4 => BufferArgument::Octets { len: u.int_in_range(0..=9000)?, status: 1000 },
        _ => BufferArgument::Octets { len: u.int_in_range(0..=140)?, status: u.arbitrary()? },
    })
}

fn get(u: &mut Unstructured) -> Result<Call> {
    use Missing::*;
    let missing = match seldom(u, 12)? {
        true => *u.choose(&[Buffers, Count, Action, Kind, Application, Context])?,
        false => Nothing,
    };
    let queue = if seldom(u, 16)? { u.arbitrary()? } else { u.int_in_range(1..=3)? };
    Ok(Call::Get { which: which(u)?, queue, slots: u.int_in_range(0..=4)?, missing })
}

fn complete(u: &mut Unstructured) -> Result<Call> {
    let id = match u.int_in_range(0..=11u8)? {
        0..4 => Id::Send,
        4..9 => Id::Receive,
        9 | 10 => Id::Seen(u.arbitrary::<u16>()?.into()),
        _ => Id::Number(u.arbitrary()?),
    };
    let octets = match u.int_in_range(0..=9u8)? {
        0..3 => Octets::Right,
        3 => Octets::Number(u.int_in_range(0..=20)?),
        4 => Octets::Number(u.arbitrary()?),
        _ => Octets::Frames { kind: u.arbitrary()?, len: u.int_in_range(1..=1500)? },
    };
    Ok(Call::Complete { which: which(u)?, id, octets })
}

fn create(u: &mut Unstructured) -> Result<Call> {
    let (which, client) = (which(u)?, u.arbitrary()?);
    let count = u.int_in_range(0..=4u8)?;
    let properties = (0..count).map(|_| property(u)).collect::<Result<_>>()?;
    Ok(Call::Create { which, client, properties, null_out: seldom(u, 20)? })
}

fn connect(u: &mut Unstructured) -> Result<Call> {
    let (which, client, extension, deflate) =
        (which(u)?, u.arbitrary()?, u.arbitrary()?, u.arbitrary()?);
    Ok(Call::Connect { which, client, extension, deflate })
}

fn turn(u: &mut Unstructured) -> Result<Call> {
    let (which, queue, kind) = (which(u)?, u.int_in_range(1..=3)?, u.arbitrary()?);
    Ok(Call::Turn { which, queue, kind, len: u.int_in_range(1..=1500)? })
}

fn global(u: &mut Unstructured) -> Result<Call> {
    let kind = if seldom(u, 3)? { u.arbitrary()? } else { u.int_in_range(0..=8)? };
    let (null_value, null_size) = (seldom(u, 6)?, seldom(u, 6)?);
    Ok(Call::Global { kind, size: u.int_in_range(0..=8)?, null_value, null_size })
}

pub fn call(u: &mut Unstructured) -> Result<Call> {
    Ok(match u.int_in_range(0..=63u8)? {
        0..3 => create(u)?,
        3..7 => connect(u)?,
        7 | 8 => Call::Begin { which: which(u)?, client: u.arbitrary()?, form: form(u)? },
        9 | 10 => Call::End { which: which(u)?, client: u.arbitrary()?, form: form(u)? },
        11..20 => Call::Send { which: which(u)?, kind: kind(u)?, buffer: buffer(u)? },
        20..29 => {
            let buffer = if u.arbitrary()? { BufferArgument::Null } else { buffer(u)? };
            Call::Receive { which: which(u)?, buffer }
        }
        29..40 => get(u)?,
        40..50 => complete(u)?,
        50..58 => turn(u)?,
        58 | 59 => Call::CloseStatus { which: which(u)?, null: seldom(u, 5)? },
        60 => Call::Abort { which: which(u)? },
        61 => Call::Delete { which: which(u)? },
        _ => global(u)?,
    })
}
