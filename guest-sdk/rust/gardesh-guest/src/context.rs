//! What the host knows of the job beyond its record: what it is for, and the user task whose
//! listener it calls. Outside wasm the stand-in of [`crate::testing`] answers.

#[cfg(target_arch = "wasm32")]
use crate::bindings::step::gardesh::step::context as raw;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::raw;

/// What a job is for.
pub use crate::bindings::step::gardesh::step::context::JobKind;
/// What a listener listens to.
pub use crate::bindings::step::gardesh::step::context::ListenerEventType as ListenerEvent;
/// A user task as it will be if the listeners agree.
pub use crate::bindings::step::gardesh::step::context::UserTaskProperties as UserTask;

/// What the job is for.
pub fn kind() -> JobKind {
    raw::kind()
}

/// What the listener is called for; none where the job is no listener's.
pub fn listener_event() -> Option<ListenerEvent> {
    raw::listener_event()
}

/// The user task that is listened to; none where the job is no task listener's.
pub fn user_task() -> Option<UserTask> {
    raw::user_task()
}
