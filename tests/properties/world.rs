//! Some handles on which calls are made, and the memory that the calls lend.

use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;

use super::arguments::*;
use super::handshaking;
use super::support::api::api;
use super::support::handle::context;
use super::support::step::{MOST_SLOTS, Step};
use super::support::types::*;
use super::tracked::{Known, Stage, Tracked};

#[derive(Default)]
pub struct World {
    handles: [Option<Tracked>; HANDLES],
    /// What the operations lent, by their contexts; freed when they are handed back.
    loans: HashMap<usize, Box<[u8]>>,
    /// What the handles were lent; freed when they are deleted.
    lent: [Vec<Box<[u8]>>; HANDLES],
    /// Contexts of actions that were handed out.
    seen: Vec<usize>,
    last_app: usize,
}

/// Fails on a result that is not among those that are documented for the call.
fn check(hr: Hresult, allowed: &[Hresult], call: &str) -> Hresult {
    assert!(allowed.contains(&hr), "{call} returned {hr:?}");
    hr
}

const HANDSHAKE: [Hresult; 7] =
    [S_OK, INVALIDARG, OPERATION, FORMAT, VERSION, SUBPROTOCOL, EXTENSIONS];
const SESSION: [Hresult; 3] = [S_OK, INVALIDARG, OPERATION];

impl World {
    pub fn call(&mut self, call: &Call) {
        match call {
            Call::Create { which, client, properties, null_out } => {
                self.create(*which, *client, properties, *null_out);
            }
            Call::Connect { which, client, extension, deflate } => {
                self.create(*which, *client, if *deflate { &DEFLATE } else { &[] }, false);
                self.begin(*which, *client, Form::Good, *extension);
                self.end(*which, *client, Form::Good);
            }
            Call::Begin { which, client, form } => self.begin(*which, *client, *form, false),
            Call::End { which, client, form } => self.end(*which, *client, *form),
            Call::Send { which, kind, buffer } => self.send(*which, *kind, *buffer),
            Call::Receive { which, buffer } => self.receive(*which, *buffer),
            Call::Get { which, queue, slots, missing } => {
                self.get(*which, *queue, *slots as usize, *missing);
            }
            Call::Complete { which, id, octets } => self.complete(*which, *id, *octets),
            Call::Turn { which, queue, kind, len } => {
                self.get(*which, *queue, 2, Missing::Nothing);
                let octets = Octets::Frames { kind: *kind, len: *len };
                self.complete(*which, Id::Receive, octets);
                self.complete(*which, Id::Send, Octets::Right);
            }
            Call::Abort { which } => self.abort(*which),
            Call::Delete { which } => self.delete(*which),
            Call::CloseStatus { which, null } => self.close_status(*which, *null),
            Call::Global { kind, size, null_value, null_size } => {
                global(*kind, *size, *null_value, *null_size);
            }
        }
    }

    fn raw(&self, which: Which) -> RawHandle {
        self.tracked(which).map_or(ptr::null_mut(), |tracked| tracked.raw)
    }

    fn tracked(&self, which: Which) -> Option<&Tracked> {
        self.handles.get(which).and_then(Option::as_ref)
    }

    fn tracked_mut(&mut self, which: Which) -> Option<&mut Tracked> {
        self.handles.get_mut(which).and_then(Option::as_mut)
    }

    fn create(
        &mut self,
        which: Which,
        client: bool,
        properties: &[PropertyArgument],
        null_out: bool,
    ) {
        self.delete(which);
        // The values are read at the call; only a buffer is of use behind it.
        let (mut lent, deflate) = (Vec::new(), deflates(properties));
        let cells: Vec<Box<[u8]>> = properties.iter().map(|one| cell(one, &mut lent)).collect();
        let properties: Vec<Property> =
            properties.iter().zip(&cells).map(|(one, cell)| property(one, cell)).collect();
        let mut raw = ptr::without_provenance_mut(0x55);
        let out = if null_out { ptr::null_mut() } else { &raw mut raw };
        let create = if client { api().create_client } else { api().create_server };
        // SAFETY: what the properties point to is alive, a buffer as long as the handle.
        let hr = unsafe { create(properties.as_ptr(), properties.len() as u32, out) };
        let created = check(hr, &[S_OK, INVALIDARG], "create") == S_OK;
        assert!(!created || !null_out);
        if !null_out {
            assert_eq!(raw.is_null(), !created, "the handle after {hr:?}");
        }
        match self.handles.get_mut(which) {
            Some(slot) if created => {
                *slot = Some(Tracked::new(raw, client, deflate));
                self.lent[which] = lent;
            }
            // SAFETY: a handle that nobody else has.
            None if created => assert_eq!(unsafe { (api().delete)(raw) }, S_OK),
            _ => {}
        }
    }

    fn begin(&mut self, which: Which, client: bool, form: Form, extension: bool) {
        let raw = self.raw(which);
        let (hr, key) = match client {
            true => handshaking::begin_client(raw, form, extension),
            false => (handshaking::begin_server(raw, form, extension), None),
        };
        check(hr, &HANDSHAKE, "begin");
        let good = form == Form::Good || (client && form == Form::Short);
        let Some(tracked) = self.tracked_mut(which) else {
            assert_eq!(hr, INVALIDARG);
            return;
        };
        let due = good && tracked.client == client && tracked.stage == Stage::Created;
        assert_eq!(hr == S_OK, due, "begin returned {hr:?}");
        if due {
            // A server's session may be used without ending the handshake.
            tracked.stage = if client { Stage::Begun } else { Stage::Open };
            tracked.extension = extension;
            tracked.key = key.unwrap_or_default();
        }
    }

    fn end(&mut self, which: Which, client: bool, form: Form) {
        let raw = self.raw(which);
        let hr = match (client, self.tracked(which)) {
            (true, tracked) => {
                let key = tracked.map_or("", |tracked| tracked.key.as_str());
                let selected = tracked.map(|tracked| (tracked.extension, tracked.deflate));
                handshaking::end_client(raw, form, key, selected.unwrap_or_default())
            }
            // SAFETY: the handle is alive, or NULL.
            (false, _) => unsafe { (api().end_server)(raw) },
        };
        check(hr, &HANDSHAKE, "end");
        let Some(tracked) = self.tracked_mut(which) else {
            assert_eq!(hr, INVALIDARG);
            return;
        };
        let due = match client {
            true => tracked.client && tracked.stage == Stage::Begun && form == Form::Good,
            false => !tracked.client && tracked.is_open(),
        };
        assert_eq!(hr == S_OK, due, "end returned {hr:?}");
        if due {
            tracked.stage = Stage::Open;
            tracked.used(hr);
        }
    }

    fn used(&mut self, which: Which, hr: Hresult) {
        if let Some(tracked) = self.tracked_mut(which) {
            tracked.used(hr);
        }
    }

    /// A buffer for the operation with that context.
    fn buffer(&mut self, argument: BufferArgument, app: usize) -> Option<Buffer> {
        Some(match argument {
            BufferArgument::Null => return None,
            BufferArgument::NullStart(len) => Buffer { start: ptr::null_mut(), len, status: 1000 },
            BufferArgument::Octets { len, status } => {
                let mut loan = vec![b'z'; len as usize].into_boxed_slice();
                let start = loan.as_mut_ptr();
                self.loans.insert(app, loan);
                Buffer { start, len, status }
            }
        })
    }

    fn send(&mut self, which: Which, kind: u32, argument: BufferArgument) {
        self.last_app += 1;
        let (raw, app) = (self.raw(which), self.last_app);
        let buffer = self.buffer(argument, app);
        let buffer = buffer.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: what the buffer points to lives until the operation is handed back.
        let hr = unsafe { (api().send)(raw, kind, buffer, context(app)) };
        if check(hr, &SESSION, "send") == S_OK {
            let tracked = self.tracked_mut(which).expect("NULL was taken for a handle");
            assert!(tracked.is_open() && tracked.aborted != Known::Yes);
            tracked.aborted = Known::No;
            tracked.sends.push_back(app);
        } else {
            self.loans.remove(&app);
        }
        self.used(which, hr);
    }

    fn receive(&mut self, which: Which, argument: BufferArgument) {
        self.last_app += 1;
        let (raw, app) = (self.raw(which), self.last_app);
        let buffer = self.buffer(argument, app);
        let buffer = buffer.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: what the buffer points to lives until the operation is handed back.
        let hr = unsafe { (api().receive)(raw, buffer, context(app)) };
        if check(hr, &SESSION, "receive") == S_OK {
            let tracked = self.tracked_mut(which).expect("NULL was taken for a handle");
            assert!(tracked.is_open() && tracked.aborted != Known::Yes);
            tracked.aborted = Known::No;
            tracked.receives.push_back(app);
        } else {
            self.loans.remove(&app);
        }
        self.used(which, hr);
    }

    fn get(&mut self, which: Which, queue: u32, slots: usize, missing: Missing) {
        let raw = self.raw(which);
        let step = match missing {
            Missing::Nothing => Step::get(raw, queue, slots),
            _ => get_without(raw, queue, slots, missing),
        };
        check(step.hr, &[S_OK, INVALIDARG, OPERATION, FORMAT], "get action");
        let needed = match missing {
            Missing::Nothing | Missing::Application => false,
            Missing::Buffers => slots > 0,
            _ => true,
        };
        if needed || raw.is_null() || !(SEND_QUEUE..=ALL_QUEUE).contains(&queue) {
            assert_eq!(step.hr, INVALIDARG);
        }
        self.used(which, step.hr);
        if step.hr == S_OK {
            let knows_app = missing != Missing::Application;
            self.seen.push(step.id);
            self.handed_out(which, &step, knows_app);
        }
    }

    fn handed_out(&mut self, which: Which, step: &Step, knows_app: bool) {
        if let Some(app) = self.tracked_mut(which).unwrap().handed_out(step, knows_app) {
            self.loans.remove(&app);
        }
    }

    fn complete(&mut self, which: Which, id: Id, octets: Octets) {
        let out = |step: Option<&Step>| step.map_or(0, |step| step.id);
        let tracked = self.tracked(which);
        let id = match id {
            Id::Send => out(tracked.and_then(|tracked| tracked.send_out.as_ref())),
            Id::Receive => out(tracked.and_then(|tracked| tracked.receive_out.as_ref())),
            Id::Seen(_) if self.seen.is_empty() => 0,
            Id::Seen(index) => self.seen[index % self.seen.len()],
            Id::Number(number) => number,
        };
        let octets = self.octets(which, id, octets);
        // SAFETY: a context is looked up, never followed.
        let hr = unsafe { (api().complete)(self.raw(which), context(id), octets) };
        assert_eq!(hr, S_OK);
        if let Some(tracked) = self.tracked_mut(which) {
            tracked.completed(id);
        }
    }

    /// The number to report; a read gets its octets before.
    fn octets(&mut self, which: Which, id: usize, octets: Octets) -> u32 {
        if let Octets::Number(number) = octets {
            return number;
        }
        let Some(tracked) = self.tracked_mut(which) else { return 0 };
        let outs = [&tracked.send_out, &tracked.receive_out];
        let Some(step) = outs.into_iter().flatten().find(|step| step.id == id).cloned() else {
            return 0;
        };
        match octets {
            Octets::Frames { kind, len } if step.action == RECEIVE_FROM_NETWORK => {
                let octets = tracked.network(kind, step.len().min(len as usize));
                step.fill(&octets);
                octets.len() as u32
            }
            _ => step.len() as u32,
        }
    }

    fn abort(&mut self, which: Which) {
        // SAFETY: the handle is alive, or NULL.
        assert_eq!(unsafe { (api().abort)(self.raw(which)) }, S_OK);
        if let Some(tracked) = self.tracked_mut(which) {
            tracked.aborted();
        }
    }

    fn delete(&mut self, which: Which) {
        // SAFETY: the handle is alive, or NULL, and forgotten behind this.
        assert_eq!(unsafe { (api().delete)(self.raw(which)) }, S_OK);
        if let Some(slot) = self.handles.get_mut(which) {
            let left = slot.take().map(|tracked| [tracked.sends, tracked.receives]);
            left.into_iter().flatten().flatten().for_each(|app| drop(self.loans.remove(&app)));
            self.lent[which].clear();
        }
    }

    fn close_status(&self, which: Which, null: bool) {
        let mut status = 0x5A5A;
        let target = if null { ptr::null_mut() } else { &raw mut status };
        // SAFETY: the handle is alive, or NULL, and the status is a local variable.
        let hr = unsafe { (api().close_status)(self.raw(which), target) };
        check(hr, &SESSION, "close status");
        match hr {
            S_OK => assert!([1002, 1007, 1009, 1011].contains(&status), "close status {status}"),
            _ => assert_eq!(status, 0x5A5A, "an output of a call that failed was written"),
        }
        assert!(!null || hr == INVALIDARG);
    }

    /// Whatever was done before: every operation comes back once, and the handle can be deleted.
    pub fn finish(mut self) {
        for which in 0..self.handles.len() {
            self.drain(which);
            self.delete(which);
        }
    }

    fn drain(&mut self, which: Which) {
        self.complete(which, Id::Send, Octets::Number(0));
        self.complete(which, Id::Receive, Octets::Number(0));
        self.check_alive(which);
        self.abort(which);
        let Some(tracked) = self.tracked(which) else { return };
        let (raw, is_open) = (tracked.raw, tracked.is_open());
        for _ in 0..tracked.sends.len() + tracked.receives.len() {
            let step = Step::get(raw, ALL_QUEUE, 1);
            assert_eq!(step.hr, S_OK);
            assert!(matches!(step.action, SEND_COMPLETE | RECEIVE_COMPLETE), "{step:?}");
            assert_eq!(step.count, 0, "{step:?}");
            let tracked = self.tracked_mut(which).unwrap();
            assert_eq!(tracked.handed_out(&step, true), Some(step.app));
            self.loans.remove(&step.app);
            // SAFETY: a context is looked up, never followed.
            assert_eq!(unsafe { (api().complete)(raw, context(step.id), 7) }, S_OK);
            self.tracked_mut(which).unwrap().completed(step.id);
        }
        let tracked = self.tracked(which).unwrap();
        assert!(tracked.sends.is_empty() && tracked.receives.is_empty(), "operations were lost");
        let step = Step::get(raw, ALL_QUEUE, 1);
        let due = if is_open { S_OK } else { OPERATION };
        assert_eq!((step.hr, step.action), (due, NO_ACTION));
    }

    /// A connection that nobody aborted takes a ping, whatever went wrong before: a panic inside a
    /// call that returns nothing would show here.
    fn check_alive(&mut self, which: Which) {
        let Some(tracked) = self.tracked_mut(which) else { return };
        if tracked.is_open() && tracked.aborted == Known::No {
            // SAFETY: no memory is lent.
            let hr = unsafe { (api().send)(tracked.raw, PING_PONG, ptr::null(), context(999)) };
            assert_eq!(hr, S_OK, "the connection is gone");
            tracked.sends.push_back(999);
        }
    }
}

/// Compression with its usual settings.
const DEFLATE: [PropertyArgument; 1] =
    [PropertyArgument { kind: PERMESSAGE_DEFLATE, value: 0, size: 4, null: false }];

/// Whether a handle with these properties compresses.
fn deflates(properties: &[PropertyArgument]) -> bool {
    properties.iter().any(|property| property.kind == PERMESSAGE_DEFLATE)
}

/// The cell of a property, of just the size that is announced for its value.
fn cell(argument: &PropertyArgument, lent: &mut Vec<Box<[u8]>>) -> Box<[u8]> {
    let value = argument.value;
    let octets = match argument.kind {
        ALLOCATED_BUFFER => {
            lent.push(vec![b'z'; 4 * value as usize].into_boxed_slice());
            let start = lent.last_mut().unwrap().as_mut_ptr();
            return start.expose_provenance().to_ne_bytes().into();
        }
        // Bits of both windows, flags, level, longest message.
        PERMESSAGE_DEFLATE => {
            let fields =
                [value % 17, value >> 4 & 15, value >> 8 & 3, value >> 10 & 7, value >> 13];
            fields.iter().flat_map(|field| field.to_ne_bytes()).collect()
        }
        _ => value.to_ne_bytes().to_vec(),
    };
    octets.into_iter().chain([0; 8]).take(size(argument) as usize).collect()
}

/// 4 stands for the size that the value should have.
fn size(argument: &PropertyArgument) -> u32 {
    match argument.kind {
        ALLOCATED_BUFFER => argument.value * 4,
        PERMESSAGE_DEFLATE if argument.size == 4 => size_of::<Deflate>() as u32,
        _ => argument.size,
    }
}

fn property(argument: &PropertyArgument, cell: &[u8]) -> Property {
    let value = if argument.null { ptr::null() } else { cell.as_ptr().cast() };
    Property { kind: argument.kind, value, size: size(argument) }
}

/// GetAction with NULL for one of its outputs.
fn get_without(raw: RawHandle, queue: u32, slots: usize, missing: Missing) -> Step {
    fn or_null<T>(target: &mut T, is_null: bool) -> *mut T {
        if is_null { ptr::null_mut() } else { target }
    }
    let empty = Buffer { start: ptr::null_mut(), len: 0, status: 0 };
    let (mut buffers, mut count) = ([empty; MOST_SLOTS], slots as u32);
    let (mut action, mut kind) = (0, 0);
    let (mut app, mut id) = (ptr::null_mut::<c_void>(), ptr::null_mut::<c_void>());
    // SAFETY: every output that is given is there, with room for so many buffers.
    let hr = unsafe {
        (api().get_action)(
            raw,
            queue,
            or_null(&mut buffers, missing == Missing::Buffers).cast(),
            or_null(&mut count, missing == Missing::Count),
            or_null(&mut action, missing == Missing::Action),
            or_null(&mut kind, missing == Missing::Kind),
            or_null(&mut app, missing == Missing::Application),
            or_null(&mut id, missing == Missing::Context),
        )
    };
    let count = if hr == S_OK { count as usize } else { 0 };
    Step { hr, action, kind, count, buffers, app: app.addr(), id: id.addr() }
}

fn global(kind: u32, size: u32, null_value: bool, null_size: bool) {
    let (mut value, mut size_cell) = ([0u8; 16], size);
    let value: *mut c_void = if null_value { ptr::null_mut() } else { value.as_mut_ptr().cast() };
    let size_pointer = if null_size { ptr::null_mut() } else { &raw mut size_cell };
    // SAFETY: what is given is there.
    let hr = unsafe { (api().global_property)(kind, value, size_pointer) };
    check(hr, &[S_OK, INVALIDARG, INSUFFICIENT_BUFFER], "global property");
    let due = matches!(kind, 5 | 6) && size >= 4 && !null_value && !null_size;
    assert_eq!(hr == S_OK, due);
    // SAFETY: it takes nothing.
    assert_eq!(unsafe { (api().version)() } >> 16, 1);
}
