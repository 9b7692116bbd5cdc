//! On which processors client and servers run. Left to the system it is one for both or one for each,
//! changing from slice to slice, and which of the two takes more time than anything that is compared.

use std::io;
use std::mem::zeroed;
use std::sync::OnceLock;

/// Where the client is and where the servers are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places {
    pub client: usize,
    pub servers: usize,
}

impl Places {
    /// With one connection only one side has something to do, and on one processor the other one is
    /// woken soonest. With many each side has one, if there are two.
    pub fn of(connections: usize) -> Places {
        // All that there are, once the client stays on one of them.
        static ALLOWED: OnceLock<Vec<usize>> = OnceLock::new();
        Places::among(ALLOWED.get_or_init(|| allowed().expect("a processor")), connections)
    }

    fn among(allowed: &[usize], connections: usize) -> Places {
        let client = allowed[0];
        let other = allowed.get(1).filter(|_| connections > 1);
        Places { client, servers: other.copied().unwrap_or(client) }
    }

    pub fn are_apart(self) -> bool {
        self.client != self.servers
    }
}

/// The processors that the thread may run on, in order.
pub fn allowed() -> io::Result<Vec<usize>> {
    // SAFETY: a set is an array of bits.
    let mut set: libc::cpu_set_t = unsafe { zeroed() };
    // SAFETY: it writes to the set, which has that size.
    check(unsafe { libc::sched_getaffinity(0, size_of_val(&set), &mut set) })?;
    let all = 0..libc::CPU_SETSIZE as usize;
    // SAFETY: the set has room for these.
    Ok(all.filter(|&one| unsafe { libc::CPU_ISSET(one, &set) }).collect())
}

/// Keeps the thread on that processor.
pub fn stay_on(processor: usize) -> io::Result<()> {
    // SAFETY: a set is an array of bits.
    let mut set: libc::cpu_set_t = unsafe { zeroed() };
    // SAFETY: `allowed` has found it in a set.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: it reads the set, which has that size.
    check(unsafe { libc::sched_setaffinity(0, size_of_val(&set), &set) })
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_have_two_where_there_are() {
        assert_eq!(Places::among(&[3, 5, 7], 64), Places { client: 3, servers: 5 });
        assert_eq!(Places::among(&[3, 5, 7], 1), Places { client: 3, servers: 3 });
        assert_eq!(Places::among(&[3], 64), Places { client: 3, servers: 3 });
    }

    #[test]
    fn a_thread_stays() {
        let stays = std::thread::spawn(|| {
            let all = allowed().expect("a set");
            for &one in &all {
                stay_on(one).expect("allowed");
                assert_eq!(allowed().expect("a set"), [one]);
            }
            all.len()
        });
        assert!(stays.join().expect("no panic") > 0);
    }
}
