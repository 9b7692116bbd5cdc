//! The usual cases come to the same as the long way: one session takes every shortcut, another none,
//! and both are asked the same.

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::codec::{KEY, encode_header, unmask};
    use crate::error::Result;
    use crate::handshake::{Header, Lines};
    use crate::session::{
        Action, BufferType, Config, Context, Payload, Queue, Region, Role, Session, Work,
    };

    /// GetAction as the C border asks: the shortest way that there is.
    fn shortest(session: &mut Session, queue: Queue, slots: usize) -> Option<Action> {
        let found = match queue {
            Queue::Send if slots >= 2 => session.next_send(),
            Queue::Receive | Queue::All if slots >= 1 => session.next_whole(),
            _ => None,
        };
        found.or_else(|| session.usual_action(queue, slots))
    }

    #[derive(Clone, Debug)]
    enum Call {
        /// Into a buffer of ours of so many octets, or into none.
        Receive(Option<usize>),
        Send {
            text: bool,
            len: usize,
        },
        /// One action: of a read so many octets come; of a send all is sent, or it fails.
        Turn {
            queue: Queue,
            slots: usize,
            read: usize,
            sent: bool,
        },
        /// An action is asked for and not done.
        Ask(Queue, usize),
        Done {
            read: usize,
        },
        Abort,
    }

    fn queue() -> impl Strategy<Value = Queue> {
        prop_oneof![
            1 => Just(Queue::Send),
            4 => Just(Queue::Receive),
            3 => Just(Queue::All),
        ]
    }

    fn call() -> impl Strategy<Value = Call> {
        let len = || prop_oneof![0..20usize, 0..700usize];
        let slots = || prop_oneof![1 => Just(0usize), 10 => Just(1), 20 => Just(2)];
        let read = || {
            prop_oneof![3 => Just(0..3usize), 3 => Just(0..400), 4 => Just(1000..1001)]
                .prop_flat_map(|range| range)
        };
        prop_oneof![
            120 => prop::option::weighted(0.2, len()).prop_map(Call::Receive),
            20 => (any::<bool>(), len()).prop_map(|(text, len)| Call::Send { text, len }),
            250 => (queue(), slots(), read(), prop::bool::weighted(0.9))
                .prop_map(|(queue, slots, read, sent)| Call::Turn { queue, slots, read, sent }),
            20 => (queue(), slots()).prop_map(|(queue, slots)| Call::Ask(queue, slots)),
            30 => read().prop_map(|read| Call::Done { read }),
            1 => Just(Call::Abort),
        ]
    }

    /// The first octets of the frames of a message, or of one that stands alone; as a rule they are
    /// allowed.
    fn first_octets() -> impl Strategy<Value = Vec<u8>> {
        let whole = prop::sample::select(vec![0x81u8, 0x81, 0x82, 0x89, 0x8A]);
        let begin = prop::sample::select(vec![0x01u8, 0x02, 0x21]);
        let between = prop::sample::select(vec![0x00u8, 0x00, 0x89, 0x10]);
        let fragmented = (begin, prop::collection::vec(between, 0..3)).prop_map(|(begin, rest)| {
            let mut octets = vec![begin];
            octets.extend(rest);
            octets.push(0x80);
            octets
        });
        prop_oneof![
            30 => whole.prop_map(|first| vec![first]),
            6 => fragmented,
            1 => prop::sample::select(vec![0xA1u8, 0xC2, 0x88]).prop_map(|first| vec![first]),
            1 => any::<u8>().prop_map(|first| vec![first]),
        ]
    }

    fn payload() -> impl Strategy<Value = Vec<u8>> {
        let letters = prop::sample::select(vec!["a", "Я", "€", "𐍈", "\u{7f}"]);
        let text = prop::collection::vec(letters, 0..150)
            .prop_map(|letters| letters.concat().into_bytes());
        let spoiled = (text.clone(), any::<prop::sample::Index>()).prop_map(|(mut text, at)| {
            text.push(b' ');
            let at = at.index(text.len());
            text[at] = 0xFF;
            text
        });
        prop_oneof![9 => text, 2 => spoiled]
    }

    /// Frames before they are written: their first octets, the payload of each, the key.
    type Frames = (Vec<u8>, Vec<u8>, [u8; KEY]);

    /// As the peer of that role sends them.
    fn write(wire: &mut Vec<u8>, (firsts, payload, key): &Frames, role: Role) {
        let key = (role == Role::Server).then_some(*key);
        for &first in firsts {
            let most = if first & 8 == 0 { payload.len() } else { 125 };
            let payload = &payload[..payload.len().min(most)];
            let (header, len) = encode_header(first, payload.len() as u64, key);
            wire.extend_from_slice(&header[..len]);
            let start = wire.len();
            wire.extend_from_slice(payload);
            unmask(&mut wire[start..], key.unwrap_or_default(), 0);
        }
    }

    /// What a session is made with.
    #[derive(Clone, Copy, Debug)]
    struct Setting {
        role: Role,
        utf8: bool,
        /// An extension of the caller's is selected, so that reserved bits are allowed.
        extension: bool,
        /// A client masks with keys of which no two sessions have the same.
        random_keys: bool,
    }

    fn setting() -> impl Strategy<Value = Setting> {
        (any::<bool>(), prop::bool::weighted(0.8), any::<bool>(), any::<bool>()).prop_map(
            |(client, utf8, extension, random_keys)| Setting {
                role: if client { Role::Client } else { Role::Server },
                utf8,
                extension,
                random_keys,
            },
        )
    }

    fn headers(session: &mut Session, lines: &Lines) -> Vec<(Vec<u8>, Vec<u8>)> {
        let (strings, _) = session.headers().parts(lines);
        let bare = |text: &[u8]| text[..text.len() - 1].to_vec();
        strings.map(|(name, value)| (bare(name), bare(value))).collect()
    }

    fn as_headers(headers: &[(Vec<u8>, Vec<u8>)]) -> impl Iterator<Item = Header<'_>> + Clone {
        headers.iter().map(|(name, value)| Header { name, value })
    }

    /// Both sides of a handshake; the one of that role.
    fn open(setting: Setting) -> Session {
        let Setting { utf8: utf8_verification, extension, random_keys, .. } = setting;
        let config = |role| Config {
            receive_len: 256,
            utf8_verification,
            masking_disabled: role == Role::Client && !random_keys,
            ..Config::new(role)
        };
        let (mut client, mut server) =
            (Session::new(config(Role::Client)), Session::new(config(Role::Server)));
        let offered: [&[u8]; 1] = [b"x"];
        let lines = client.begin_client([].into_iter(), offered.into_iter()).unwrap();
        let mut request = headers(&mut client, &lines);
        request.push((b"Host".to_vec(), b"h".to_vec()));
        let selected = if extension { &offered[..] } else { &[] };
        let lines = server.begin_server(as_headers(&request), None, selected.iter().copied());
        let answer = headers(&mut server, &lines.unwrap());
        client.end_client(as_headers(&answer), None).unwrap();
        server.end_server().unwrap();
        if setting.role == Role::Client { client } else { server }
    }

    /// What the caller sees, but for the ids.
    #[derive(Debug, PartialEq)]
    struct Sight {
        work: Work,
        buffer_type: Option<BufferType>,
        status: Option<u16>,
        context: Context,
        /// Of each region: in which of the lent buffers it is, and its octets; of a read, and of what is
        /// masked by a random key, its length.
        regions: Vec<(Option<usize>, Vec<u8>)>,
    }

    type Seen = Result<Option<Sight>>;

    struct Driven<'w> {
        session: Session,
        setting: Setting,
        shortcuts: bool,
        wire: &'w [u8],
        out: Vec<Action>,
        /// What was lent: it stays where it is.
        lent: Vec<Vec<u8>>,
        calls: usize,
        seen: Vec<Seen>,
    }

    impl Driven<'_> {
        fn lend(&mut self, len: usize, filled_with: u8) -> Region {
            self.lent.push(vec![filled_with; len]);
            Region::of(self.lent.last_mut().unwrap())
        }

        fn call(&mut self, call: &Call) {
            self.calls += 1;
            let context = Context(core::ptr::without_provenance_mut(self.calls));
            match *call {
                Call::Receive(len) => {
                    let target = len.map(|len| self.lend(len, 0));
                    let result = self.receive(target, context);
                    self.seen.push(result.map(|()| None));
                }
                Call::Send { text, len } => {
                    let payload = Payload::Data(self.lend(len, b'x'));
                    let buffer_type = BufferType::data(text, true);
                    let result = self.send(buffer_type, payload, context);
                    self.seen.push(result.map(|()| None));
                }
                Call::Turn { queue, slots, read, sent } => {
                    self.ask(queue, slots);
                    if let Some(action) = self.out.pop() {
                        self.complete(&action, read, sent);
                    }
                }
                Call::Ask(queue, slots) => self.ask(queue, slots),
                Call::Done { read } => {
                    if let Some(action) = self.out.pop() {
                        self.complete(&action, read, true);
                    }
                }
                Call::Abort => self.session.abort(),
            }
        }

        fn receive(&mut self, target: Option<Region>, context: Context) -> Result<()> {
            if self.shortcuts && self.session.receive_first(target, context) {
                return Ok(());
            }
            self.session.operations()?.receive(target, context)
        }

        fn send(
            &mut self,
            buffer_type: BufferType,
            payload: Payload,
            context: Context,
        ) -> Result<()> {
            if self.shortcuts && self.session.send_first(buffer_type, payload, context) {
                return Ok(());
            }
            self.session.operations()?.send(buffer_type, payload, false, context)
        }

        fn ask(&mut self, queue: Queue, slots: usize) {
            let short = self.shortcuts.then(|| shortest(&mut self.session, queue, slots));
            let answer = match short.flatten() {
                Some(action) => Ok(Some(action)),
                None => self.session.get_action(queue, slots),
            };
            let Setting { role, random_keys, .. } = self.setting;
            self.seen.push(answer.map(|action| {
                let action = action?;
                let only_length = match action.work {
                    Work::ReceiveFromNetwork => true,
                    Work::SendToNetwork => role == Role::Client && random_keys,
                    _ => false,
                };
                let regions = action.octets[..action.count].iter().map(|region| {
                    let place = self.lent.iter().position(|lent| {
                        lent.as_ptr_range().contains(&region.start().cast_const())
                    });
                    let len = region.len().to_le_bytes().to_vec();
                    (place, if only_length { len } else { region.read() })
                });
                let regions = regions.collect();
                let Action { work, buffer_type, status, context, .. } = action;
                Some(Sight { work, buffer_type, status, context, regions })
            }));
            self.out.extend(answer.ok().flatten());
        }

        fn complete(&mut self, action: &Action, read: usize, sent: bool) {
            let octets = match action.work {
                Work::ReceiveFromNetwork => {
                    let len = action.octets[0].len().min(read).min(self.wire.len());
                    let (now, later) = self.wire.split_at(len);
                    action.octets[0].fill(now);
                    self.wire = later;
                    len
                }
                Work::SendToNetwork if sent => action.octets.iter().map(Region::len).sum(),
                _ => 0,
            };
            let octets = octets as u64;
            if !(self.shortcuts && self.session.complete_usual(action.id, octets)) {
                self.session.complete_action(action.id, octets);
            }
        }
    }

    fn drive(shortcuts: bool, setting: Setting, wire: &[u8], calls: &[Call]) -> Vec<Seen> {
        let (session, out, lent, seen) = (open(setting), Vec::new(), Vec::new(), Vec::new());
        let mut driven = Driven { session, setting, shortcuts, wire, out, lent, calls: 0, seen };
        calls.iter().for_each(|call| driven.call(call));
        driven.seen
    }

    proptest! {
        #[test]
        fn shortcuts_come_to_the_same(
            setting in setting(),
            frames in prop::collection::vec((first_octets(), payload(), any::<[u8; KEY]>()), 0..12),
            // Miri interprets.
            calls in prop::collection::vec(call(), if cfg!(miri) { 10..30 } else { 100..300 }),
        ) {
            let mut wire = Vec::new();
            frames.iter().for_each(|frames| write(&mut wire, frames, setting.role));
            let short = drive(true, setting, &wire, &calls);
            prop_assert_eq!(short, drive(false, setting, &wire, &calls));
        }
    }
}
