//! Pings that come while other things are due.

#[cfg(test)]
mod tests {
    use crate::session::{
        Action, BufferType, Config, Context, Queue, Region, Role, Session, Work, pairs,
    };

    /// A client that has read so many octets for its receive.
    fn client_with(octets: &[u8]) -> Session {
        let (mut client, _) =
            pairs::open(Config::new(Role::Client), Config::new(Role::Server), &[]);
        client.operations().unwrap().receive(None, Context::NONE).unwrap();
        let read = next(&mut client, Queue::Receive).unwrap();
        read.octets[0].fill(octets);
        client.complete_action(read.id, octets.len() as u64);
        client
    }

    fn next(session: &mut Session, queue: Queue) -> Option<Action> {
        session.get_action(queue, 2).unwrap()
    }

    #[track_caller]
    fn is_pong(action: &Action) {
        let expected = (Work::SendToNetwork, Some(BufferType::PingPong));
        assert_eq!((action.work, action.buffer_type), expected);
    }

    #[test]
    fn what_comes_behind_a_ping_waits_for_its_pong() {
        let mut client = client_with(b"\x89\x01p\x82\x04some");
        let pong = next(&mut client, Queue::All).unwrap();
        is_pong(&pong);
        for queue in [Queue::All, Queue::Receive, Queue::Send] {
            assert!(next(&mut client, queue).is_none(), "the pong is out");
        }
        client.complete_action(pong.id, 7);
        let message = next(&mut client, Queue::All).unwrap();
        assert_eq!(message.work, Work::IndicateReceiveComplete);
        assert_eq!(message.octets.iter().flat_map(Region::read).collect::<Vec<_>>(), b"some");
    }

    #[test]
    fn who_gives_up_is_not_held_by_a_pong() {
        let mut client = client_with(b"\x89\x01p\x82\x04some");
        let pong = next(&mut client, Queue::All).unwrap();
        client.abort();
        let back = next(&mut client, Queue::All).unwrap();
        assert_eq!((back.work, back.count), (Work::IndicateReceiveComplete, 0));
        client.complete_action(back.id, 0);
        client.complete_action(pong.id, 7);
        assert!(next(&mut client, Queue::All).is_none());
    }
}
