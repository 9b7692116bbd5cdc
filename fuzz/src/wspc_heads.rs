//! Heads of requests and responses: what is found lies in the octets, and the verdict does not depend
//! on what is behind the head or on how much of it has come.

use std::ffi::c_char;
use std::mem;

use arbitrary::{Result, Unstructured};

use super::support::api::api;
use super::support::handle::Role;
use super::support::types::*;

/// WSPC_E_TOO_MANY_HEADERS.
const TOO_MANY: Hresult = INSUFFICIENT_BUFFER;

pub fn run(data: &[u8]) {
    // An input that is too short is none.
    let _ = try_run(&mut Unstructured::new(data));
}

fn try_run(u: &mut Unstructured) -> Result<()> {
    let (flags, cut): (u8, u8) = u.arbitrary()?;
    let role = if flags & 1 == 0 { Role::Server } else { Role::Client };
    let room = if flags & 2 == 0 { 100 } else { usize::from(flags >> 2) };
    let head = u.bytes(u.len())?;
    let whole = parse(role, head, room);
    let more = parse(role, &[head, b"x: y\r\n\r\n\0"].concat(), room);
    let part = parse(role, &head[..head.len() * usize::from(cut) / 255], room);
    match &whole {
        Ok(found) => {
            assert_eq!(more, whole, "what is behind the head matters");
            assert_eq!(parse(role, &head[..found.len], room), whole);
            assert_eq!(parse(role, &head[..found.len - 1], room), Err(INCOMPLETE));
            if found.fields.len() > 1 {
                assert_eq!(parse(role, head, found.fields.len()), whole);
                assert_eq!(parse(role, head, found.fields.len() - 1), Err(TOO_MANY));
            }
            assert!(part == whole || part == Err(INCOMPLETE), "{part:?}");
        }
        Err(INCOMPLETE) => assert_eq!(part, whole, "less is more"),
        Err(fault) => {
            assert_eq!(more, whole, "more octets made it good");
            assert!(matches!(*fault, FORMAT | TOO_MANY), "{fault:?}");
            assert!(part == whole || part == Err(INCOMPLETE), "{part:?}");
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Method and target, or reason.
    line: Vec<Vec<u8>>,
    numbers: (u32, u32),
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    len: usize,
}

fn parse(role: Role, head: &[u8], room: usize) -> std::result::Result<Found, Hresult> {
    const RUBBISH: u32 = 0x5A5A_5A5A;
    // Just as large as announced, so that a step too far is seen.
    let head = Box::<[u8]>::from(head);
    // SAFETY: plain data, for which zeros are fine.
    let empty: HttpHeader = unsafe { mem::zeroed() };
    let mut fields = vec![empty; room].into_boxed_slice();
    let (mut count, mut len) = (room as u32, RUBBISH);
    // SAFETY: plain data, for which zeros are fine.
    let (mut request, mut response): (Request, Response) = unsafe { mem::zeroed() };
    let (data, data_len) = (head.as_ptr().cast(), head.len() as u32);
    let (field, counts) = (fields.as_mut_ptr(), &mut count);
    // SAFETY: all that is passed is alive during the call, and as large as announced.
    let hr = unsafe {
        match role {
            Role::Server => {
                (api().parse_request)(data, data_len, &mut request, field, counts, &mut len)
            }
            Role::Client => {
                (api().parse_response)(data, data_len, &mut response, field, counts, &mut len)
            }
        }
    };
    if hr != S_OK {
        assert_eq!((count as usize, len), (room, RUBBISH), "outputs of a call that failed");
        return Err(hr);
    }
    let (count, len) = (count as usize, len as usize);
    assert!(count <= room && len <= head.len() && len > 0);
    let part = |start: *const c_char, part_len: u32| {
        let offset = start.addr().wrapping_sub(head.as_ptr().addr());
        let part = head[..len].get(offset..offset.wrapping_add(part_len as usize));
        part.unwrap_or_else(|| panic!("not in the head: {offset} and {part_len}")).to_vec()
    };
    let (line, numbers) = match role {
        Role::Server => (
            vec![
                part(request.method, request.method_len),
                part(request.target, request.target_len),
            ],
            (0, request.minor_version),
        ),
        Role::Client if response.reason_len == 0 => {
            (vec![], (response.status, response.minor_version))
        }
        Role::Client => (
            vec![part(response.reason, response.reason_len)],
            (response.status, response.minor_version),
        ),
    };
    let value = |field: &HttpHeader| match field.value_len {
        0 => Vec::new(),
        len => part(field.value, len),
    };
    let fields = fields[..count]
        .iter()
        .map(|field| (part(field.name, field.name_len), value(field)))
        .collect();
    Ok(Found { line, numbers, fields, len })
}
