//! The receive path writes a payload octet once, by unmasking it where it arrived; what else it
//! writes is the one move of a part of a frame, and the copy into the caller's own buffer (rows
//! *received-in-place* and *own-receive-buffer* of `docs/compatibility.md`).

#[cfg(test)]
mod tests {
    use crate::codec::{FIN, Opcode, written};
    use crate::session::{Config, Context, Queue, Region, Role, Session, Work, pairs};

    fn open_server(receive_len: u32) -> Session {
        let config = Config { receive_len, ..Config::new(Role::Server) };
        pairs::open(Config::new(Role::Client), config, &[]).1
    }

    fn frame(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
        pairs::frame(FIN | opcode.bits(), payload, Some([1, 2, 3, 4]))
    }

    /// Feeds all octets, at most `read` at a time; returns the octets that were indicated.
    fn receive(session: &mut Session, mut wire: &[u8], read: usize, own: Option<Region>) -> usize {
        let mut indicated = 0;
        loop {
            session.operations().unwrap().receive(own, Context::NONE).unwrap();
            loop {
                let action = session.get_action(Queue::Receive, 1).unwrap().unwrap();
                let mut octets = 0;
                let mut over = false;
                match action.work {
                    Work::ReceiveFromNetwork => {
                        let region = action.octets[0];
                        octets = region.len().min(read).min(wire.len());
                        if octets == 0 {
                            return indicated;
                        }
                        region.fill(&wire[..octets]);
                        wire = &wire[octets..];
                    }
                    Work::IndicateReceiveComplete => {
                        indicated += action.octets[0].len();
                        over = true;
                    }
                    other => panic!("{other:?}"),
                }
                session.complete_action(action.id, octets as u64);
                if over {
                    break;
                }
            }
        }
    }

    fn written_for(payload_len: usize, read: usize, own: Option<Region>) -> (usize, u64) {
        let wire = frame(Opcode::Binary, &vec![7; payload_len]);
        let mut session = open_server(1024);
        written::take();
        (receive(&mut session, &wire, read, own), written::take())
    }

    /// Miri interprets, and octet by octet it takes minutes.
    const FEW: usize = if cfg!(miri) { 40 } else { 1 };

    #[test]
    fn every_octet_is_written_once() {
        // None of these has to be moved: the frame starts at the front of an empty window.
        let lens = [0, 1, 125, 126, 1000, 1024, 1025, 5000, 70_000];
        // Miri interprets: the longest two take minutes and touch no other place.
        for payload_len in lens.into_iter().take(if cfg!(miri) { 7 } else { lens.len() }) {
            for read in [FEW, 7, 1024] {
                let got = written_for(payload_len, read, None);
                assert_eq!(got, (payload_len, payload_len as u64), "reads of {read}");
            }
        }
    }

    #[test]
    fn a_part_of_a_frame_is_moved_once() {
        let wire = [frame(Opcode::Binary, &[7; 600]), frame(Opcode::Text, &[b'x'; 900])].concat();
        for read in [FEW, 100, 1024] {
            let mut session = open_server(1024);
            written::take();
            assert_eq!(receive(&mut session, &wire, read, None), 1500);
            let moved = written::take() - 1500;
            assert!(moved < 1024 - 600, "{moved} octets moved with reads of {read}");
        }
    }

    #[test]
    fn a_buffer_of_the_callers_takes_one_copy() {
        let mut own = vec![0u8; 2048];
        let region = Region::of(&mut own);
        assert_eq!(written_for(1000, 1024, Some(region)), (1000, 2000));
    }
}
