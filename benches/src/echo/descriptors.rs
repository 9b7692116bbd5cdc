//! How many files a process may have open: a socket is one.

use std::io;

/// What a process has open beside its connections.
const OTHERS: u64 = 64;

/// Makes room for so many connections in this process and in those that it starts. Panics where
/// that is not allowed.
pub fn make_room(connections: usize) {
    let needed = connections as u64 + OTHERS;
    let limit = limit().expect("a limit");
    if limit.rlim_cur >= needed {
        return;
    }
    // Who may not raise the hard limit can still have what it allows.
    let larger = libc::rlimit { rlim_cur: needed, rlim_max: limit.rlim_max.max(needed) };
    // SAFETY: it only reads the structure.
    let result = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &larger) };
    assert!(
        result == 0,
        "{connections} connections take {needed} file descriptors; this process may have {} and no \
         more than {}: `ulimit -Hn {needed}`, as root, allows them",
        limit.rlim_cur,
        limit.rlim_max
    );
}

fn limit() -> io::Result<libc::rlimit> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: it only writes the structure.
    match unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } {
        0 => Ok(limit),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_a_few() {
        let before = limit().expect("a limit").rlim_cur;
        make_room(1);
        assert_eq!(limit().expect("a limit").rlim_cur, before);
    }

    /// More than the system allows anybody.
    #[test]
    #[should_panic(expected = "ulimit")]
    fn too_many_are_refused() {
        make_room(u32::MAX as usize);
    }
}
