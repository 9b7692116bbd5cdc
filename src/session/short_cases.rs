//! Short messages go the shortest way behind another short one, and what is like them and is not takes the next. What
//! is found by it is held to the long way in `usual_cases.rs`; here it is seen that it is taken, and what it leaves
//! alone.

#[cfg(test)]
mod tests {
    use crate::codec::{FIN, Opcode, RSV1, SHORT};
    use crate::session::pairs::{self, context};
    use crate::session::{
        Action, BufferType, Config, Payload, Queue, Region, Role, Session, Teller, Work,
    };

    const TEXT: u8 = FIN | Opcode::Text as u8;
    const BINARY: u8 = FIN | Opcode::Binary as u8;
    /// The receive buffer, behind which a handle has room for a header.
    const BUFFER: u32 = 256;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        pairs::frame(first, payload, Some([0x81, 2, 0xF3, 4]))
    }

    fn server(utf8_verification: bool) -> Session {
        open(Config { utf8_verification, ..Config::new(Role::Server) })
    }

    fn open(config: Config) -> Session {
        let server = Config { receive_len: BUFFER, ..config };
        pairs::open(Config::new(Role::Client), server, &[]).1
    }

    fn receive(session: &mut Session, number: usize) {
        assert!(session.receive_first(None, context(number)));
    }

    /// By the long way, which says the same.
    fn read(session: &mut Session, octets: &[u8]) {
        let read = session.get_action(Queue::Receive, 1).unwrap().unwrap();
        assert_eq!(read.work, Work::ReceiveFromNetwork);
        assert!(octets.len() <= read.octets[0].len());
        read.octets[0].fill(octets);
        assert!(session.complete_usual(read.id, octets.len() as u64));
    }

    /// One that has been shown a short message, and has got these octets since, for its receive 1.
    fn server_with(utf8_verification: bool, octets: &[u8]) -> Session {
        has_got(server(utf8_verification), octets)
    }

    fn has_got(mut session: Session, octets: &[u8]) -> Session {
        receive(&mut session, 0);
        read(&mut session, &frame(BINARY, b"one"));
        assert!(
            matches!(session.next_read(Queue::All), Err(Teller::Message)),
            "nothing is known yet"
        );
        let one = session.next_message().unwrap();
        assert!(session.complete_usual(one.id, 0));
        receive(&mut session, 1);
        read(&mut session, octets);
        session
    }

    fn next(session: &mut Session) -> Option<Action> {
        assert!(matches!(session.next_read(Queue::All), Err(Teller::Short)));
        session.next_short()
    }

    fn is(action: &Action, buffer_type: BufferType, number: usize, payload: &[u8]) {
        assert_eq!(action.work, Work::IndicateReceiveComplete);
        assert_eq!((action.buffer_type, action.count), (Some(buffer_type), 1));
        assert_eq!((action.context, pairs::shown(action)), (context(number), payload.to_vec()));
    }

    #[test]
    fn of_every_length_with_another_one_behind() {
        for (first, buffer_type) in
            [(TEXT, BufferType::TextMessage), (BINARY, BufferType::BinaryMessage)]
        {
            for len in 0..=SHORT {
                // What is no text may be anything.
                let high = if first == TEXT { 0 } else { 0x80 };
                let payload: Vec<u8> = (0..len as u8).map(|octet| octet | high).collect();
                let (mut wire, others) = (frame(first, &payload), frame(BINARY, &[0xAB; 70]));
                wire.extend(&others);
                let mut session = server_with(true, &wire);
                let short = next(&mut session).unwrap();
                is(&short, buffer_type, 1, &payload);
                assert!(session.complete_usual(short.id, 0));
                // The other is as it was, and too long for this way; the one behind it is not asked for by it.
                receive(&mut session, 2);
                assert!(next(&mut session).is_none());
                let other = session.next_message().unwrap();
                is(&other, BufferType::BinaryMessage, 2, &[0xAB; 70]);
                assert!(session.complete_usual(other.id, 0));
                receive(&mut session, 3);
                read(&mut session, &frame(first, &payload));
                assert!(matches!(session.next_read(Queue::All), Err(Teller::Message)));
            }
        }
    }

    #[test]
    fn it_goes_on_behind_a_send() {
        let mut session = server_with(true, &frame(TEXT, b"two"));
        let short = next(&mut session).unwrap();
        assert!(session.complete_usual(short.id, 0));
        receive(&mut session, 2);
        let mut payload = [1, 2, 3];
        let octets = Payload::Data(Region::of(&mut payload));
        assert!(session.send_first(BufferType::BinaryMessage, octets, context(9)));
        for _ in 0..2 {
            let action = session.get_action(Queue::Send, 2).unwrap().unwrap();
            let octets = action.octets[..action.count].iter().map(Region::len).sum::<usize>();
            assert!(session.complete_usual(action.id, octets as u64));
        }
        read(&mut session, &frame(TEXT, b"three"));
        is(&next(&mut session).unwrap(), BufferType::TextMessage, 2, b"three");
    }

    /// What is like a short message and is none; a receive of which another one waits, or has a buffer of its own.
    /// All is as it was: the next way finds it, or the one behind that.
    #[test]
    fn what_is_left_to_others_is_not_touched() {
        let whole = frame(BINARY, b"0123456789");
        let is_left = |octets: &[u8]| {
            let mut session = server_with(true, octets);
            assert!(next(&mut session).is_none(), "{octets:x?}");
            session
        };
        for len in 1..whole.len() {
            let mut session = is_left(&whole[..len]);
            read(&mut session, &whole[len..]);
            let action = session.get_action(Queue::Receive, 1).unwrap().unwrap();
            is(&action, BufferType::BinaryMessage, 1, b"0123456789");
        }
        let mut session = is_left(&frame(TEXT, "ä".as_bytes()));
        let text = session.next_message().unwrap();
        is(&text, BufferType::TextMessage, 1, "ä".as_bytes());
        // The next one is likely to be no ASCII either.
        assert!(session.complete_usual(text.id, 0));
        receive(&mut session, 2);
        read(&mut session, &frame(TEXT, b"a"));
        assert!(matches!(session.next_read(Queue::All), Err(Teller::Message)));
        let mut session = is_left(&frame(BINARY, &[7; SHORT + 1]));
        is(&session.next_message().unwrap(), BufferType::BinaryMessage, 1, &[7; SHORT + 1]);
        let mut session = is_left(&frame(TEXT, b"\xFF"));
        assert!(session.get_action(Queue::Receive, 1).is_err());
        assert_eq!(session.close_status(), Ok(1007));
        for octets in [
            frame(FIN | Opcode::Close as u8, b""),
            frame(FIN | Opcode::Pong as u8, b""),
            frame(Opcode::Text as u8, b"a"),
            frame(TEXT | RSV1, b"a"),
            // Not masked, which a server refuses.
            vec![BINARY, 3, 1, 2, 3, 4, 5, 6],
        ] {
            is_left(&octets);
        }
    }

    #[test]
    fn a_receive_with_a_buffer_or_with_others_behind_it_is_left_to_others() {
        let mut session = server(true);
        receive(&mut session, 0);
        let message = frame(BINARY, b"one");
        let wire = message.repeat(5);
        read(&mut session, &wire);
        let one = session.get_action(Queue::Receive, 1).unwrap().unwrap();
        assert!(session.complete_usual(one.id, 0));
        // The long way does not note how long it was, the next one does.
        receive(&mut session, 1);
        let one = session.next_message().unwrap();
        assert!(session.complete_usual(one.id, 0));
        let mut own = [0; 10];
        assert!(session.receive_first(Some(Region::of(&mut own)), context(2)));
        assert!(next(&mut session).is_none());
        let action = session.next_message().unwrap();
        is(&action, BufferType::BinaryMessage, 2, b"one");
        assert!(session.complete_usual(action.id, 0));
        assert_eq!(&own[..4], b"one\0");
        // Nor is it asked for behind one of these.
        receive(&mut session, 3);
        assert!(matches!(session.next_read(Queue::All), Err(Teller::Message)));
        let one = session.next_message().unwrap();
        assert!(session.complete_usual(one.id, 0));
        receive(&mut session, 4);
        session.operations().unwrap().receive(None, context(5)).unwrap();
        assert!(next(&mut session).is_none());
        let one = session.next_message().unwrap();
        is(&one, BufferType::BinaryMessage, 4, b"one");
        assert!(session.complete_usual(one.id, 0));
        read(&mut session, &message);
        assert!(matches!(session.next_read(Queue::All), Err(Teller::Message)));
    }

    /// It looks at octets behind the message, so these have to be there.
    #[test]
    fn at_the_end_of_the_buffer_it_is_left_to_others() {
        let mut wire = frame(BINARY, b"one");
        while wire.len() < BUFFER as usize {
            wire.extend(frame(BINARY, b"one"));
        }
        wire.truncate(BUFFER as usize / 9 * 9);
        let messages = wire.len() / 9;
        let mut session = server_with(true, &wire);
        let mut short = 0;
        for number in 1..=messages {
            let action = match next(&mut session) {
                Some(action) => {
                    short += 1;
                    action
                }
                None => session.next_message().unwrap(),
            };
            is(&action, BufferType::BinaryMessage, number, b"one");
            assert!(session.complete_usual(action.id, 0));
            receive(&mut session, number + 1);
        }
        assert!((messages - 5..messages).contains(&short), "{short} of {messages}");
    }

    /// Which octets they are matters for text that is checked, and only for that.
    #[test]
    fn behind_a_short_one_the_next_is_likely_to_be_short() {
        for (utf8_verification, first, payload) in [
            (true, BINARY, &[0xFF; SHORT][..]),
            (true, TEXT, &[b'a'; SHORT]),
            (false, TEXT, b"\xFF"),
            (false, TEXT, b"a"),
        ] {
            let mut session = server(utf8_verification);
            receive(&mut session, 0);
            read(&mut session, &frame(first, payload));
            assert!(matches!(session.next_read(Queue::All), Err(Teller::Message)));
            let message = session.next_message().unwrap();
            assert!(session.complete_usual(message.id, 0));
            receive(&mut session, 1);
            read(&mut session, &frame(BINARY, b"next"));
            is(&next(&mut session).unwrap(), BufferType::BinaryMessage, 1, b"next");
        }
    }

    #[test]
    fn text_that_nobody_checks_is_short_as_well() {
        let mut session = server_with(false, &frame(TEXT, b"\xFF"));
        is(&next(&mut session).unwrap(), BufferType::TextMessage, 1, b"\xFF");
    }

    /// Of lent memory nobody knows whether it was written to: of its front we do, and of what has come. That octets
    /// behind that are not looked at is what Miri sees in `ffi/memory_cases.rs`.
    #[test]
    fn in_lent_memory_as_far_as_it_was_written_to() {
        let mut memory = vec![0xAA; 2000];
        let lent = Region::of(&mut memory);
        let config = Config { lent: Some(lent), ..Config::new(Role::Server) };
        let messages = 8;
        let wire = frame(BINARY, b"one").repeat(messages);
        let mut session = has_got(open(config), &wire);
        let mut short = 0;
        for number in 1..=messages {
            let action = next(&mut session).inspect(|_| short += 1);
            let action = action.or_else(|| session.next_message()).unwrap();
            is(&action, BufferType::BinaryMessage, number, b"one");
            assert!(session.complete_usual(action.id, 0));
            receive(&mut session, number + 1);
        }
        assert_eq!(short, 4, "until 38 octets are more than have come");
        read(&mut session, &frame(BINARY, b"last"));
        is(&next(&mut session).unwrap(), BufferType::BinaryMessage, messages + 1, b"last");
    }
}
