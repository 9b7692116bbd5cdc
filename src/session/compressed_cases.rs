//! Two sessions that compress what they send each other (RFC 7692).

#[cfg(test)]
mod tests {
    use crate::codec::MAX_HEADER;
    use crate::error::{Error, Result};
    use crate::handshake::deflate::{Compression, Direction};
    use crate::session::pairs::{shown, typed};
    use crate::session::{
        Action, BufferType, CompressionSetting, Config, Context, Payload, Queue, Region, Role,
        Session, Work, pairs,
    };

    const USUAL: CompressionSetting = setting(15, true);
    /// Octets of more than a frame. Miri interprets.
    const SEVERAL_FRAMES: usize = if cfg!(miri) { 5000 } else { 20_000 };

    const fn setting(window_bits: u8, takeover: bool) -> CompressionSetting {
        let direction = Direction { window_bits, takeover };
        let most = Compression { client: direction, server: direction };
        CompressionSetting { most, level: 6, max_message: 1 << 20 }
    }

    fn config(role: Role, compression: CompressionSetting) -> Config {
        let compression = Some(compression);
        Config { receive_len: 256, send_len: 16, compression, ..Config::new(role) }
    }

    fn open(compression: CompressionSetting) -> (Session, Session) {
        open_with(compression, &[])
    }

    fn open_with(compression: CompressionSetting, extensions: &[&[u8]]) -> (Session, Session) {
        let (client, server) =
            (config(Role::Client, compression), config(Role::Server, compression));
        pairs::open(client, server, extensions)
    }

    fn queue(
        session: &mut Session,
        buffer_type: BufferType,
        octets: &mut [u8],
        plain: bool,
    ) -> Result<()> {
        let payload = Payload::Data(Region::of(octets));
        session.operations()?.send(buffer_type, payload, plain, Context::NONE)
    }

    fn next_send(session: &mut Session) -> Action {
        session.get_action(Queue::Send, 2).unwrap().unwrap()
    }

    /// Sends; returns the frames that go to the network.
    fn send(session: &mut Session, buffer_type: BufferType, payload: &[u8]) -> Vec<Vec<u8>> {
        let mut payload = payload.to_vec();
        queue(session, buffer_type, &mut payload, false).unwrap();
        sent(session)
    }

    fn sent(session: &mut Session) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        loop {
            let action = next_send(session);
            let octets = shown(&action);
            session.complete_action(action.id, octets.len() as u64);
            if action.work == Work::IndicateSendComplete {
                return frames;
            }
            frames.push(octets);
        }
    }

    /// What is indicated of a message that comes in reads of so many octets.
    fn receive(session: &mut Session, wire: &[u8], read: usize) -> Result<(BufferType, Vec<u8>)> {
        let pieces = receive_pieces(session, wire, read)?;
        let (buffer_type, _) = pieces[pieces.len() - 1];
        Ok((buffer_type, pieces.into_iter().flat_map(|(_, octets)| octets).collect()))
    }

    fn receive_pieces(
        session: &mut Session,
        mut wire: &[u8],
        read: usize,
    ) -> Result<Vec<(BufferType, Vec<u8>)>> {
        let mut pieces = Vec::new();
        loop {
            session.operations()?.receive(None, Context::NONE)?;
            let action = loop {
                let action = session.get_action(Queue::Receive, 1)?.unwrap();
                if action.work == Work::IndicateReceiveComplete {
                    break action;
                }
                let len = action.octets[0].len().min(read).min(wire.len());
                assert!(len > 0, "the message has no end");
                action.octets[0].fill(&wire[..len]);
                wire = &wire[len..];
                session.complete_action(action.id, len as u64);
            };
            let buffer_type = action.buffer_type.unwrap();
            pieces.push((buffer_type, shown(&action)));
            session.complete_action(action.id, 0);
            if buffer_type.fin() {
                assert!(wire.is_empty());
                return Ok(pieces);
            }
        }
    }

    /// Octets that hardly get shorter.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..len).map(next).collect()
    }

    #[test]
    fn the_examples_of_the_rfc() {
        let (_, mut server) = open(USUAL);
        for frame in [&b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00"[..], b"\xC1\x05\xF2\x00\x11\x00\x00"]
        {
            assert_eq!(send(&mut server, BufferType::TextMessage, b"Hello"), [frame]);
        }
        // Where nothing is taken over, the second is as the first.
        let (_, mut server) = open(setting(15, false));
        for _ in 0..2 {
            let frames = send(&mut server, BufferType::TextMessage, b"Hello");
            assert_eq!(frames, [b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00"]);
        }
        assert_eq!(send(&mut server, BufferType::TextMessage, b""), [b"\xC1\x01\x00"]);
    }

    #[test]
    fn what_was_sent_comes_out_at_the_other_end() {
        for compression in [USUAL, setting(9, true), setting(10, false)] {
            let (mut client, mut server) = open(compression);
            // Miri interprets.
            let lens = [0, 1, 257, 5, 255, 256, 512, 513, 4096, 20_000];
            for len in lens.into_iter().take(if cfg!(miri) { 3 } else { lens.len() }) {
                for (payload, read) in [(vec![b'x'; len], 7), (noise(len), 1000)] {
                    for from_client in [true, false] {
                        let (from, to) = match from_client {
                            true => (&mut client, &mut server),
                            false => (&mut server, &mut client),
                        };
                        let frames = send(from, BufferType::BinaryMessage, &payload);
                        assert!(frames.iter().all(|frame| frame.len() <= 4096 + MAX_HEADER));
                        let got = receive(to, &frames.concat(), read);
                        assert_eq!(got, Ok((BufferType::BinaryMessage, payload.clone())));
                    }
                }
            }
        }
    }

    #[test]
    fn pieces_are_as_long_as_they_may_be() {
        let (mut client, mut server) = open(USUAL);
        // Miri interprets.
        let reads = if cfg!(miri) { 251..252 } else { 1..300 };
        for read in reads {
            for (len, lens) in
                [(200, &[200][..]), (256, &[256]), (257, &[256, 1]), (1000, &[256, 256, 256, 232])]
            {
                let wire = send(&mut server, BufferType::BinaryMessage, &noise(len)).concat();
                let pieces = receive_pieces(&mut client, &wire, read).unwrap();
                assert!(pieces.iter().map(|(_, octets)| octets.len()).eq(lens.iter().copied()));
            }
        }
    }

    /// What a fragment brought is shown, and a frame that brought nothing is passed over.
    #[test]
    fn a_fragment_is_not_held_back() {
        let (mut client, mut server) = open(USUAL);
        let mut wire = Vec::new();
        for (buffer_type, payload) in [
            (BufferType::TextFragment, &b""[..]),
            (BufferType::TextFragment, b"one"),
            (BufferType::TextFragment, b"two"),
            (BufferType::TextMessage, b""),
        ] {
            wire.extend(send(&mut server, buffer_type, payload).concat());
        }
        let pieces = receive_pieces(&mut client, &wire, 1000).unwrap();
        let expected = [
            (BufferType::TextFragment, &b"one"[..]),
            (BufferType::TextFragment, b"two"),
            (BufferType::TextMessage, b""),
        ];
        assert!(pieces.iter().map(|(kind, octets)| (*kind, &octets[..])).eq(expected));
    }

    #[test]
    fn asking_without_room_changes_nothing() {
        let (mut client, mut server) = open(USUAL);
        let frames = send(&mut server, BufferType::BinaryMessage, &[7; 1000]);
        client.operations().unwrap().receive(None, Context::NONE).unwrap();
        let read = client.get_action(Queue::Receive, 1).unwrap().unwrap();
        read.octets[0].fill(&frames[0]);
        client.complete_action(read.id, frames[0].len() as u64);
        for (len, buffer_type) in [
            (256, BufferType::BinaryFragment),
            (256, BufferType::BinaryFragment),
            (256, BufferType::BinaryFragment),
            (232, BufferType::BinaryMessage),
        ] {
            for _ in 0..2 {
                let refused = client.get_action(Queue::Receive, 0).map(drop);
                assert_eq!(refused, Err(Error::InvalidArgument));
            }
            let action = client.get_action(Queue::Receive, 1).unwrap().unwrap();
            assert_eq!((action.buffer_type, shown(&action)), (Some(buffer_type), vec![7; len]));
            client.complete_action(action.id, 0);
            client.operations().unwrap().receive(None, Context::NONE).unwrap();
        }
    }

    /// What is the caller's of the reserved bits stays, and what is ours is taken away.
    #[test]
    fn an_extension_may_come_with_compression() {
        let (mut client, _) = open_with(USUAL, &[b"x"]);
        for (first, indicated) in [(0xE1, 0xA1), (0xD1, 0x91), (0xF2, 0xB2)] {
            let wire = [&[first, 7][..], b"\xF2\x48\xCD\xC9\xC9\x07\x00"].concat();
            let (buffer_type, octets) = receive(&mut client, &wire, 1000).unwrap();
            assert_eq!(octets, b"Hello");
            assert_eq!(buffer_type, typed(indicated));
        }
    }

    /// The octets of a flush can be those that no frame has room for.
    #[test]
    fn a_message_may_just_fill_a_frame() {
        // Otherwise each would refer to the one before.
        let (mut client, mut server) = open(setting(15, false));
        // Miri interprets.
        for len in (4075..4105).step_by(if cfg!(miri) { 30 } else { 1 }) {
            let payload = noise(len);
            let wire = send(&mut server, BufferType::BinaryMessage, &payload).concat();
            let got = receive(&mut client, &wire, 1000);
            assert_eq!(got, Ok((BufferType::BinaryMessage, payload)), "{len}");
        }
    }

    /// Row *deflate-is-ours*, and room for the extensions of the caller's alone.
    #[test]
    fn compression_is_not_the_callers() {
        let mut client = Session::new(config(Role::Client, USUAL));
        let theirs = [&b"permessage-deflate"[..]].into_iter();
        let refused = client.begin_client([].into_iter(), theirs).map(drop);
        assert_eq!(refused, Err(Error::InvalidArgument));
        for (room, is_refused) in [(1, false), (0, true)] {
            let mut client = Session::new(config(Role::Client, USUAL));
            client.begin_client([].into_iter(), [&b"x"[..]].into_iter()).unwrap();
            let ended = client.end_client([].into_iter(), Some(room)).map(drop).unwrap_err();
            assert_eq!(ended == Error::InvalidArgument, is_refused, "{room}: {ended:?}");
        }
        let (mut client, _) = open_with(USUAL, &[b"x"]);
        let refused = queue(&mut client, typed(0xC1), &mut b"some".to_owned(), false);
        assert_eq!(refused, Err(Error::InvalidArgument));
    }

    #[test]
    fn fragments_are_one_message() {
        let (mut client, mut server) = open(USUAL);
        let mut wire = Vec::new();
        for (buffer_type, first) in [
            (BufferType::TextFragment, 0x41),
            (BufferType::TextFragment, 0x00),
            (BufferType::TextMessage, 0x80),
        ] {
            let frames = send(&mut client, buffer_type, "я€".repeat(50).as_bytes());
            assert_eq!((frames.len(), frames[0][0]), (1, first));
            wire.extend_from_slice(&frames[0]);
        }
        let got = receive(&mut server, &wire, 1000).unwrap();
        assert_eq!((got.0, got.1), (BufferType::TextMessage, "я€".repeat(150).into_bytes()));
        // It is over: what follows is compressed for itself.
        assert_eq!(send(&mut client, BufferType::BinaryMessage, b"a")[0][0], 0xC2);
    }

    /// A send buffer of less than 4096 octets does not make frames smaller.
    #[test]
    fn a_long_message_goes_in_several_frames() {
        let (mut client, mut server) = open(USUAL);
        let payload = noise(SEVERAL_FRAMES);
        for session in [&mut client, &mut server] {
            let frames = send(session, BufferType::BinaryMessage, &payload);
            assert!(frames.len() > SEVERAL_FRAMES / 4096);
            let firsts = frames.iter().map(|frame| frame[0]).collect::<Vec<_>>();
            assert_eq!((firsts[0], firsts[firsts.len() - 1]), (0x42, 0x80));
            assert!(firsts[1..firsts.len() - 1].iter().all(|&first| first == 0));
        }
    }

    #[test]
    fn who_does_not_want_it_sends_a_message_as_it_is() {
        let (mut client, mut server) = open(USUAL);
        assert!(client.may_compress() && server.may_compress());
        let mut hello = *b"Hello";
        queue(&mut server, BufferType::TextFragment, &mut hello, true).unwrap();
        assert_eq!(sent(&mut server), [b"\x01\x05Hello"]);
        // What goes on is as it began.
        assert_eq!(send(&mut server, BufferType::TextMessage, b"Hello"), [b"\x80\x05Hello"]);
        let got = receive(&mut client, b"\x01\x05Hello\x80\x05Hello", 5).unwrap();
        assert_eq!((got.0, got.1), (BufferType::TextMessage, b"HelloHello".to_vec()));
        let (client, _) = pairs::open(Config::new(Role::Client), config(Role::Server, USUAL), &[]);
        assert!(!client.may_compress());
    }

    #[test]
    fn faults_have_their_status() {
        let short = CompressionSetting { max_message: 300, ..USUAL };
        let deflated = |payload: &[u8]| {
            let (_, mut server) = open(USUAL);
            send(&mut server, BufferType::TextMessage, payload).concat()
        };
        for (wire, status) in [
            (deflated(&[b'x'; 300]), None),
            (deflated(&[b'x'; 301]), Some(1009)),
            (deflated(b"\xFF"), Some(1007)),
            (deflated("€".as_bytes()[..2].as_ref()), Some(1007)),
            (b"\xC1\x01\xFF".to_vec(), Some(1007)),
            // RSV1 is for the first frame alone.
            (b"\x41\x01\x00\xC0\x01\x00".to_vec(), Some(1002)),
        ] {
            let (mut client, _) = open(short);
            let got = receive(&mut client, &wire, 1000);
            assert_eq!(got.is_err(), status.is_some(), "{wire:02X?}");
            assert_eq!(client.close_status().ok(), status, "{wire:02X?}");
        }
    }

    /// Row *deflate-faults*: however a message is cut, what is wrong with it first is told.
    #[test]
    fn the_first_fault_is_told() {
        // A text of one stored block, with a block of no type behind it.
        let text = |len: u8, invalid: Option<usize>| {
            let mut payload = vec![b'x'; usize::from(len)];
            if let Some(at) = invalid {
                payload[at] = 0xFF;
            }
            let head = [0xC1, 0x7E, 0, len + 6, 0, len, 0, !len, 0xFF];
            [&head[..], &payload, &[0x07]].concat()
        };
        let short = CompressionSetting { max_message: 200, ..USUAL };
        for (wire, status) in [
            (text(200, None), 1007),
            (text(201, None), 1009),
            (text(201, Some(0)), 1007),
            (text(201, Some(199)), 1007),
            (text(201, Some(200)), 1009),
        ] {
            // Miri interprets.
            for read in (1..256).step_by(if cfg!(miri) { 100 } else { 1 }) {
                let (mut client, _) = open(short);
                receive(&mut client, &wire, read).unwrap_err();
                assert_eq!(client.close_status(), Ok(status), "{read}: {wire:02X?}");
            }
        }
    }

    #[test]
    fn a_send_that_fails_is_not_referred_to() {
        let (_, mut server) = open(USUAL);
        let mut hello = *b"Hello";
        queue(&mut server, BufferType::TextMessage, &mut hello, false).unwrap();
        let action = next_send(&mut server);
        server.complete_action(action.id, 0);
        let over = next_send(&mut server);
        assert_eq!(over.work, Work::IndicateSendComplete);
        server.complete_action(over.id, 0);
        let frames = send(&mut server, BufferType::TextMessage, b"Hello");
        assert_eq!(frames, [b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00"]);
    }

    #[test]
    fn behind_half_a_message_none_is_compressed() {
        let (_, mut server) = open(USUAL);
        let (mut long, mut queued) = (noise(SEVERAL_FRAMES), *b"queued");
        queue(&mut server, BufferType::BinaryMessage, &mut long, false).unwrap();
        queue(&mut server, BufferType::BinaryMessage, &mut queued, false).unwrap();
        let action = next_send(&mut server);
        server.complete_action(action.id, shown(&action).len() as u64);
        let action = next_send(&mut server);
        server.complete_action(action.id, 1);
        for _ in 0..2 {
            let over = next_send(&mut server);
            assert_eq!(over.work, Work::IndicateSendComplete);
            server.complete_action(over.id, 0);
        }
        let mut hello = *b"Hello";
        let refused = queue(&mut server, BufferType::TextMessage, &mut hello, false);
        assert_eq!(refused, Err(Error::InvalidOperation));
        queue(&mut server, BufferType::TextMessage, &mut hello, true).unwrap();
        assert_eq!(sent(&mut server), [b"\x81\x05Hello"]);
    }
}
