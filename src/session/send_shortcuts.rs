//! The usual sends go the short way, as [`super::shortcuts`] has it of what is received.

#[cfg(test)]
mod tests {
    use crate::codec::{KEY, MAX_HEADER};
    use crate::session::{
        Action, BufferType, Config, Payload, Queue, Region, Role, SendTeller, Session, Teller,
        Work,
        pairs::{self, context, next_of_sends},
    };

    const TYPE: BufferType = BufferType::TextMessage;

    /// A client that masks with random keys or with the key 0, and a server.
    fn open(masking_disabled: bool) -> (Session, Session) {
        let client = Config { masking_disabled, ..Config::new(Role::Client) };
        pairs::open(client, Config::new(Role::Server), &[])
    }

    /// Queues it as the only one.
    fn queue(session: &mut Session, payload: &mut [u8], number: usize) {
        let octets = Payload::Data(Region::of(payload));
        assert!(session.send_first(TYPE, octets, context(number)));
        assert!(!session.send_first(TYPE, octets, context(9)), "one is queued");
    }

    /// What is sent is done.
    fn complete(session: &mut Session, sent: &Action) {
        assert_eq!((sent.work, sent.buffer_type), (Work::SendToNetwork, Some(TYPE)));
        let len = sent.octets.iter().map(Region::len).sum::<usize>();
        assert!(session.complete_usual(sent.id, len as u64));
    }

    /// The action says that this one is over, which is then done.
    fn is_over(session: &mut Session, over: &Action, number: usize) {
        let expected = (Work::IndicateSendComplete, Some(TYPE), 0, context(number));
        assert_eq!((over.work, over.buffer_type, over.count, over.context), expected);
        assert!(session.complete_usual(over.id, 0));
    }

    /// Sends it, and looks that nothing else is due until it is indicated.
    fn send(session: &mut Session, payload: &mut [u8], teller: SendTeller) -> Action {
        queue(session, payload, 5);
        assert!(session.next_last_sent().is_none(), "it has not begun");
        assert_eq!(session.send_teller(), teller);
        let sent = session.next_send(teller).unwrap();
        assert!(session.next_last_sent().is_none(), "it is out");
        assert_eq!(session.send_teller(), SendTeller::Any, "it is out");
        complete(session, &sent);
        let over = session.next_last_sent().unwrap();
        is_over(session, &over, 5);
        assert!(next_of_sends(session).is_none(), "nothing is queued");
        sent
    }

    /// A server whose send part has been zeroed as far as it is used.
    fn server() -> Session {
        let (_, mut server) = open(false);
        let mut payload = *b"first";
        queue(&mut server, &mut payload, 1);
        assert!(next_of_sends(&mut server).is_none(), "who zeroes it has registers to save");
        let sent = server.usual_send(Queue::Send, 2).unwrap();
        complete(&mut server, &sent);
        let over = server.next_last_sent().unwrap();
        is_over(&mut server, &over, 1);
        server
    }

    #[test]
    fn whole_messages_are_sent_the_short_way() {
        let (mut client, _) = open(false);
        let mut server = server();
        let mut payload = *b"some";
        for _ in 0..2 {
            let sent = send(&mut server, &mut payload, SendTeller::Frame);
            assert_eq!((sent.count, pairs::shown(&sent)), (2, b"\x81\x04some".to_vec()));
            let sent = send(&mut client, &mut payload, SendTeller::MaskedFrame);
            assert_eq!((sent.count, sent.octets[0].len()), (1, 10));
        }
        let sent = send(&mut server, &mut [], SendTeller::Frame);
        assert_eq!((sent.count, pairs::shown(&sent)), (1, b"\x81\0".to_vec()));
        for session in [&mut client, &mut server] {
            assert!(session.receive_first(None, context(1)));
            assert!(matches!(session.next_read(Queue::All), Err(Teller::Message)));
        }
    }

    #[test]
    fn what_is_received_goes_the_short_way_beside_a_send() {
        let mut server = server();
        let mut payload = *b"some";
        assert!(server.receive_first(None, context(1)));
        let mut read = server.get_action(Queue::Receive, 1).unwrap().unwrap();
        queue(&mut server, &mut payload, 5);
        let sent = server.next_send(SendTeller::Frame).unwrap();
        let message = pairs::frame(0x82, b"other", Some([1; KEY]));
        for is_out in [true, false] {
            assert_eq!(read.work, Work::ReceiveFromNetwork);
            read.octets[0].fill(&message);
            assert!(server.complete_usual(read.id, message.len() as u64));
            let asked = |session: &mut Session, queue| {
                pairs::next_part_counted(session, queue, &mut pairs::Found::default())
            };
            assert!(asked(&mut server, Queue::All).is_none(), "the send goes first");
            let indication = asked(&mut server, Queue::Receive).unwrap();
            assert_eq!(pairs::shown(&indication), b"other");
            assert!(server.complete_usual(indication.id, 0));
            assert!(server.receive_first(None, context(2)));
            read = asked(&mut server, Queue::Receive).unwrap();
            if is_out {
                complete(&mut server, &sent);
            }
        }
        let over = server.next_last_sent().unwrap();
        is_over(&mut server, &over, 5);
    }

    #[test]
    fn a_message_that_fills_the_send_buffer_is_sent_the_short_way() {
        let (mut client, _) = open(false);
        let room = Config::new(Role::Client).send_len as usize - MAX_HEADER;
        let mut payload = vec![b'x'; room];
        let sent = send(&mut client, &mut payload, SendTeller::MaskedFrame);
        assert_eq!((sent.count, sent.octets[0].len()), (1, 8 + payload.len()));
    }

    #[test]
    fn a_longer_message_is_sent_the_short_way_in_pieces() {
        let (mut client, _) = open(false);
        let room = Config::new(Role::Client).send_len as usize;
        let mut payload = vec![b'x'; 2 * room];
        queue(&mut client, &mut payload, 5);
        for (teller, len) in
            [(SendTeller::MaskedFrame, room), (SendTeller::Piece, room), (SendTeller::Piece, 8)]
        {
            assert_eq!(client.send_teller(), teller);
            let piece = client.next_send(teller).unwrap();
            assert_eq!((piece.count, piece.octets[0].len()), (1, len));
            assert!(next_of_sends(&mut client).is_none(), "it is out");
            complete(&mut client, &piece);
        }
        let over = client.next_last_sent().unwrap();
        is_over(&mut client, &over, 5);
    }

    #[test]
    fn a_send_behind_which_others_wait_is_over_the_short_way() {
        let mut server = server();
        for _ in 0..2 {
            let mut payload = *b"some";
            queue(&mut server, &mut payload, 1);
            let octets = Payload::Data(Region::of(&mut payload));
            server.operations().unwrap().send(TYPE, octets, false, context(2)).unwrap();
            let sent = next_of_sends(&mut server).unwrap();
            complete(&mut server, &sent);
            assert!(server.next_last_sent().is_none(), "it is not the last");
            assert_eq!(server.send_teller(), SendTeller::Sent);
            let over = next_of_sends(&mut server).unwrap();
            is_over(&mut server, &over, 1);
            let sent = next_of_sends(&mut server).unwrap();
            complete(&mut server, &sent);
            let over = server.next_last_sent().unwrap();
            is_over(&mut server, &over, 2);
        }
    }

    /// Nothing of it may be told by who tells the usual.
    #[test]
    fn what_was_aborted_is_not_sent() {
        let mut server = server();
        let mut payload = *b"some";
        queue(&mut server, &mut payload, 1);
        server.abort();
        assert_eq!(server.send_teller(), SendTeller::Any);
        assert!(next_of_sends(&mut server).is_none());
        let over = server.get_action(Queue::Send, 2).unwrap().unwrap();
        is_over(&mut server, &over, 1);
    }

    #[test]
    fn what_is_no_message_is_not_usual() {
        let mut server = server();
        let close = Payload::Close(1000, Region::NONE);
        let connection = server.operations().unwrap();
        connection.send(BufferType::Close, close, false, context(1)).unwrap();
        assert_eq!(server.send_teller(), SendTeller::Frame);
        assert!(server.next_send(SendTeller::Frame).is_none());
        let sent = server.get_action(Queue::Send, 2).unwrap().unwrap();
        assert_eq!(pairs::shown(&sent), b"\x88\x02\x03\xE8");
    }

    /// Where it is not the next thing but the longer way can tell at once.
    #[test]
    fn a_send_that_is_queued_is_usual() {
        let (mut client, _) = open(true);
        let mut payload = *b"some";
        queue(&mut client, &mut payload, 1);
        assert!(next_of_sends(&mut client).is_none(), "the key is 0");
        assert!(client.usual_send(Queue::Send, 0).is_none(), "there is no room");
        let sent = client.usual_send(Queue::Send, 2).unwrap();
        assert_eq!((sent.work, sent.count), (Work::SendToNetwork, 2));
        assert!(client.usual_send(Queue::Send, 2).is_none(), "it is out");
        assert!(!client.complete_usual(sent.id, 9), "less than was to be sent");
        assert!(client.complete_usual(sent.id, 10));
        let over = client.usual_send(Queue::Send, 2).unwrap();
        is_over(&mut client, &over, 1);
    }
}
