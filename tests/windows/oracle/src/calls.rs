//! Both ends of a connection in one process, by the prototypes of the metadata.

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::slice;

use windows_sys::Win32::Foundation::{E_INVALID_PROTOCOL_OPERATION, S_OK};
use windows_sys::Win32::Networking::WebSocket::*;

const TEXT: &[u8] = b"Hello, metadata";
const REASON: &[u8] = b"that is all";

/// What a GetAction returned.
struct Step {
    action: WEB_SOCKET_ACTION,
    kind: WEB_SOCKET_BUFFER_TYPE,
    buffers: Vec<WEB_SOCKET_BUFFER>,
    application: *mut c_void,
    context: *mut c_void,
}

fn step(handle: WEB_SOCKET_HANDLE, queue: WEB_SOCKET_ACTION_QUEUE) -> Step {
    let mut buffers = [WEB_SOCKET_BUFFER::default(); 2];
    let (mut count, mut action, mut kind) = (2, 99, 99);
    let (mut application, mut context) = (null_mut(), null_mut());
    // SAFETY: all pointers are to local variables; the handle is alive.
    let result = unsafe {
        WebSocketGetAction(
            handle,
            queue,
            buffers.as_mut_ptr(),
            &mut count,
            &mut action,
            &mut kind,
            &mut application,
            &mut context,
        )
    };
    assert_eq!(result, S_OK);
    Step { action, kind, buffers: buffers[..count as usize].to_vec(), application, context }
}

fn complete(handle: WEB_SOCKET_HANDLE, step: &Step, octets: usize) {
    // SAFETY: the handle is alive; the context is only looked up.
    unsafe { WebSocketCompleteAction(handle, step.context, octets as u32) }
}

/// The octets of a buffer that is data.
fn data(buffer: &WEB_SOCKET_BUFFER) -> Vec<u8> {
    // SAFETY: the action that lent them is not completed yet.
    unsafe {
        slice::from_raw_parts(buffer.Data.pbBuffer, buffer.Data.ulBufferLength as usize).to_vec()
    }
}

fn header(name: &'static str, value: &'static str) -> WEB_SOCKET_HTTP_HEADER {
    WEB_SOCKET_HTTP_HEADER {
        pcName: name.as_ptr().cast_mut(),
        ulNameLength: name.len() as u32,
        pcValue: value.as_ptr().cast_mut(),
        ulValueLength: value.len() as u32,
    }
}

fn handshake(client: WEB_SOCKET_HANDLE, server: WEB_SOCKET_HANDLE) {
    let offers = [c"chat".as_ptr().cast::<u8>(), c"log".as_ptr().cast()];
    let (mut sent, mut sent_count, mut answer, mut answer_count) = (null_mut(), 0, null_mut(), 0);
    let mut selected = 99;
    // SAFETY: counts are those of the arrays; strings end with a NUL; arrays that come back belong
    // to handles that are alive.
    unsafe {
        let begun = WebSocketBeginClientHandshake(
            client,
            offers.as_ptr(),
            2,
            null(),
            0,
            null(),
            0,
            &mut sent,
            &mut sent_count,
        );
        assert_eq!(begun, S_OK);
        let mut request = slice::from_raw_parts(sent, sent_count as usize).to_vec();
        request.push(header("Host", "localhost"));
        let begun = WebSocketBeginServerHandshake(
            server,
            offers[1],
            null(),
            0,
            request.as_ptr(),
            request.len() as u32,
            &mut answer,
            &mut answer_count,
        );
        assert_eq!(begun, S_OK);
        let none = null_mut();
        let ended =
            WebSocketEndClientHandshake(client, answer, answer_count, none, none, &mut selected);
        assert_eq!(ended, S_OK);
        assert_eq!(selected, 1);
        assert_eq!(WebSocketEndServerHandshake(server), S_OK);
        assert_eq!(WebSocketEndServerHandshake(client), E_INVALID_PROTOCOL_OPERATION);
    }
}

/// Queues a send and returns what it puts on the wire.
fn send(
    handle: WEB_SOCKET_HANDLE,
    kind: WEB_SOCKET_BUFFER_TYPE,
    buffer: WEB_SOCKET_BUFFER,
) -> Vec<u8> {
    let mark = &raw const buffer;
    // SAFETY: buffer and payload live until the send is indicated.
    assert_eq!(unsafe { WebSocketSend(handle, kind, &buffer, mark.cast()) }, S_OK);
    let out = step(handle, WEB_SOCKET_SEND_ACTION_QUEUE);
    assert_eq!(out.action, WEB_SOCKET_SEND_TO_NETWORK_ACTION);
    let wire: Vec<u8> = out.buffers.iter().flat_map(data).collect();
    complete(handle, &out, wire.len());
    let done = step(handle, WEB_SOCKET_SEND_ACTION_QUEUE);
    assert_eq!(done.action, WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION);
    assert_eq!(done.application.cast_const(), mark.cast());
    complete(handle, &done, 0);
    wire
}

/// Feeds the wire to a receive and returns its indication, not completed.
fn receive(handle: WEB_SOCKET_HANDLE, wire: &[u8]) -> Step {
    // SAFETY: the library's own memory is used.
    assert_eq!(unsafe { WebSocketReceive(handle, null(), null()) }, S_OK);
    let wanted = step(handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE);
    assert_eq!(wanted.action, WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION);
    // SAFETY: the room is lent until the action is completed.
    unsafe {
        let room = wanted.buffers[0].Data;
        assert!(wire.len() <= room.ulBufferLength as usize);
        room.pbBuffer.copy_from_nonoverlapping(wire.as_ptr(), wire.len());
    }
    complete(handle, &wanted, wire.len());
    let got = step(handle, WEB_SOCKET_RECEIVE_ACTION_QUEUE);
    assert_eq!(got.action, WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION);
    got
}

fn message(from: WEB_SOCKET_HANDLE, to: WEB_SOCKET_HANDLE) {
    let text = WEB_SOCKET_BUFFER_0 {
        pbBuffer: TEXT.as_ptr().cast_mut(),
        ulBufferLength: TEXT.len() as u32,
    };
    let kind = WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE;
    let got = receive(to, &send(from, kind, WEB_SOCKET_BUFFER { Data: text }));
    assert_eq!(got.kind, kind);
    assert_eq!(got.buffers.len(), 1);
    assert_eq!(data(&got.buffers[0]), TEXT);
    complete(to, &got, 0);
}

fn close(from: WEB_SOCKET_HANDLE, to: WEB_SOCKET_HANDLE) {
    let status = WEB_SOCKET_BUFFER_1 {
        pbReason: REASON.as_ptr().cast_mut(),
        ulReasonLength: REASON.len() as u32,
        usStatus: WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS as u16,
    };
    let kind = WEB_SOCKET_CLOSE_BUFFER_TYPE;
    let got = receive(to, &send(from, kind, WEB_SOCKET_BUFFER { CloseStatus: status }));
    assert_eq!(got.kind, kind);
    // SAFETY: the type says which arm it is, and the reason is lent until the action is completed.
    unsafe {
        let status = got.buffers[0].CloseStatus;
        assert_eq!(i32::from(status.usStatus), WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS);
        let reason = slice::from_raw_parts(status.pbReason, status.ulReasonLength as usize);
        assert_eq!(reason, REASON);
    }
    complete(to, &got, 0);
}

fn keepalive() {
    let (mut interval, mut size) = (0u32, 4);
    let value = (&raw mut interval).cast();
    let kind = WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE;
    // SAFETY: the value has the size that is named.
    assert_eq!(unsafe { WebSocketGetGlobalProperty(kind, value, &mut size) }, S_OK);
    assert!(interval >= 15_000);
}

/// Each of the thirteen functions is called.
pub fn exchange() {
    let size = 1024u32;
    let property = WEB_SOCKET_PROPERTY {
        Type: WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE,
        pvValue: (&raw const size).cast_mut().cast(),
        ulValueSize: 4,
    };
    let (mut client, mut server) = (null_mut(), null_mut());
    // SAFETY: the property and its value outlive the calls.
    unsafe {
        assert_eq!(WebSocketCreateClientHandle(&property, 1, &mut client), S_OK);
        assert_eq!(WebSocketCreateServerHandle(&property, 1, &mut server), S_OK);
    }
    keepalive();
    handshake(client, server);
    message(client, server);
    message(server, client);
    close(client, server);
    // SAFETY: both handles are alive, and used no more.
    unsafe {
        WebSocketAbortHandle(client);
        WebSocketDeleteHandle(client);
        WebSocketDeleteHandle(server);
    }
}
