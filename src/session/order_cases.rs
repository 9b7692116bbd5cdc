//! Calls in an order that is none.

#[cfg(test)]
mod tests {
    use crate::error::{Error, Result};
    use crate::session::{
        BufferType, Config, Context, Payload, Queue, Region, Role, Session, Work, pairs,
    };

    const REFUSED: Error = Error::InvalidOperation;

    fn begin_client(session: &mut Session) -> Result<()> {
        session.begin_client([].into_iter(), [].into_iter()).map(drop)
    }

    fn end_client(session: &mut Session) -> Result<()> {
        session.end_client([].into_iter(), None).map(drop)
    }

    fn begin_server(session: &mut Session) -> Result<()> {
        session.begin_server([].into_iter(), None, [].into_iter()).map(drop)
    }

    #[test]
    fn a_handshake_has_its_side_and_its_order() {
        let mut client = Session::new(Config::new(Role::Client));
        let mut server = Session::new(Config::new(Role::Server));
        assert_eq!(end_client(&mut client), Err(REFUSED));
        assert_eq!(begin_server(&mut client), Err(REFUSED));
        assert_eq!(client.end_server(), Err(REFUSED));
        assert_eq!(begin_client(&mut server), Err(REFUSED));
        assert_eq!(end_client(&mut server), Err(REFUSED));
        assert_eq!(server.end_server(), Err(REFUSED));
        assert_eq!(begin_client(&mut client), Ok(()));
        assert_eq!(begin_client(&mut client), Err(REFUSED));
        assert_eq!(begin_server(&mut client), Err(REFUSED));
        // Their turn, and a request and an answer that are none.
        assert!(!matches!(end_client(&mut client), Ok(()) | Err(Error::InvalidOperation)));
        assert!(!matches!(begin_server(&mut server), Ok(()) | Err(Error::InvalidOperation)));
    }

    fn close(session: &mut Session) -> Result<()> {
        let payload = Payload::Close(1000, Region::of(&mut []));
        session.operations()?.send(BufferType::Close, payload, false, Context::NONE)
    }

    /// RFC 6455 §5.5.1.
    #[test]
    fn nothing_is_sent_behind_a_close_but_control_frames() {
        let (_, mut server) = pairs::open_usual(&[]);
        close(&mut server).unwrap();
        let sent = server.get_action(Queue::Send, 2).unwrap().unwrap();
        assert_eq!(sent.work, Work::SendToNetwork);
        assert_eq!(pairs::shown(&sent), b"\x88\x02\x03\xE8");
        let mut some = *b"some";
        let octets = Payload::Data(Region::of(&mut some));
        let message = BufferType::BinaryMessage;
        let operations = server.operations().unwrap();
        assert_eq!(operations.send(message, octets, false, Context::NONE), Err(REFUSED));
        server.complete_action(sent.id, 4);
        let over = server.get_action(Queue::Send, 2).unwrap().unwrap();
        assert_eq!(over.work, Work::IndicateSendComplete);
        server.complete_action(over.id, 0);
        assert!(!server.send_first(message, octets, Context::NONE));
        let pong = BufferType::UnsolicitedPong;
        let operations = server.operations().unwrap();
        operations.send(pong, Payload::None, false, Context::NONE).unwrap();
        let pong = server.get_action(Queue::Send, 2).unwrap().unwrap();
        assert_eq!(pairs::shown(&pong), b"\x8A\x00");
    }
}
