//! What the operating system is asked for beyond the standard library: the processor time of
//! a thread, its priority, and the bounds of a process. Where a system lacks one of these,
//! the others still hold.

use std::time::Duration;

/// How much further back runs and compilations stand in the line for a processor than what
/// serves requests: at 10 they get a tenth of a busy core, and all of an idle one.
pub const LOW_PRIORITY: i32 = 10;

/// The processor time that the calling thread has used. Only differences mean anything.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library has no clock of a thread")]
pub fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for writes, and that is all that the call asks for.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) } != 0;
    if failed {
        return Duration::ZERO;
    }
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// Without a clock of the thread the time that passes has to do.
#[cfg(not(unix))]
pub fn thread_cpu_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

/// How long a thread of low priority keeps a processor before it looks whether others want it,
/// in nanoseconds. The kernel's own slice is some three milliseconds, in which a thread that wakes
/// up has to wait for it; 100 microseconds is the shortest that it takes.
#[cfg(target_os = "linux")]
const SLICE_NANOS: u64 = 100_000;

/// Gives the calling thread, and those that it starts, a low priority.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the standard library knows no priorities")]
pub fn lower_priority() {
    let attributes = libc::sched_attr {
        size: u32::try_from(size_of::<libc::sched_attr>()).unwrap_or_default(),
        sched_policy: u32::try_from(libc::SCHED_BATCH).unwrap_or_default(),
        sched_flags: 0,
        sched_nice: LOW_PRIORITY,
        sched_priority: 0,
        // Since Linux 6.12 this is the slice; before, it is passed over.
        sched_runtime: SLICE_NANOS,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: `attributes` is valid for reads of its size. On Linux 0 is the calling thread.
    let refused = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    if refused != 0 {
        // SAFETY: the call takes numbers only. It cannot fail, because everybody may lower
        // themselves.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, LOW_PRIORITY) };
    }
}

/// Elsewhere a priority is the whole process's.
#[cfg(not(target_os = "linux"))]
pub fn lower_priority() {}

/// Has the calling process ended when the thread that started it ends.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the standard library has no such bond")]
pub fn end_with_parent() {
    // SAFETY: the call takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
}

/// Elsewhere the closed pipe has to do.
#[cfg(not(target_os = "linux"))]
pub fn end_with_parent() {}

/// What a process can be bounded in.
#[derive(Debug, Clone, Copy)]
pub enum Resource {
    /// Bytes of address space.
    Memory,
    /// Seconds on a processor, of all threads together.
    CpuSeconds,
    /// Bytes of a core dump.
    CoreDump,
}

/// Bounds the calling process.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the standard library knows no bounds")]
pub fn bound(resource: Resource, amount: u64) -> std::io::Result<()> {
    let resource = match resource {
        Resource::Memory => libc::RLIMIT_AS,
        Resource::CpuSeconds => libc::RLIMIT_CPU,
        Resource::CoreDump => libc::RLIMIT_CORE,
    };
    let limit = libc::rlimit {
        rlim_cur: amount,
        // At the first bound of processor time the process is told, at the second it is killed.
        rlim_max: amount.saturating_add(1),
    };
    // SAFETY: `limit` is valid for reads, and that is all that the call asks for.
    match unsafe { libc::setrlimit(resource, &raw const limit) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Elsewhere the time that passes is the only bound.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn bound(_resource: Resource, _amount: u64) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_thread_that_sleeps_uses_no_processor_time() {
        let began = thread_cpu_time();
        std::thread::sleep(Duration::from_millis(50));
        assert!(thread_cpu_time() - began < Duration::from_millis(25));
        let mut x = 0_u64;
        while thread_cpu_time() - began < Duration::from_millis(30) {
            x = std::hint::black_box(x.wrapping_add(1));
        }
        assert!(x > 0);
    }
}
