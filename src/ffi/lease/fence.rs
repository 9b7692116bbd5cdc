//! A fence of which one side costs nothing: a thread that passes it often makes sure that the compiler keeps its
//! order, and the thread on the other side has the system see to it that every processor has done so
//! (membarrier(2), since Linux 4.14).

use core::arch::asm;
use core::sync::atomic::{Ordering, compiler_fence};
use std::thread::sleep;
use std::time::Duration;

/// What stands in this section runs when the library is loaded. While there is one thread, to register takes no
/// time; with several the system waits for all processors, some milliseconds.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    is_ready();
}

/// A number that no other thread has at the time: where its own values lie. Even, and not 0.
#[inline(always)]
pub fn this_thread() -> usize {
    let thread;
    // SAFETY: by the ABI of x86-64 a thread's values end with their own address, to which fs points.
    unsafe { asm!("mov {}, fs:[0]", out(reg) thread, options(nostack, preserves_flags, readonly)) };
    thread
}

/// Whether the number is that of this thread, for one instruction less.
#[inline(always)]
pub fn is_this_thread(thread: usize) -> bool {
    // SAFETY: as above.
    unsafe {
        asm!(
            "cmp {}, fs:[0]",
            "jne {}",
            in(reg) thread,
            label { return false },
            options(nostack, readonly),
        );
    }
    true
}

/// For who passes often.
#[inline(always)]
pub fn light() {
    compiler_fence(Ordering::SeqCst);
}

/// For the other one: whatever a thread did before its light fence is seen behind this one, or that thread sees
/// behind it what was done before this one.
pub fn heavy() {
    light();
    if call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
        return;
    }
    // The system allowed it when it was asked: the program has taken that away since (seccomp). No processor
    // keeps to itself for so long what it is to write.
    sleep(Duration::from_millis(20));
}

/// Whether there is a heavy fence. Soon answered where that was asked before.
pub fn is_ready() -> bool {
    call(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
}

/// Lets others go first.
pub fn pause() {
    sleep(Duration::from_micros(50));
}

fn call(command: libc::c_int) -> bool {
    // SAFETY: these commands take numbers alone, and touch no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}
