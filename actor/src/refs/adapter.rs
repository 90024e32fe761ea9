//! A reference of another message type that converts once a place is reserved.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::deliver::{Deliver, Detour, Subject, Undelivered};
use crate::dead_letters::DeadLetterReason;
use crate::failure::caught;
use crate::id::ActorId;
use crate::mailbox::{Envelope, Refusal, Refused, Ticket, is_hasty};

/// The way from messages of type `N` to an actor of messages `M`.
pub(crate) struct Adapter<N, M, F> {
    id: ActorId,
    target: Arc<dyn Deliver<M>>,
    convert: F,
    /// Counts the adapter among its actor's while it lives.
    _count: Arc<()>,
    _from: std::marker::PhantomData<fn(N)>,
}

impl<N, M, F: Fn(N) -> M> Adapter<N, M, F> {
    pub(crate) fn new(
        id: ActorId,
        target: Arc<dyn Deliver<M>>,
        convert: F,
        count: Arc<()>,
    ) -> Self {
        Self {
            id,
            target,
            convert,
            _count: count,
            _from: std::marker::PhantomData,
        }
    }
}

impl<N, M, F> Detour for Adapter<N, M, F>
where
    F: Fn(N) -> M + Send + Sync,
{
    fn own_id(&self) -> ActorId {
        self.id
    }

    fn target(&self) -> &dyn Subject {
        &*self.target
    }

    fn shared_target(&self) -> Arc<dyn Subject> {
        Arc::clone(&self.target) as _
    }
}

impl<N, M, F> Deliver<N> for Adapter<N, M, F>
where
    N: Send + 'static,
    F: Fn(N) -> M + Send + Sync,
{
    fn push(&self, envelope: Envelope<N>) -> Result<(), Undelivered<N>> {
        let mut ticket = Ticket::Idle;
        let mut context = Context::from_waker(Waker::noop());
        let why = match self.target.poll_reserve(&mut ticket, &mut context) {
            Poll::Ready(Ok(())) => return self.push_reserved(&mut ticket, envelope),
            Poll::Ready(Err(Refusal::Overflow)) => {
                if let Some(attachment) = &envelope.attachment {
                    attachment.refuse(Refusal::Overflow);
                }
                self.bury(DeadLetterReason::Overflow, Some(envelope.message));
                return Ok(());
            }
            Poll::Ready(Err(why)) => why,
            Poll::Pending => {
                self.target.release(&mut ticket);
                Refusal::Full { may_wait: true }
            }
        };
        Err(Refused { envelope, why }.into())
    }

    fn push_in_turn(&self, envelope: Envelope<N>) -> Result<(), Undelivered<N>> {
        // What the mailbox's policy is can't be seen from here; the rare way may cost its look.
        if is_hasty() {
            let why = Refusal::Hasty;
            return Err(Refused { envelope, why }.into());
        }
        self.push(envelope)
    }

    fn poll_reserve(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        self.target.poll_reserve(ticket, cx)
    }

    fn push_reserved(
        &self,
        ticket: &mut Ticket,
        envelope: Envelope<N>,
    ) -> Result<(), Undelivered<N>> {
        let Envelope {
            message,
            attachment,
        } = envelope;
        let converted = match caught(|| (self.convert)(message)) {
            Ok(message) => Envelope {
                message,
                attachment: attachment.clone(),
            },
            Err(failure) => {
                self.target.release(ticket);
                tracing::error!(target = %self.path(), %failure, "an adapter's closure failed");
                return self.lose(attachment.as_deref(), Refusal::Policy);
            }
        };
        match self.target.push_reserved(ticket, converted) {
            Ok(()) => Ok(()),
            Err(Undelivered::Lost(why)) => Err(Undelivered::Lost(why)),
            // Converted back it can't be, so it is lost to the sender, though not uncounted.
            Err(Undelivered::Refused(refused)) => self.lose(attachment.as_deref(), refused.why),
        }
    }

    fn release(&self, ticket: &mut Ticket) {
        self.target.release(ticket);
    }
}

impl<N, M, F> Adapter<N, M, F>
where
    N: Send + 'static,
    F: Fn(N) -> M + Send + Sync,
{
    fn lose(
        &self,
        attachment: Option<&dyn crate::mailbox::Attachment>,
        why: Refusal,
    ) -> Result<(), Undelivered<N>> {
        if let Some(attachment) = attachment {
            attachment.refuse(why);
        }
        self.bury(DeadLetterReason::Lost, None);
        Err(Undelivered::Lost(why))
    }

    fn bury(&self, reason: DeadLetterReason, message: Option<N>) {
        let variant = std::any::type_name::<N>();
        self.environment()
            .dead_letters
            .bury(|| self.path(), variant, reason, message);
    }
}
