//! A fence of which one side costs nothing: a thread that passes it often makes sure that the compiler keeps its
//! order, and the thread on the other side has the system see to it that every processor has done so
//! (membarrier(2), since Linux 4.14).

use core::arch::asm;
use core::ptr::null;
use core::sync::atomic::{Ordering, compiler_fence};

/// What stands in this section runs when the library is loaded. While there is one thread, to register takes no
/// time; with several the system waits for all processors, some milliseconds.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;

extern "C" fn at_load() {
    register();
}

/// A number that no other thread has at the time: where its own values lie. Even, and not 0. Threads that a program
/// makes by clone(2) without such values of their own cannot use the C library either.
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
    let fence = || ask(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    // A process that was saved and started elsewhere has to register again.
    let is_done = fence() || register() && fence();
    if !is_done {
        // There was such a fence, or nobody had a lease: the program has forbidden it since (seccomp), or the system
        // has no memory. No processor keeps to itself for so long what it is to write.
        sleep(20_000_000);
    }
}

/// Whether there is a heavy fence. Soon answered where that was asked before.
pub fn register() -> bool {
    ask(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
}

/// Lets others go first.
pub fn pause() {
    sleep(50_000);
}

fn ask(command: libc::c_int) -> bool {
    // SAFETY: these commands take numbers alone, and touch no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
}

/// Not the C library's way to sleep: a thread may be cancelled in that, and here it holds what others wait for.
fn sleep(nanoseconds: libc::c_long) {
    let time = libc::timespec { tv_sec: 0, tv_nsec: nanoseconds };
    // SAFETY: the time is a local variable, and nobody asks what is left of it.
    unsafe { libc::syscall(libc::SYS_nanosleep, &raw const time, null::<libc::timespec>()) };
}
