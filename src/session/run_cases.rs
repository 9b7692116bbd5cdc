//! Runs of frames that have one length: of the first two a part has to be moved, because its rest finds no room; then
//! reads end with such frames, and none is cut (row *large-reads* of `docs/compatibility.md`).

#[cfg(test)]
mod tests {
    use crate::codec::{FIN, MAX_HEADER, Opcode, written};
    use crate::session::pairs::{self, context, next_part};
    use crate::session::{Action, Config, Queue, Role, Session, Work};

    const RECEIVE_LEN: usize = 1024;
    const WINDOW: usize = RECEIVE_LEN + MAX_HEADER;

    /// What was seen of a server.
    #[derive(Debug, PartialEq)]
    struct Seen {
        /// What each read was offered.
        reads: Vec<usize>,
        payloads: Vec<Vec<u8>>,
        /// How many octets were written for other reasons than unmasking them.
        moved: u64,
    }

    fn next(session: &mut Session, shortcuts: bool) -> Action {
        let found = shortcuts.then(|| next_part(session)).flatten();
        found.unwrap_or_else(|| session.get_action(Queue::Receive, 1).unwrap().unwrap())
    }

    /// Receives all of it, with as much in each read as there is room for, or `most`.
    fn receive(mut wire: &[u8], most: usize, shortcuts: bool) -> Seen {
        let config = Config { receive_len: RECEIVE_LEN as u32, ..Config::new(Role::Server) };
        let (_, mut session) = pairs::open(Config::new(Role::Client), config, &[]);
        let (mut reads, mut payloads) = (Vec::new(), Vec::new());
        written::take();
        assert!(session.receive_first(None, context(1)));
        loop {
            let action = next(&mut session, shortcuts);
            let octets = action.octets[0];
            let mut read = 0;
            if action.work == Work::ReceiveFromNetwork {
                if wire.is_empty() {
                    break;
                }
                reads.push(octets.len());
                read = octets.len().min(wire.len()).min(most);
                octets.fill(&wire[..read]);
                wire = &wire[read..];
            } else {
                assert_eq!(action.work, Work::IndicateReceiveComplete);
                payloads.push(octets.read());
                assert!(session.receive_first(None, context(1)));
            }
            assert!(session.complete_usual(action.id, read as u64));
        }
        let unmasked: usize = payloads.iter().map(Vec::len).sum();
        Seen { reads, payloads, moved: written::take() - unmasked as u64 }
    }

    /// The same the short way, which is the long one as well.
    fn receive_either_way(wire: &[u8], most: usize) -> Seen {
        let seen = receive(wire, most, true);
        assert_eq!(seen, receive(wire, most, false));
        seen
    }

    /// Masked frames with these first octets, and payloads that make each of them so long.
    fn run(firsts: &[u8], frame_len: usize, times: usize) -> Vec<u8> {
        let firsts = firsts.iter().cycle().take(times * firsts.len());
        let frames = firsts.enumerate().map(|(number, &first)| {
            let payload = vec![b'a' + (number % 26) as u8; frame_len - 8];
            pairs::frame(first, &payload, Some([1, 2, 3, number as u8]))
        });
        frames.collect::<Vec<_>>().concat()
    }

    const TEXT: u8 = FIN | Opcode::Text as u8;
    const BINARY: u8 = FIN | Opcode::Binary as u8;
    const FRAGMENTS: [u8; 2] = [Opcode::Binary as u8, FIN | Opcode::Continuation as u8];

    #[test]
    fn no_more_than_two_frames_are_moved() {
        for firsts in [&[BINARY][..], &[TEXT], &[BINARY, TEXT], &FRAGMENTS] {
            for (frame_len, in_read) in [(300, 3), (200, 5), (600, 1), (520, 1), (400, 2)] {
                let wire = run(firsts, frame_len, 24);
                let seen = receive_either_way(&wire, usize::MAX);
                let all = seen.payloads.concat();
                assert_eq!(all.len(), 24 * firsts.len() * (frame_len - 8), "{firsts:?}");
                // The first read, the rest of the first that was cut, and that of the second.
                let first_cut = RECEIVE_LEN % frame_len;
                let second_cut = WINDOW % frame_len;
                let expected = [RECEIVE_LEN, WINDOW - first_cut, in_read * frame_len - second_cut];
                let then = in_read * frame_len;
                assert_eq!(&seen.reads[..3], &expected, "{frame_len}");
                assert!(seen.reads[3..].iter().all(|&read| read == then), "{:?}", seen.reads);
                assert!(seen.moved <= 2 * frame_len as u64, "{} of {frame_len}", seen.moved);
            }
        }
    }

    #[test]
    fn it_is_the_same_where_reads_bring_less_than_they_might() {
        for firsts in [&[BINARY][..], &[TEXT], &FRAGMENTS] {
            for most in [7, 100, 299, 300, 301, 1000] {
                let seen = receive_either_way(&run(firsts, 300, 24), most);
                assert!(seen.moved <= 600, "{} with reads of {most}, {firsts:?}", seen.moved);
            }
        }
    }

    #[test]
    fn frames_of_another_length_are_read_as_ever() {
        // The long frame is read to the end of the window, and what comes behind it finds no room there.
        let one_between = [run(&[BINARY], 300, 12), run(&[BINARY], 1000, 1)].concat();
        let wire = [one_between, run(&[BINARY], 300, 8)].concat();
        let seen = receive_either_way(&wire, usize::MAX);
        assert_eq!(seen.reads, [1024, 914, 762, 900, 900, 138, 862, 900, 900]);
        // Other frames are moved twice as well.
        let wire = [run(&[BINARY], 300, 9), run(&[TEXT], 350, 10)].concat();
        let seen = receive_either_way(&wire, usize::MAX);
        assert_eq!(seen.reads, [1024, 914, 762, 900, 838, 362, 700, 700]);
    }
}
