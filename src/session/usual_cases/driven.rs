//! A session that is asked, with shortcuts or without, and what it answers.

#[cfg(test)]
pub mod tests {
    use crate::codec::{HeaderRules, KEY, MaskRule, Opcode, RSV, parse_behind_first, unmask};
    use crate::error::Result;
    use crate::handshake::deflate::{Compression, Direction};
    use crate::session::{
        Action, ActionId, BufferType, CompressionSetting, Config, Context, Payload, Queue, Region,
        Role, Session, Work,
        pairs::{Found, as_headers, context, headers, next_of_sends, next_part_counted},
    };

    /// What a session is made with.
    #[derive(Clone, Copy, Debug)]
    pub struct Setting {
        pub role: Role,
        pub utf8: bool,
        /// An extension of the caller's is selected, so that reserved bits are allowed.
        pub extension: bool,
        /// Otherwise a client masks with keys of which no two sessions have the same.
        pub masking_disabled: bool,
        /// Both sides agree on compression.
        pub compressed: bool,
        pub send_len: u32,
        pub receive_len: u32,
        /// The session works in memory of the caller's.
        pub lent: bool,
        /// A receive is queued only where none is.
        pub one_receive: bool,
        /// A server's handshake is ended by the first call.
        pub implied: bool,
    }

    #[derive(Clone, Copy, Debug)]
    pub enum Buffer {
        None,
        Data(usize),
        Close(u16, usize),
    }

    /// How many octets were transferred.
    #[derive(Clone, Copy, Debug)]
    pub enum Octets {
        /// All of a send; of a read so many, if there are any.
        Right(usize),
        None,
        /// So many fewer, or more, than there was to send or room for.
        Fewer(u64),
        More(u64),
    }

    /// Which action is done.
    #[derive(Clone, Copy, Debug)]
    pub enum Id {
        /// One that is out.
        Out(usize),
        /// One that was done before.
        Stale(usize),
        /// None that there ever is, but near one.
        Even(usize),
    }

    #[derive(Clone, Debug)]
    pub enum Call {
        /// Into a buffer of ours of so many octets, or into none.
        Receive(Option<usize>),
        Send {
            buffer_type: BufferType,
            buffer: Buffer,
            plain: bool,
        },
        /// One action, which is done.
        Turn {
            queue: Queue,
            slots: usize,
            octets: Octets,
        },
        /// An action is asked for and not done.
        Ask(Queue, usize),
        Done {
            id: Id,
            octets: Octets,
        },
        Abort,
    }

    /// GetAction as the C border asks: the shortest way that there is. Counts what is found.
    fn shortest(
        session: &mut Session,
        queue: Queue,
        slots: usize,
        counts: &mut Found,
    ) -> Option<Action> {
        let found = match queue {
            Queue::Send if slots >= 2 => next_of_sends(session),
            Queue::Receive | Queue::All if slots >= 1 => next_part_counted(session, queue, counts),
            _ => None,
        };
        found.or_else(|| session.usual_send(queue, slots))
    }

    fn config(setting: Setting, role: Role) -> Config {
        let each = Direction { window_bits: 9, takeover: true };
        let compression = CompressionSetting {
            most: Compression { client: each, server: each },
            level: 1,
            max_message: 4 * u64::from(setting.receive_len),
        };
        Config {
            receive_len: setting.receive_len,
            send_len: setting.send_len,
            utf8_verification: setting.utf8,
            masking_disabled: setting.masking_disabled,
            compression: setting.compressed.then_some(compression),
            ..Config::new(role)
        }
    }

    /// Both sides of a handshake; the one of that role.
    fn open(setting: Setting, lent: Option<Region>) -> Session {
        let make = |role| {
            let lent = lent.filter(|_| role == setting.role);
            let config = Config { lent, ..config(setting, role) };
            config.check().unwrap();
            Session::new(config)
        };
        let (mut client, mut server) = (make(Role::Client), make(Role::Server));
        let offered: [&[u8]; 1] = [b"x"];
        let lines = client.begin_client([].into_iter(), offered.into_iter()).unwrap();
        let mut request = headers(&mut client, &lines);
        request.push((b"Host".to_vec(), b"h".to_vec()));
        let selected = if setting.extension { &offered[..] } else { &[] };
        let lines = server.begin_server(as_headers(&request), None, selected.iter().copied());
        let answer = headers(&mut server, &lines.unwrap());
        client.end_client(as_headers(&answer), None).unwrap();
        if !setting.implied {
            server.end_server().unwrap();
        }
        if setting.role == Role::Client { client } else { server }
    }

    /// Which of the lent buffers, and where in it.
    type Place = (usize, usize);

    /// What the caller sees, but for the ids.
    #[derive(Debug, PartialEq)]
    pub struct Sight {
        work: Work,
        buffer_type: Option<BufferType>,
        status: Option<u16>,
        context: Context,
        /// Of each region: its place, if it is lent; and its octets, without the key that is random, or of a
        /// read its length.
        regions: Vec<(Option<Place>, Vec<u8>)>,
    }

    /// What a call returned, and the status to close with that it left behind.
    pub type Seen = (Result<Option<Sight>>, Result<u16>);

    struct Driven<'w> {
        session: Session,
        setting: Setting,
        shortcuts: bool,
        wire: &'w [u8],
        out: Vec<Action>,
        done: Vec<Action>,
        /// What was lent: it stays where it is.
        lent: Vec<Vec<u8>>,
        calls: usize,
        /// Of a frame that is sent masked by a random key: that, the octets before, and those to come.
        key: [u8; KEY],
        position: usize,
        to_come: usize,
        /// Receives that are queued.
        receives: usize,
        seen: Vec<Seen>,
        /// What was found by ways that are for some messages alone.
        counts: Found,
    }

    impl Driven<'_> {
        fn lend(&mut self, len: usize, filled_with: u8) -> Region {
            self.lent.push(vec![filled_with; len]);
            Region::of(self.lent.last_mut().unwrap())
        }

        fn see(&mut self, answer: Result<Option<Sight>>) {
            let status = self.session.close_status();
            self.seen.push((answer, status));
        }

        fn call(&mut self, call: &Call) {
            self.calls += 1;
            let context = context(self.calls);
            match *call {
                Call::Receive(_) if self.setting.one_receive && self.receives > 0 => {}
                Call::Receive(len) => {
                    let target = len.map(|len| self.lend(len, 0));
                    let result = self.receive(target, context);
                    self.receives += usize::from(result.is_ok());
                    self.see(result.map(|()| None));
                }
                Call::Send { buffer_type, buffer, plain } => {
                    let payload = match buffer {
                        Buffer::None => Payload::None,
                        Buffer::Data(len) => Payload::Data(self.lend(len, b'x')),
                        Buffer::Close(status, len) => Payload::Close(status, self.lend(len, b'r')),
                    };
                    let result = self.send(buffer_type, payload, plain, context);
                    self.see(result.map(|()| None));
                }
                Call::Turn { queue, slots, octets } => {
                    if let Some(action) = self.ask(queue, slots) {
                        self.complete(&action, action.id, octets);
                        self.done.push(action);
                    }
                }
                Call::Ask(queue, slots) => {
                    let action = self.ask(queue, slots);
                    self.out.extend(action);
                }
                Call::Done { id, octets } => self.done(id, octets),
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
            plain: bool,
            context: Context,
        ) -> Result<()> {
            // The border tries it for these two, and never without compression.
            let is_tried = self.shortcuts && !plain;
            if is_tried && self.session.send_first(buffer_type, payload, context) {
                return Ok(());
            }
            self.session.operations()?.send(buffer_type, payload, plain, context)
        }

        fn ask(&mut self, queue: Queue, slots: usize) -> Option<Action> {
            let Driven { session, counts, .. } = self;
            let found = self.shortcuts.then(|| shortest(session, queue, slots, counts));
            let answer = match found.flatten() {
                Some(action) => Ok(Some(action)),
                None => self.session.get_action(queue, slots),
            };
            let sight = answer.map(|action| action.map(|action| self.sight(&action)));
            self.see(sight);
            answer.ok().flatten()
        }

        fn sight(&mut self, action: &Action) -> Sight {
            let Setting { role, masking_disabled, .. } = self.setting;
            let is_masked =
                role == Role::Client && !masking_disabled && action.work == Work::SendToNetwork;
            let mut regions = Vec::new();
            for region in &action.octets[..action.count] {
                let start = region.start().addr();
                // Without a look at what is lent.
                let offset = |lent: &Vec<u8>| start.wrapping_sub(lent.as_ptr().addr());
                let which = self.lent.iter().position(|lent| offset(lent) < lent.len());
                // Where no octets are is all the same, inside of what is lent. The long way forgets the header of an
                // empty frame before it looks for the payload, and so finds it at the front.
                let place = which.map(|which| match region.len() {
                    0 => (which, 0),
                    _ => (which, offset(&self.lent[which])),
                });
                let octets = match action.work {
                    Work::ReceiveFromNetwork => region.len().to_le_bytes().to_vec(),
                    _ if is_masked => self.unmasked(region.read()),
                    _ => region.read(),
                };
                regions.push((place, octets));
            }
            let &Action { work, buffer_type, status, context, .. } = action;
            self.receives -= usize::from(work == Work::IndicateReceiveComplete);
            Sight { work, buffer_type, status, context, regions }
        }

        /// A piece of a frame, or all of it.
        fn unmasked(&mut self, mut octets: Vec<u8>) -> Vec<u8> {
            let mut start = 0;
            if self.to_come == 0 {
                let rules =
                    HeaderRules { masked: MaskRule::MASKED, reserved_bits: RSV, in_message: false };
                // Whether it may come here is not asked.
                let header = parse_behind_first(&octets, Opcode::Binary, rules).unwrap().unwrap();
                start = header.header_len;
                self.key = header.key.unwrap();
                (self.position, self.to_come) = (0, header.payload_len as usize);
                octets[start - KEY..start].fill(0);
            }
            unmask(&mut octets[start..], self.key, self.position as u64);
            self.position += octets.len() - start;
            self.to_come -= octets.len() - start;
            octets
        }

        fn done(&mut self, id: Id, octets: Octets) {
            match id {
                Id::Out(which) if !self.out.is_empty() => {
                    let action = self.out.swap_remove(which % self.out.len());
                    self.complete(&action, action.id, octets);
                    self.done.push(action);
                }
                Id::Stale(which) if !self.done.is_empty() => {
                    // Mostly the last.
                    let back = (which % 4).min(self.done.len() - 1);
                    let id = self.done[self.done.len() - 1 - back].id;
                    self.report(id, 1);
                }
                Id::Even(which) if !self.out.is_empty() => {
                    let id = self.out[which % self.out.len()].id.number();
                    let near = if which % 2 == 0 { id ^ 1 } else { id.wrapping_add(1) };
                    ActionId::from_number(near).into_iter().for_each(|id| self.report(id, 1));
                }
                _ => {}
            }
        }

        fn complete(&mut self, action: &Action, id: ActionId, octets: Octets) {
            let whole: usize = action.octets.iter().map(Region::len).sum();
            let octets = match octets {
                Octets::None => 0,
                Octets::Fewer(less) => (whole as u64).saturating_sub(less),
                Octets::More(more) => whole as u64 + more,
                Octets::Right(read) if action.work == Work::ReceiveFromNetwork => {
                    self.read(action.octets[0], read) as u64
                }
                Octets::Right(_) => whole as u64,
            };
            if action.work == Work::SendToNetwork && octets != whole as u64 {
                // The rest of the frame does not come.
                self.to_come = 0;
            }
            self.report(id, octets);
        }

        /// Gets octets from the network, if there are any.
        fn read(&mut self, target: Region, most: usize) -> usize {
            let len = target.len().min(most).min(self.wire.len());
            let (now, later) = self.wire.split_at(len);
            target.fill(now);
            self.wire = later;
            len
        }

        fn report(&mut self, id: ActionId, octets: u64) {
            if !(self.shortcuts && self.session.complete_usual(id, octets)) {
                self.session.complete_action(id, octets);
            }
        }
    }

    /// All that is seen, to the last operation that comes back.
    pub fn drive(shortcuts: bool, setting: Setting, wire: &[u8], calls: &[Call]) -> Vec<Seen> {
        drive_counted(shortcuts, setting, wire, calls).0
    }

    /// The same, and what was found by ways that are for some messages alone.
    pub fn drive_counted(
        shortcuts: bool,
        setting: Setting,
        wire: &[u8],
        calls: &[Call],
    ) -> (Vec<Seen>, Found) {
        let mut lent = Vec::new();
        if setting.lent {
            let all = config(setting, setting.role).sizes(setting.compressed).sum().unwrap() + 200;
            lent.push(vec![0; all]);
        }
        let session = open(setting, lent.first_mut().map(|lent| Region::of(lent)));
        let mut driven = Driven {
            session,
            setting,
            shortcuts,
            wire,
            out: Vec::new(),
            done: Vec::new(),
            lent,
            calls: 0,
            key: [0; KEY],
            position: 0,
            to_come: 0,
            receives: 0,
            seen: Vec::new(),
            counts: Found::default(),
        };
        calls.iter().for_each(|call| driven.call(call));
        let rest = Octets::Right(usize::MAX);
        (0..3).for_each(|_| driven.done(Id::Out(0), rest));
        driven.session.abort();
        while let Some(action) = driven.ask(Queue::All, 2) {
            driven.complete(&action, action.id, rest);
        }
        (driven.seen, driven.counts)
    }
}
