//! Stack overflow as a finding. libFuzzer stores the input that ends the process by a signal, but
//! its handler would need the very stack that is used up; here it gets another one. Rust's runtime
//! does this for programs that it starts, and libFuzzer starts this one.

use std::mem::zeroed;
use std::ptr::null_mut;

/// The handler writes a file and prints; 256 KB is plenty.
const HANDLER_STACK: usize = 256 * 1024;

/// libFuzzer leaves a handler in place that is there already, but hears of `abort`.
extern "C" fn overflowed(_signal: libc::c_int) {
    // SAFETY: may be called in a handler, and does not return.
    unsafe { libc::abort() }
}

/// To be called before libFuzzer sets its handlers.
pub fn report_overflow() {
    let stack = Box::leak(vec![0_u8; HANDLER_STACK].into_boxed_slice());
    // SAFETY: both structures are plain data, for which zeros are valid; the stack is leaked, so
    // that it outlives the thread; the handler has the signature that the flags ask for.
    let outcomes = unsafe {
        let mut other: libc::stack_t = zeroed();
        other.ss_sp = stack.as_mut_ptr().cast();
        other.ss_size = stack.len();
        let mut action: libc::sigaction = zeroed();
        action.sa_sigaction = overflowed as extern "C" fn(libc::c_int) as usize;
        action.sa_flags = libc::SA_ONSTACK;
        [
            libc::sigaltstack(&other, null_mut()),
            libc::sigaction(libc::SIGSEGV, &action, null_mut()),
        ]
    };
    assert_eq!(
        outcomes,
        [0, 0],
        "Expected a stack for the handler of stack overflows, but the system refused it: {}",
        std::io::Error::last_os_error()
    );
}
