//! Messages that come in more than one read.

#[cfg(test)]
mod tests {
    use crate::session::BufferType;
    use crate::session::pairs::{Found, context, next_part, next_whole};
    use crate::session::shortcuts::tests::{
        bring, fails, first_read, frame, message, next_counted, open, server_with, shown,
    };

    /// Longer than the receive buffer: each piece is indicated as soon as it is there, and until then the
    /// next read is asked for at once.
    #[test]
    fn a_long_frame_goes_the_short_way_in_pieces() {
        let payload: Vec<u8> = (0..2500).map(|number| number as u8).collect();
        let mut wire = &frame(0x82, &payload)[..];
        let mut left = &payload[..];
        let (_, mut session) = open(false);
        let mut found = Found::default();
        for (number, buffer_type) in [
            (1, BufferType::BinaryFragment),
            (2, BufferType::BinaryFragment),
            (3, BufferType::BinaryMessage),
        ] {
            assert!(session.receive_first(None, context(number)));
            let len = left.len().min(1024);
            let (mut missing, mut reads) = (if number == 1 { len + 8 } else { len }, 0);
            while missing > 0 {
                let read = match (number, reads) {
                    (1, 0) => first_read(&mut session),
                    // The header has come.
                    (1, 1) => next_counted(&mut session, &mut found),
                    _ => next_whole(&mut session).unwrap(),
                };
                let now = missing.min(300).min(read.octets[0].len());
                bring(&mut session, &read, &wire[..now]);
                wire = &wire[now..];
                (missing, reads) = (missing - now, reads + 1);
            }
            assert!(next_whole(&mut session).is_none(), "a piece is there");
            let indication = next_counted(&mut session, &mut found);
            assert_eq!(shown(&indication), message(context(number), buffer_type, &left[..len]));
            left = &left[len..];
            assert!(session.complete_usual(indication.id, 0));
        }
        assert_eq!((found.begin_message, found.next_of_begun), (1, 3));
        assert!(session.receive_first(None, context(4)));
        assert!(next_whole(&mut session).is_some(), "as between any two messages");
    }

    /// It is checked with each read.
    #[test]
    fn a_long_text_goes_the_short_way_in_pieces() {
        // 700 characters; the second piece begins with the last octet of one.
        let payload = "€".repeat(700).into_bytes();
        let wire = frame(0x81, &payload);
        let (_, mut session) = open(false);
        assert!(session.receive_first(None, context(1)));
        let mut read = first_read(&mut session);
        bring(&mut session, &read, &wire[..100]);
        let mut found = Found::default();
        let mut come = 100;
        for (piece, buffer_type, ends) in [
            (&payload[..1024], BufferType::TextFragment, [500, 8 + 1024]),
            (&payload[1024..2048], BufferType::TextFragment, [1500, 8 + 2048]),
            (&payload[2048..], BufferType::TextMessage, [2060, 8 + 2100]),
        ] {
            for end in ends {
                read = next_whole(&mut session)
                    .unwrap_or_else(|| next_counted(&mut session, &mut found));
                bring(&mut session, &read, &wire[come..end]);
                come = end;
            }
            let indication = next_counted(&mut session, &mut found);
            assert_eq!(shown(&indication), message(context(1), buffer_type, piece));
            assert!(session.complete_usual(indication.id, 0));
            assert!(session.receive_first(None, context(1)));
        }
        // The second read of each piece, and the pieces.
        assert_eq!((found.begin_message, found.next_of_begun), (1, 6));
        let read = next_whole(&mut session).expect("as between any two messages");
        bring(&mut session, &read, &frame(0x81, &[b"A".repeat(1100), vec![0xFF]].concat())[..900]);
        next_counted(&mut session, &mut found);
        assert_eq!(found.begin_message, 2);
    }

    #[test]
    fn a_text_that_ends_inside_a_character_fails() {
        let cut = |len: usize| frame(0x81, &[vec![b'A'; len - 1], vec![0xE2]].concat());
        let wire = cut(500);
        let mut session = server_with(&wire[..100]);
        let read = next_part(&mut session).unwrap();
        bring(&mut session, &read, &wire[100..]);
        fails(&mut session, 1007);

        let wire = cut(1500);
        let mut session = server_with(&wire[..100]);
        let read = next_part(&mut session).unwrap();
        let (piece, rest) = wire[100..].split_at(read.octets[0].len());
        bring(&mut session, &read, piece);
        let indication = next_part(&mut session).unwrap();
        assert!(session.complete_usual(indication.id, 0));
        assert!(session.receive_first(None, context(2)));
        let read = next_whole(&mut session).unwrap();
        bring(&mut session, &read, rest);
        fails(&mut session, 1007);
    }

    #[test]
    fn a_fault_in_a_long_text_is_told_at_once() {
        let wire = frame(0x81, &[vec![b'A'; 300], vec![0xFF], vec![b'A'; 1700]].concat());
        fails(&mut server_with(&wire[..8 + 301]), 1007);
        for (before, then) in [(8 + 300, 1), (8 + 100, 300)] {
            let mut session = server_with(&wire[..before]);
            let read = next_counted(&mut session, &mut Found::default());
            bring(&mut session, &read, &wire[before..before + then]);
            fails(&mut session, 1007);
        }
    }

    /// For its rest there is no room behind what is there. A longer one is indicated first.
    #[test]
    fn a_text_as_long_as_may_be_is_moved_the_short_way() {
        let first = frame(0x82, &[7; 100]);
        for (len, moved, room) in [(1023, 1, 923), (1024, 1, 924), (1025, 0, 824)] {
            let second = frame(0x81, &vec![b'A'; len]);
            let mut session = server_with(&[&first, &second[..8 + 100]].concat());
            let indication = next_whole(&mut session).unwrap();
            assert!(session.complete_usual(indication.id, 0));
            assert!(session.receive_first(None, context(2)));
            let mut found = Found::default();
            let read = next_counted(&mut session, &mut found);
            assert_eq!((found.begin_message, read.octets[0].len()), (moved, room), "{len}");
        }
    }
}
