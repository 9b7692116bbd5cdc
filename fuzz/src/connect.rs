//! Handles and drivers with settings that come from the input.

use arbitrary::{Result, Unstructured};

use super::arguments::Form;
use super::handshaking;
use super::support::feed::Driver;
use super::support::handle::{Handle, Memory, Options, Role};
use super::support::handshake;
use super::support::types::*;

pub fn role(u: &mut Unstructured) -> Result<Role> {
    Ok(if u.arbitrary()? { Role::Client } else { Role::Server })
}

/// Settings of a handle that does not compress.
pub fn options(u: &mut Unstructured) -> Result<Options> {
    let role = role(u)?;
    let flags: u8 = u.arbitrary()?;
    let memory = if flags & 1 == 0 { Memory::Own } else { Memory::Lent };
    let receive = match flags >> 6 {
        0 => 256,
        1 => 4096,
        _ => u.int_in_range(256..=2000)?,
    };
    let mut options = Options::new(role, receive, u.int_in_range(16..=300)?).memory(memory);
    options.masking_disabled = flags & 2 != 0;
    options.utf8_unchecked = flags & 4 != 0;
    Ok(options)
}

pub fn driver(u: &mut Unstructured) -> Result<Driver> {
    let flags: u8 = u.arbitrary()?;
    let queue = if flags & 1 == 0 { RECEIVE_QUEUE } else { ALL_QUEUE };
    let target = if flags & 2 == 0 { None } else { Some(u.int_in_range(1..=1000)?) };
    let (slots, depth) = (1 + usize::from(flags >> 2 & 3), 1 + usize::from(flags >> 4 & 1));
    Ok(Driver { queue, slots, depth, target })
}

/// Octets of the reads, over and over.
pub fn reads(u: &mut Unstructured) -> Result<Vec<usize>> {
    let count = u.int_in_range(1..=4)?;
    (0..count).map(|_| Ok(1 + usize::from(u.arbitrary::<u8>()?))).collect()
}

/// A connection; with `extension`, its handshake selected one, so that reserved bits are allowed.
pub fn connected(options: Options, extension: bool) -> Handle {
    if !extension {
        return Handle::connected(options);
    }
    let handle = Handle::new(options);
    match options.role {
        Role::Server => {
            assert_eq!(handshaking::begin_server(handle.raw(), Form::Good, true), S_OK);
            assert_eq!(handshake::end_server(&handle), S_OK);
        }
        Role::Client => {
            let (hr, key) = handshaking::begin_client(handle.raw(), Form::Good, true);
            assert_eq!(hr, S_OK);
            let (key, selected) = (key.unwrap(), (true, options.deflate.is_some()));
            let hr = handshaking::end_client(handle.raw(), Form::Good, &key, selected);
            assert_eq!(hr, S_OK);
        }
    }
    handle
}
