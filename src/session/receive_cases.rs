//! What is received, asked for in the way that every case goes.

#[cfg(test)]
mod tests {
    use crate::error::Result;
    use crate::session::{Action, BufferType, Context, Queue, Region, Session, Work, pairs};

    fn open() -> Session {
        pairs::open_usual(&[]).0
    }

    fn queue(session: &mut Session, target: Option<Region>) {
        session.operations().unwrap().receive(target, Context::NONE).unwrap();
    }

    fn next(session: &mut Session) -> Result<Action> {
        session.get_action(Queue::Receive, 1).map(|action| action.expect("something is due"))
    }

    /// The next read brings these octets.
    fn bring(session: &mut Session, octets: &[u8]) {
        let read = next(session).unwrap();
        assert_eq!(read.work, Work::ReceiveFromNetwork);
        read.octets[0].fill(octets);
        session.complete_action(read.id, octets.len() as u64);
    }

    /// What is indicated next; the action is complete.
    fn indicated(session: &mut Session) -> Result<(Option<BufferType>, Option<u16>, Vec<u8>)> {
        let action = next(session)?;
        assert_eq!(action.work, Work::IndicateReceiveComplete);
        session.complete_action(action.id, 0);
        Ok((action.buffer_type, action.status, pairs::shown(&action)))
    }

    /// RFC 6455 §5.4, §8.1.
    #[test]
    fn an_empty_frame_can_end_a_text() {
        for (begin, result) in [
            (&b"\x01\x02\xC3\xA9"[..], Ok((Some(BufferType::TextMessage), None, vec![]))),
            (b"\x01\x01\xC3", Err(1007)),
        ] {
            let mut session = open();
            queue(&mut session, None);
            bring(&mut session, begin);
            assert!(indicated(&mut session).is_ok());
            queue(&mut session, None);
            bring(&mut session, b"\x80\x00");
            let got = indicated(&mut session).map_err(|_| session.close_status().unwrap());
            assert_eq!(got, result);
        }
    }

    #[test]
    fn a_text_is_checked_as_it_comes() {
        let mut session = open();
        queue(&mut session, None);
        for octets in [&b"\x81\x03\xE2"[..], b"\x82"] {
            bring(&mut session, octets);
        }
        bring(&mut session, b"\xAC");
        let euro = "€".as_bytes().to_vec();
        assert_eq!(indicated(&mut session), Ok((Some(BufferType::TextMessage), None, euro)));
        queue(&mut session, None);
        bring(&mut session, b"\x81\x03\xE2");
        bring(&mut session, b"\x41");
        assert!(next(&mut session).is_err(), "the last octet could not mend it");
        assert_eq!(session.close_status(), Ok(1007));
    }

    /// RFC 6455 §5.5.1; in whatever parts it comes.
    #[test]
    fn a_close_has_a_status_and_a_reason() {
        for (close, status, reason) in [
            (&b"\x88\x00"[..], 1005, &b""[..]),
            (b"\x88\x02\x03\xE8", 1000, b""),
            (b"\x88\x05\x0F\xA0bye", 4000, b"bye"),
        ] {
            for at in 1..=close.len() {
                let mut session = open();
                queue(&mut session, None);
                let (begin, rest) = close.split_at(at);
                for octets in [begin, rest].into_iter().filter(|octets| !octets.is_empty()) {
                    bring(&mut session, octets);
                }
                let expected = (Some(BufferType::Close), Some(status), reason.to_vec());
                assert_eq!(indicated(&mut session), Ok(expected));
            }
        }
        for (close, status) in [
            (&b"\x88\x01\x03"[..], 1002),
            (b"\x88\x02\x03\xED", 1002),
            (b"\x88\x03\x03\xE8\xFF", 1007),
        ] {
            let mut session = open();
            queue(&mut session, None);
            bring(&mut session, close);
            assert!(next(&mut session).is_err());
            assert_eq!(session.close_status(), Ok(status));
        }
    }

    /// Rows *end-of-stream* and *overlong-read*.
    #[test]
    fn a_read_brings_nothing_or_too_much() {
        let mut session = open();
        queue(&mut session, None);
        bring(&mut session, b"");
        assert_eq!(indicated(&mut session), Ok((None, None, vec![])));
        assert!(session.close_status().is_err(), "that is no fault");
        queue(&mut session, None);
        bring(&mut session, b"\x82\x04some");
        let message = (Some(BufferType::BinaryMessage), None, b"some".to_vec());
        assert_eq!(indicated(&mut session), Ok(message));
        queue(&mut session, None);
        let read = next(&mut session).unwrap();
        session.complete_action(read.id, read.octets[0].len() as u64 + 1);
        assert!(next(&mut session).is_err());
        assert_eq!(session.close_status(), Ok(1011));
    }

    /// Row *own-receive-buffer*.
    #[test]
    fn a_buffer_of_the_callers_is_used() {
        for len in [3, 4, 5] {
            let mut own = vec![0; len];
            let mut session = open();
            queue(&mut session, Some(Region::of(&mut own)));
            bring(&mut session, b"\x82\x04some");
            let (_, _, octets) = indicated(&mut session).unwrap();
            assert_eq!(octets, b"some"[..len.min(4)]);
            assert!(own.starts_with(&octets), "{len}");
        }
    }

    /// A client that has got a ping with a message behind it, and has been given the pong.
    fn with_pong_out() -> (Session, Action) {
        let mut session = open();
        queue(&mut session, None);
        bring(&mut session, b"\x89\x01p\x82\x04some");
        let pong = session.get_action(Queue::All, 2).unwrap().unwrap();
        let expected = (Work::SendToNetwork, Some(BufferType::PingPong));
        assert_eq!((pong.work, pong.buffer_type), expected);
        (session, pong)
    }

    #[test]
    fn what_comes_behind_a_ping_waits_for_its_pong() {
        let (mut session, pong) = with_pong_out();
        for queue in [Queue::All, Queue::Receive, Queue::Send] {
            assert!(session.get_action(queue, 2).unwrap().is_none(), "the pong is out");
        }
        session.complete_action(pong.id, 7);
        let message = session.get_action(Queue::All, 2).unwrap().unwrap();
        assert_eq!(message.work, Work::IndicateReceiveComplete);
        assert_eq!(pairs::shown(&message), b"some");
    }

    #[test]
    fn who_gives_up_is_not_held_by_a_pong() {
        let (mut session, pong) = with_pong_out();
        session.abort();
        let back = session.get_action(Queue::All, 2).unwrap().unwrap();
        assert_eq!((back.work, back.count), (Work::IndicateReceiveComplete, 0));
        session.complete_action(back.id, 0);
        session.complete_action(pong.id, 7);
        assert!(session.get_action(Queue::All, 2).unwrap().is_none());
    }

    /// It would be written once more for nothing.
    #[test]
    fn what_just_finds_room_is_not_moved() {
        for (len, room) in [(4000u16, 3950), (4001, 4052)] {
            let mut session = open();
            queue(&mut session, None);
            queue(&mut session, None);
            let first = [&b"\x82\x64"[..], &[7; 100]].concat();
            let begin = [&b"\x82\x7E"[..], &len.to_be_bytes(), &[8; 50]].concat();
            bring(&mut session, &[first, begin].concat());
            indicated(&mut session).unwrap();
            assert_eq!(next(&mut session).unwrap().octets[0].len(), room, "{len}");
        }
    }
}
