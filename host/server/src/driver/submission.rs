//! A command on its way to the engine and its answer on the way back. Each kind of command has an
//! answer of its own type; the writer takes them all alike.

use gardesh_engine::Request;
use gardesh_engine::identity::Identity;
use gardesh_engine::key::TenantId;
use gardesh_engine::state::State;
use tokio::sync::oneshot;

use super::SubmitError;
use super::answers::Asker;
use super::waiters::Waiters;
use super::writer::{Message, Writer};

/// What is done on the engine's thread right after a command was carried out, so that nothing that
/// comes of it is missed.
pub(super) type Then<A> = Box<dyn FnOnce(&State, &Waiters, &A) + Send>;

/// A command that somebody waits for, whatever its kind.
pub(super) trait Submission: Send {
    /// Has the command carried out; its answer goes out once what it changed is on the disk.
    fn carry_out(self: Box<Self>, writer: &mut Writer);
}

/// A command as a client has sent it.
pub(super) struct Sent<R: Request> {
    pub tenant: TenantId,
    pub identity: Option<Identity>,
    pub command: R,
    pub then: Option<Then<R::Answer>>,
    pub reply: oneshot::Sender<Result<R::Answer, SubmitError>>,
}

impl<R: Request> Submission for Sent<R> {
    fn carry_out(self: Box<Self>, writer: &mut Writer) {
        let (identity, command) = (self.identity.clone(), self.command.clone());
        let result = match writer.process(self.tenant, identity, command) {
            Ok(result) => result,
            Err(question) => {
                return writer.ask(question, Asker::Sender(Message::Submit(self)));
            }
        };
        let Self { then, reply, .. } = *self;
        if let (Ok(answer), Some(then)) = (&result, then) {
            writer.attach(then, answer);
        }
        writer.release(Box::new(move || {
            // Whoever asked may have gone; what was done stays done.
            drop(reply.send(result.map_err(SubmitError::Rejected)));
        }));
    }
}
