//! The usual cases go the short way: what `usual_cases.rs` shows to come to the same is also taken, for
//! otherwise nobody would notice that it had become slower.

#[cfg(test)]
mod begun;

#[cfg(test)]
mod tests {
    use crate::codec::{FIN, MAX_HEADER, Opcode};
    use crate::session::{
        Action, BufferType, Config, Context, Queue, Region, Role, Session, Teller, Work, pairs,
        pairs::{Found, context, next_part, next_part_counted, next_whole},
    };

    /// A client that masks with random keys or with the key 0, and a server with a receive buffer of 1024
    /// octets.
    pub fn open(masking_disabled: bool) -> (Session, Session) {
        let client = Config { masking_disabled, ..Config::new(Role::Client) };
        pairs::open(client, Config { receive_len: 1024, ..Config::new(Role::Server) }, &[])
    }

    /// A masked frame.
    pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        pairs::frame(first, payload, Some([1, 2, 3, 4]))
    }

    /// What an action shows.
    pub fn shown(action: &Action) -> (Work, Option<BufferType>, Context, Vec<u8>) {
        (action.work, action.buffer_type, action.context, pairs::shown(action))
    }

    /// The first read of all, for which the receive buffer is zeroed.
    pub fn first_read(session: &mut Session) -> Action {
        assert!(next_whole(session).is_none());
        next_part(session).unwrap()
    }

    pub fn next_counted(session: &mut Session, found: &mut Found) -> Action {
        next_part_counted(session, Queue::All, found).unwrap()
    }

    /// The octets that were asked for by `action` come.
    pub fn bring(session: &mut Session, action: &Action, octets: &[u8]) {
        assert_eq!(action.work, Work::ReceiveFromNetwork);
        action.octets[0].fill(octets);
        assert!(session.complete_usual(action.id, octets.len() as u64));
    }

    /// A server that has got these octets by the read for its receive 1.
    pub fn server_with(octets: &[u8]) -> Session {
        let (_, mut session) = open(false);
        assert!(session.receive_first(None, context(1)));
        let read = first_read(&mut session);
        bring(&mut session, &read, octets);
        session
    }

    /// The short ways leave it to the long one, which tells the fault.
    pub fn fails(session: &mut Session, status: u16) {
        assert!(next_whole(session).is_none() && next_part(session).is_none());
        assert!(session.get_action(Queue::Receive, 1).is_err());
        assert_eq!(session.close_status(), Ok(status));
    }

    pub fn message(context: Context, buffer_type: BufferType, payload: &[u8]) -> Sight {
        (Work::IndicateReceiveComplete, Some(buffer_type), context, payload.to_vec())
    }

    pub type Sight = (Work, Option<BufferType>, Context, Vec<u8>);

    #[test]
    fn a_whole_message_is_received_the_short_way() {
        let mut session = server_with(&frame(0x82, b"first"));
        let first = next_whole(&mut session).unwrap();
        assert!(session.complete_usual(first.id, 0));
        for (number, (opcode, buffer_type)) in [
            (Opcode::Text, BufferType::TextMessage),
            (Opcode::Binary, BufferType::BinaryMessage),
            (Opcode::Binary, BufferType::BinaryMessage),
        ]
        .into_iter()
        .enumerate()
        {
            assert!(session.receive_first(None, context(number)));
            assert!(!session.receive_first(None, context(77)), "there is one already");
            let read = next_whole(&mut session).unwrap();
            assert_eq!(read.octets[0].len(), 1024);
            assert!(next_whole(&mut session).is_none(), "the read is out");
            bring(&mut session, &read, &frame(FIN | opcode.bits(), b"some"));
            let indication = next_whole(&mut session).unwrap();
            assert_eq!(shown(&indication), message(context(number), buffer_type, b"some"));
            assert!(session.complete_usual(indication.id, 0));
            assert!(next_whole(&mut session).is_none(), "no receive is queued");
        }
    }

    #[test]
    fn a_message_as_long_as_may_be_is_received_the_short_way() {
        let (_, mut session) = open(false);
        let payload = [7; 1024];
        let mut wire = &frame(0x82, &payload)[..];
        assert!(session.receive_first(None, context(1)));
        let (mut reads, mut action) = (0, first_read(&mut session));
        while action.work == Work::ReceiveFromNetwork {
            let (now, rest) = wire.split_at(action.octets[0].len().min(wire.len()));
            bring(&mut session, &action, now);
            (wire, reads) = (rest, reads + 1);
            let message = next_whole(&mut session);
            action = message.or_else(|| session.next_piece()).unwrap();
        }
        assert_eq!((reads, wire.len()), (2, 0));
        assert_eq!(shown(&action), message(context(1), BufferType::BinaryMessage, &payload));
    }

    #[test]
    fn two_messages_in_one_read_are_received_the_short_way() {
        let mut session = server_with(&[frame(0x81, b"one"), frame(0x82, b"")].concat());
        for (buffer_type, payload) in
            [(BufferType::TextMessage, &b"one"[..]), (BufferType::BinaryMessage, b"")]
        {
            let indication = next_whole(&mut session).unwrap();
            assert_eq!(shown(&indication), message(context(1), buffer_type, payload));
            assert!(session.complete_usual(indication.id, 0));
            assert!(session.receive_first(None, context(1)));
        }
    }

    /// Where there is no room for the rest behind what is there.
    #[test]
    fn a_message_that_has_to_be_moved_is_received_the_short_way() {
        let first = frame(0x82, &[7; 700]);
        let room = 1024 + MAX_HEADER - first.len();
        for (second, is_moved) in [(900, true), (room - 7, true), (room - 8, false)] {
            let payload = vec![8; second];
            let second = frame(0x82, &payload);
            let (begin, rest) = second.split_at(300);
            let mut session = server_with(&[&first, begin].concat());
            let indication = next_whole(&mut session).unwrap();
            assert!(session.complete_usual(indication.id, 0));
            assert!(session.receive_first(None, context(2)));
            let read = next_part(&mut session).unwrap();
            let ahead = if is_moved { 0 } else { first.len() };
            assert_eq!(read.octets[0].len(), 1024 + MAX_HEADER - ahead - begin.len());
            bring(&mut session, &read, rest);
            let indication = next_whole(&mut session).unwrap();
            let expected = message(context(2), BufferType::BinaryMessage, &payload);
            assert_eq!(shown(&indication), expected);
        }
    }

    /// The next header would be cut, where it would not find room.
    #[test]
    fn a_read_ends_with_the_message_behind_which_no_header_has_room() {
        // A message of 1024 octets leaves 6.
        for (left, is_cut) in [(6, true), (MAX_HEADER - 1, true), (MAX_HEADER, false)] {
            let payload = vec![8; 1024 + MAX_HEADER - 8 - left];
            let whole = frame(0x82, &payload);
            let (begin, rest) = whole.split_at(300);
            let mut session = server_with(begin);
            let read = next_part(&mut session).unwrap();
            let max = rest.len() + if is_cut { 0 } else { left };
            assert_eq!(read.octets[0].len(), max, "{left}");
            bring(&mut session, &read, rest);
            let indication = next_whole(&mut session).unwrap();
            assert!(session.complete_usual(indication.id, 0));
            assert!(session.receive_first(None, context(2)));
            assert_eq!(next_whole(&mut session).unwrap().octets[0].len(), 1024, "as ever");
        }
    }

    /// FIN, and none but the two opcodes.
    #[test]
    fn nothing_but_a_message_is_taken_for_one() {
        // Miri interprets.
        let all = (0..=0xFF).step_by(if cfg!(miri) { 0x83 } else { 1 });
        for first in all.filter(|first| ![0x81, 0x82].contains(first)) {
            let mut session = server_with(&frame(first, b"some"));
            assert!(next_whole(&mut session).is_none(), "{first:#x}");
        }
    }

    /// A message that has begun goes on with a continuation.
    #[test]
    fn no_message_begins_inside_another() {
        let mut session = server_with(&[frame(0x01, b"one"), frame(0x82, b"two")].concat());
        let fragment = next_part(&mut session).unwrap();
        assert!(session.complete_usual(fragment.id, 0));
        assert!(session.receive_first(None, context(2)));
        fails(&mut session, 1002);
    }

    #[test]
    fn no_message_begins_behind_a_fragment_that_came_in_parts() {
        let first = frame(0x01, b"one");
        let mut session = server_with(&first[..7]);
        let read = next_part(&mut session).unwrap();
        bring(&mut session, &read, &[&first[7..], &frame(0x82, b"two")].concat());
        let fragment = next_part(&mut session).unwrap();
        assert_eq!(shown(&fragment), message(context(1), BufferType::TextFragment, b"one"));
        assert!(session.complete_usual(fragment.id, 0));
        assert!(session.receive_first(None, context(2)));
        fails(&mut session, 1002);
    }

    #[test]
    fn nothing_is_taken_behind_a_fault() {
        let mut session = server_with(&[frame(0x81, b"\xFF"), frame(0x01, b"one")].concat());
        assert!(next_part(&mut session).is_none());
        assert!(session.get_action(Queue::Receive, 1).is_err());
        assert_eq!(session.close_status(), Ok(1007));
    }

    #[test]
    fn a_fault_in_a_part_of_a_text_is_told_at_once() {
        let wire = frame(0x81, b"\xE2\x41\x41");
        let mut session = server_with(&wire[..7]);
        let read = next_part(&mut session).unwrap();
        bring(&mut session, &read, &wire[7..8]);
        fails(&mut session, 1007);
    }

    /// Where nothing is left, the next read gets all of the buffer.
    #[test]
    fn a_read_for_an_empty_buffer_begins_at_the_front() {
        let (_, mut session) = open(false);
        let (mut one, mut two) = ([0; 100], [0; 100]);
        let wire = frame(0x82, &[7; 300]);
        session.operations().unwrap().receive(Some(Region::of(&mut one)), context(1)).unwrap();
        session.operations().unwrap().receive(Some(Region::of(&mut two)), context(2)).unwrap();
        let read = session.get_action(Queue::Receive, 1).unwrap().unwrap();
        bring(&mut session, &read, &wire[..8 + 100]);
        let piece = next_part(&mut session).expect("a piece that came with its header");
        assert_eq!(shown(&piece), message(context(1), BufferType::BinaryFragment, &[7; 100]));
        assert!(session.complete_usual(piece.id, 0));
        let read = next_whole(&mut session).unwrap();
        assert_eq!(read.octets[0].len(), 1024);
        bring(&mut session, &read, &wire[108..208]);
        let piece = next_part(&mut session).unwrap();
        assert_eq!(shown(&piece), message(context(2), BufferType::BinaryFragment, &[7; 100]));

        // A header that comes last.
        let wire = [frame(0x82, &[7; 100]), frame(0x82, &[8; 900])].concat();
        let mut session = server_with(&wire[..106 + 8]);
        let first = next_whole(&mut session).unwrap();
        assert!(session.complete_usual(first.id, 0));
        assert!(session.receive_first(None, context(2)));
        assert!(next_whole(&mut session).is_none(), "the buffer has to be emptied first");
        assert_eq!(next_part(&mut session).unwrap().octets[0].len(), 1024);
    }

    /// Of a message that is not to be looked at as it comes, the next read is asked for at once.
    #[test]
    fn the_rest_of_a_frame_is_read_the_short_way() {
        let wire = frame(0x82, &[7; 1000]);
        let mut session = server_with(&wire[..100]);
        // From here on it is known how long the frame is.
        assert!(matches!(session.next_read(Queue::All), Err(Teller::Message)));
        let mut read = session.next_message().unwrap();
        let mut come = 100;
        while come < wire.len() {
            let len = (wire.len() - come).min(300);
            bring(&mut session, &read, &wire[come..come + len]);
            come += len;
            if come < wire.len() {
                read = next_whole(&mut session).unwrap();
            }
        }
        let indication = next_whole(&mut session).expect("it is whole");
        assert_eq!(shown(&indication), message(context(1), BufferType::BinaryMessage, &[7; 1000]));
        assert!(session.complete_usual(indication.id, 0));
        assert!(session.receive_first(None, context(2)));
        assert!(next_whole(&mut session).is_some(), "as between any two messages");
    }

    #[test]
    fn fragments_and_parts_of_texts_are_usual() {
        let (_, mut session) = open(false);
        let first = frame(Opcode::Text.bits(), b"one");
        let last = frame(FIN | Opcode::Continuation.bits(), b"two");
        for (octets, buffer_type, payload) in [
            (&first[..], BufferType::TextFragment, b"one"),
            (&last[..], BufferType::TextMessage, b"two"),
        ] {
            assert!(session.receive_first(None, context(3)));
            let read = next_part(&mut session).unwrap();
            bring(&mut session, &read, &octets[..1]);
            let read = session.get_action(Queue::Receive, 1).unwrap().expect("a cut header");
            bring(&mut session, &read, &octets[1..7]);
            let read = next_part(&mut session).expect("a part of a text");
            bring(&mut session, &read, &octets[7..]);
            let indication = next_part(&mut session).unwrap();
            assert_eq!(shown(&indication), message(context(3), buffer_type, payload));
            assert!(session.complete_usual(indication.id, 0));
        }
        assert!(session.receive_first(None, context(4)));
        let read = next_whole(&mut session).expect("no message has begun");
        bring(&mut session, &read, &first);
        assert!(next_whole(&mut session).is_none());
        assert_eq!(session.behind_message(), Teller::Fragment);
        let indication = session.next_fragment().expect("a whole fragment");
        assert_eq!(shown(&indication), message(context(4), BufferType::TextFragment, b"one"));
        let last = frame(FIN | Opcode::Continuation.bits(), b"two");
        let mut session = server_with(&[frame(Opcode::Binary.bits(), b"one"), last].concat());
        assert!(next_whole(&mut session).is_none());
        let indication = session.next_fragment().expect("one of octets");
        assert_eq!(shown(&indication), message(context(1), BufferType::BinaryFragment, b"one"));
        assert!(session.complete_usual(indication.id, 0));
        assert!(session.receive_first(None, context(2)));
        assert!(matches!(session.next_read(Queue::All), Err(Teller::Fragment)));
        let indication = session.next_fragment().expect("a continuation");
        assert_eq!(shown(&indication), message(context(2), BufferType::BinaryMessage, b"two"));
    }

    /// Only where a frame has begun may it have less room than what is awaited.
    #[test]
    fn a_receive_with_a_buffer_of_its_own_is_queued_the_short_way_between_frames() {
        let (_, mut session) = open(false);
        let mut own = [0; 100];
        let target = Region::of(&mut own);
        assert!(session.receive_first(Some(target), context(1)));
        let read = first_read(&mut session);
        bring(&mut session, &read, &frame(0x82, &[7; 300])[..8 + 100]);
        let piece = next_part(&mut session).unwrap();
        assert_eq!(shown(&piece), message(context(1), BufferType::BinaryFragment, &[7; 100]));
        assert!(session.complete_usual(piece.id, 0));
        assert!(!session.receive_first(Some(target), context(2)));
        assert!(session.receive_first(None, context(2)));
    }
}
