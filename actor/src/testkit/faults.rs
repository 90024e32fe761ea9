//! Faults on the way to an actor: the n-th message fails, comes late, or is lost.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::dead_letters::DeadLetterReason;
use crate::id::ActorId;
use crate::mailbox::{Attachment, Begin, Envelope, Refusal, Refused, Ticket};
use crate::refs::{ActorRef, Deliver, Detour, Subject, Undelivered};
use crate::sync::Mutex;

#[derive(Clone, Copy)]
enum Fault {
    Fail,
    Drop,
    Delay(Duration),
}

#[derive(Default)]
struct Plan {
    /// How many messages went through.
    count: u64,
    faults: BTreeMap<u64, Fault>,
}

/// What is to go wrong with messages through one reference, by their number from 1.
///
/// ```
/// use greenroom::testkit::{self, Faults};
/// # use greenroom::prelude::*;
/// # struct Sink;
/// # impl Actor for Sink { type Msg = u8;
/// #   async fn handle(&mut self, _: u8, _: &mut Context<Self>) -> ActorResult { Ok(()) } }
/// testkit::run(1, async |system| {
///     let sink = system.spawn("sink", || Sink).await.unwrap();
///     let (faulty, faults) = Faults::on(&sink);
///     faults.fail(2);
///     for n in 0..3 {
///         faulty.tell(n).await.unwrap();
///     }
///     sink.stop();
///     sink.terminated().await;
///     assert_eq!(system.dead_letter_counts().failed, 1);
/// });
/// ```
#[derive(Clone)]
pub struct Faults(Arc<Mutex<Plan>>);

impl Faults {
    /// A reference to the same actor on which faults can be planned. Only what is sent through it
    /// is counted and afflicted; it is not equal to the actor's own.
    #[must_use]
    pub fn on<M: Send + 'static>(actor: &ActorRef<M>) -> (ActorRef<M>, Self) {
        let faults = Self(Arc::new(Mutex::new(Plan::default())));
        let port = Faulty {
            id: actor.port().environment().next_id(),
            target: Arc::clone(actor.port()),
            faults: faults.clone(),
        };
        (ActorRef::new(Arc::new(port)), faults)
    }

    /// Makes the actor fail over the n-th message.
    pub fn fail(&self, n: u64) {
        self.plan(n, Fault::Fail);
    }

    /// Loses the n-th message: its sender is told that it was sent, and it becomes a dead letter.
    pub fn drop(&self, n: u64) {
        self.plan(n, Fault::Drop);
    }

    /// Delivers the n-th message this much later; others overtake it. Where it is refused then, it
    /// becomes a dead letter.
    pub fn delay(&self, n: u64, by: Duration) {
        self.plan(n, Fault::Delay(by));
    }

    fn plan(&self, n: u64, fault: Fault) {
        self.0.lock().faults.insert(n, fault);
    }

    /// The message was refused, so it will be the next one again, if it comes.
    fn take_back(&self, fault: Option<Fault>) {
        let mut plan = self.0.lock();
        let number = plan.count;
        plan.count -= 1;
        if let Some(fault) = fault {
            plan.faults.insert(number, fault);
        }
    }

    fn next(&self) -> Option<Fault> {
        let mut plan = self.0.lock();
        plan.count += 1;
        let count = plan.count;
        plan.faults.remove(&count)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.0.lock();
        write!(
            f,
            "Faults({} messages, {} faults planned)",
            plan.count,
            plan.faults.len()
        )
    }
}

struct Faulty<M> {
    id: ActorId,
    target: Arc<dyn Deliver<M>>,
    faults: Faults,
}

/// The attachment of a message over which its actor is to fail.
struct Failing(Option<Arc<dyn Attachment>>);

impl Attachment for Failing {
    fn inner(&self) -> Option<&dyn Attachment> {
        self.0.as_deref()
    }

    fn begin(&self, instance: u32) -> Begin {
        match self.inner().map(|inner| inner.begin(instance)) {
            None | Some(Begin::Go) => Begin::Fault,
            Some(other) => other,
        }
    }
}

fn bury<M: Send + 'static>(target: &dyn Deliver<M>, reason: DeadLetterReason, message: M) {
    let variant = type_name::<M>();
    let hub = &target.environment().dead_letters;
    hub.bury(|| target.path(), variant, reason, Some(message));
}

impl<M: Send + 'static> Faulty<M> {
    /// Does what is planned for the next message; `deliver` is the way it would have gone.
    fn afflict(
        &self,
        mut envelope: Envelope<M>,
        deliver: impl FnOnce(Envelope<M>) -> Result<(), Undelivered<M>>,
        keep: impl FnOnce(),
    ) -> Result<(), Undelivered<M>> {
        let fault = self.faults.next();
        match fault {
            None => deliver(envelope).inspect_err(|_| self.faults.take_back(fault)),
            Some(Fault::Fail) => {
                envelope.attachment = Some(Arc::new(Failing(envelope.attachment)));
                deliver(envelope).inspect_err(|_| self.faults.take_back(fault))
            }
            Some(Fault::Drop) => {
                keep();
                bury(&*self.target, DeadLetterReason::Lost, envelope.message);
                Ok(())
            }
            Some(Fault::Delay(by)) => {
                keep();
                let target = Arc::clone(&self.target);
                tokio::spawn(async move {
                    tokio::time::sleep(by).await;
                    // Its sender is gone: it is counted here, and its asker told.
                    if let Err(Undelivered::Refused(refused)) = target.push(envelope) {
                        let Refused { envelope, why } = refused;
                        if let Some(attachment) = &envelope.attachment {
                            attachment.refuse(why);
                        }
                        bury(&*target, why.reason(), envelope.message);
                    }
                });
                Ok(())
            }
        }
    }
}

impl<M: Send + 'static> Detour for Faulty<M> {
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

impl<M: Send + 'static> Deliver<M> for Faulty<M> {
    fn push(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>> {
        self.afflict(envelope, |envelope| self.target.push(envelope), || {})
    }

    fn push_in_turn(&self, envelope: Envelope<M>) -> Result<(), Undelivered<M>> {
        self.afflict(
            envelope,
            |envelope| self.target.push_in_turn(envelope),
            || {},
        )
    }

    fn poll_reserve(&self, ticket: &mut Ticket, cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        self.target.poll_reserve(ticket, cx)
    }

    fn push_reserved(
        &self,
        ticket: &mut Ticket,
        envelope: Envelope<M>,
    ) -> Result<(), Undelivered<M>> {
        let slot = std::cell::RefCell::new(ticket);
        self.afflict(
            envelope,
            |envelope| self.target.push_reserved(&mut slot.borrow_mut(), envelope),
            || self.target.release(&mut slot.borrow_mut()),
        )
    }

    fn release(&self, ticket: &mut Ticket) {
        self.target.release(ticket);
    }
}

#[cfg(test)]
mod tests {
    use tracing::Span;

    use super::*;

    struct Sent(Span);

    impl Attachment for Sent {
        fn begin(&self, _instance: u32) -> Begin {
            Begin::Go
        }

        fn sender(&self) -> Option<&Span> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_message_that_is_to_fail_still_says_where_it_was_sent() {
        let failing = Failing(Some(Arc::new(Sent(Span::none()))));
        assert!(failing.sender().is_some());
        assert!(Failing(None).sender().is_none());
    }
}
