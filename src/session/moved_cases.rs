//! A part of a message that has to be moved, because its rest finds no room behind it (row *received-in-place* of
//! `docs/compatibility.md`).

#[cfg(test)]
mod tests {
    use crate::codec::{KEY, written};
    use crate::session::pairs::{self, context, next_part};
    use crate::session::{Action, Config, Queue, Region, Role, Session, Work};

    const BINARY: u8 = 0x82;
    const MASKED: Option<[u8; KEY]> = Some([0xA1, 0xB2, 0xC3, 0xD4]);

    fn payload(len: usize) -> Vec<u8> {
        (0..len).map(|place| (place * 7 + place / 251) as u8).collect()
    }

    fn next(session: &mut Session) -> Action {
        next_part(session)
            .unwrap_or_else(|| session.get_action(Queue::Receive, 1).unwrap().unwrap())
    }

    fn bring(session: &mut Session, octets: &[u8]) {
        let read = next(session);
        assert_eq!(read.work, Work::ReceiveFromNetwork);
        read.octets[0].fill(octets);
        assert!(session.complete_usual(read.id, octets.len() as u64));
    }

    fn indicated(session: &mut Session) -> Vec<u8> {
        let indication = next(session);
        assert_eq!(indication.work, Work::IndicateReceiveComplete);
        let octets = indication.octets[0].read();
        session.complete_action(indication.id, 0);
        octets
    }

    fn config(role: Role) -> Config {
        Config { receive_len: 1024, ..Config::new(role) }
    }

    /// The side of that role, and the key of what it gets.
    fn open(role: Role) -> (Session, Option<[u8; KEY]>) {
        let (client, server) = pairs::open(config(Role::Client), config(Role::Server), &[]);
        match role {
            Role::Client => (client, None),
            Role::Server => (server, MASKED),
        }
    }

    /// Has it get a message of `ahead` octets, and `arrived` of the frame of the next one, of which it returns the
    /// rest. That has a payload of `len`.
    fn bring_part(
        (session, key): (&mut Session, Option<[u8; KEY]>),
        ahead: usize,
        len: usize,
        arrived: usize,
    ) -> Vec<u8> {
        let first = pairs::frame(BINARY, &payload(ahead), key);
        let second = pairs::frame(BINARY, &payload(len), key);
        let (begin, rest) = second.split_at(arrived);
        session.operations().unwrap().receive(None, context(1)).unwrap();
        bring(session, &[&first, begin].concat());
        assert_eq!(indicated(session), payload(ahead));
        rest.to_vec()
    }

    /// A read for that rest is handed out, for which the part is moved, and cancelled.
    fn cancel_read(session: &mut Session) {
        assert!(session.receive_first(None, context(2)));
        let read = next(session);
        assert_eq!(read.work, Work::ReceiveFromNetwork);
        session.complete_action(read.id, 0);
        assert_eq!(indicated(session), b"", "the read was cancelled");
    }

    /// Octets that are written for a message, of which that part is moved.
    fn written_for(role: Role, ahead: usize, len: usize, arrived: usize) -> usize {
        let (mut session, key) = open(role);
        let rest = bring_part((&mut session, key), ahead, len, arrived);
        written::take();
        assert!(session.receive_first(None, context(2)));
        bring(&mut session, &rest);
        assert_eq!(indicated(&mut session), payload(len), "{ahead} {len} {arrived}");
        let written = written::take() as usize;
        // Nothing is left of it.
        assert!(session.receive_first(None, context(3)));
        bring(&mut session, &pairs::frame(BINARY, &payload(500), key));
        assert_eq!(indicated(&mut session), payload(500));
        written
    }

    #[test]
    fn it_is_unmasked_on_the_way() {
        const HEADER: usize = 8;
        // Its header goes along, and the rest may begin anywhere in the key.
        for arrived in [HEADER + 1, 301, 302, 303, 304] {
            let written = written_for(Role::Server, 700, 900, arrived);
            assert_eq!(written, HEADER + 900, "{arrived}");
        }
        // Just as long as what is in front of it, and longer.
        assert_eq!(written_for(Role::Server, 300, 900, 308), HEADER + 900);
        assert_eq!(written_for(Role::Server, 300, 900, 309), 309 + 900);
        // A header alone is taken, and gone.
        assert_eq!(written_for(Role::Server, 700, 900, HEADER), 900);
        // It is not masked.
        assert_eq!(written_for(Role::Client, 700, 900, 300), 300);
    }

    #[test]
    fn a_short_one_is_unmasked_when_it_is_whole() {
        const HEADER: usize = 6;
        for len in [32, 33] {
            for arrived in HEADER + 1..24 {
                let written = written_for(Role::Server, 993, len, arrived);
                let moved = if len > 32 { HEADER } else { arrived };
                assert_eq!(written, moved + len, "{len} {arrived}");
            }
        }
    }

    /// In memory that is lent, somebody may write at any time: then what is shown is wrong, and no more than there is.
    #[test]
    fn a_header_that_somebody_else_changes_is_taken_as_it_is() {
        let mut memory = vec![0; 2000];
        let lent = Region::of(&mut memory);
        let server = Config { lent: Some(lent), ..config(Role::Server) };
        for changed in [&[0x82, 0x80 | 50, 1, 2, 3, 4][..], &[0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]] {
            let (_, mut session) = pairs::open(config(Role::Client), server, &[]);
            bring_part((&mut session, MASKED), 700, 900, 300);
            cancel_read(&mut session);
            lent.part(0, changed.len()).fill(changed);
            session.operations().unwrap().receive(None, context(3)).unwrap();
            let action = session.get_action(Queue::Receive, 1).unwrap().unwrap();
            assert!(action.octets[0].len() <= 1024, "{action:?}");
        }
    }

    /// Into buffers for parts of what is unmasked, and of what is not.
    #[test]
    fn it_is_received_in_parts_all_the_same() {
        let (mut session, key) = open(Role::Server);
        let rest = bring_part((&mut session, key), 700, 900, 300);
        cancel_read(&mut session);
        let mut got = Vec::new();
        let mut own = [0; 70];
        while got.len() < 900 {
            let target = Some(Region::of(&mut own));
            session.operations().unwrap().receive(target, context(3)).unwrap();
            if got.len() == 280 {
                bring(&mut session, &rest);
            }
            got.extend(indicated(&mut session));
        }
        assert_eq!(got, payload(900));
    }
}
