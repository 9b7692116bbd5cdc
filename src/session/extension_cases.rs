//! Frames with reserved bits, where the handshake selected an extension of the caller's.

#[cfg(test)]
mod tests {
    use crate::error::{Error, Result};
    use crate::session::pairs::{open_usual, typed};
    use crate::session::{
        BufferType, Config, Context, ExtensionFrame, Payload, Queue, Region, Role, Session, Work,
        pairs,
    };

    fn queue(session: &mut Session, buffer_type: BufferType, payload: &mut [u8]) -> Result<()> {
        let payload = Payload::Data(Region::of(payload));
        session.operations()?.send(buffer_type, payload, false, Context::NONE)
    }

    /// Sends; returns what goes to the network.
    fn send(session: &mut Session, buffer_type: BufferType, payload: &[u8]) -> Vec<u8> {
        let mut payload = payload.to_vec();
        queue(session, buffer_type, &mut payload).unwrap();
        let mut wire = Vec::new();
        loop {
            let action = session.get_action(Queue::Send, 2).unwrap().unwrap();
            let octets = pairs::shown(&action);
            session.complete_action(action.id, octets.len() as u64);
            if action.work == Work::IndicateSendComplete {
                assert_eq!(action.buffer_type, Some(buffer_type));
                return wire;
            }
            wire.extend(octets);
        }
    }

    /// What is indicated of a frame that comes.
    fn receive(session: &mut Session, wire: &[u8]) -> Result<(Option<BufferType>, Vec<u8>)> {
        session.operations().unwrap().receive(None, Context::NONE).unwrap();
        let read = session.get_action(Queue::Receive, 1)?.unwrap();
        read.octets[0].fill(wire);
        session.complete_action(read.id, wire.len() as u64);
        let action = session.get_action(Queue::Receive, 1)?.unwrap();
        session.complete_action(action.id, 0);
        Ok((action.buffer_type, action.octets[0].read()))
    }

    #[test]
    fn the_first_octet_is_the_callers_and_comes_out_at_the_other_end() {
        let (mut client, mut server) = open_usual(&[b"x"]);
        // A message of three frames, of which only the first has a reserved bit, and one that is whole.
        for first in [0x21, 0x00, 0x80, 0xD2] {
            let wire = send(&mut client, typed(first), b"some");
            assert_eq!((wire[0], wire[1]), (first, 0x84));
            let got = receive(&mut server, &wire).unwrap();
            assert_eq!(got, (Some(typed(first)), b"some".to_vec()));
        }
        // From the first frame on that has a reserved bit, it is the extension's.
        for (first, indicated) in
            [(0x02, BufferType::BinaryFragment), (0x20, typed(0x20)), (0x80, typed(0x80))]
        {
            let wire = send(&mut client, typed(first), b"some");
            assert_eq!(receive(&mut server, &wire).unwrap().0, Some(indicated));
        }
        // Without a reserved bit it is a message like any other.
        let wire = send(&mut server, typed(0x81), b"some");
        assert_eq!(wire, b"\x81\x04some");
        let got = receive(&mut client, &wire).unwrap();
        assert_eq!(got, (Some(BufferType::TextMessage), b"some".to_vec()));
    }

    #[test]
    fn a_reserved_bit_needs_an_extension() {
        let (mut client, mut server) = open_usual(&[]);
        assert_eq!(
            queue(&mut client, typed(0xD2), &mut b"some".to_owned()),
            Err(Error::InvalidArgument)
        );
        assert!(receive(&mut client, b"\xC2\x04some").is_err());
        assert_eq!(client.close_status(), Ok(1002));
        assert_eq!(server.close_status(), Err(Error::InvalidOperation));
        server.abort();
        assert!(server.operations().is_err());
    }

    #[test]
    fn control_frames_and_unknown_ones_are_not_the_callers() {
        let (mut client, _) = open_usual(&[b"x"]);
        for first in [0x88, 0x89, 0x8A, 0xA9, 0x83, 0xFF] {
            let result = queue(&mut client, typed(first), &mut b"some".to_owned());
            assert_eq!(result, Err(Error::InvalidArgument), "{first:#x}");
        }
        // A continuation has to have something to go on with, and a message an end.
        let mut payload = *b"some";
        assert_eq!(queue(&mut client, typed(0x80), &mut payload), Err(Error::InvalidOperation));
        assert_eq!(queue(&mut client, typed(0x01), &mut payload), Ok(()));
        assert_eq!(queue(&mut client, typed(0x81), &mut payload), Err(Error::InvalidOperation));
        assert_eq!(queue(&mut client, typed(0x80), &mut payload), Ok(()));
    }

    /// Room is needed for all that were offered, since all may be selected.
    #[test]
    fn a_client_needs_room_for_what_it_offered() {
        let open_with = |room| {
            let (mut client, mut server) =
                (Session::new(Config::new(Role::Client)), Session::new(Config::new(Role::Server)));
            let offered: [&[u8]; 3] = [b"x", b"y", b"z"];
            let lines = client.begin_client([].into_iter(), offered.into_iter()).unwrap();
            let mut request = pairs::headers(&mut client, &lines);
            request.push((b"Host".to_vec(), b"h".to_vec()));
            let lines =
                server.begin_server(pairs::as_headers(&request), None, [].into_iter()).unwrap();
            let answer = pairs::headers(&mut server, &lines);
            client.end_client(pairs::as_headers(&answer), room).map(drop)
        };
        assert_eq!(open_with(None), Ok(()));
        assert_eq!(open_with(Some(2)), Err(Error::InvalidArgument));
        assert_eq!(open_with(Some(3)), Ok(()));
    }

    #[test]
    fn the_mask_bit_is_kept() {
        for (first, mask_bit) in [(0, false), (1, true), (0xFF, false), (0x80, true)] {
            let frame = ExtensionFrame::new(first, mask_bit);
            assert_eq!((frame.first(), frame.mask_bit()), (first, mask_bit));
            assert_eq!(BufferType::Extension(frame).fin(), first & 0x80 != 0);
        }
    }
}
