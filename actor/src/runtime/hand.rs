//! The message in an actor's hand, from the moment it is taken to its handler's end.

use std::sync::Arc;

use tracing::Span;

use super::visit::Visit;
use crate::behavior::Actor;
use crate::dead_letters::DeadLetterReason;
use crate::mailbox::{Attachment, Begin, Envelope, Refusal, Verdict};
use crate::tree::{Cell, traced};

/// The message that is being handled, for the case that it ends badly.
#[derive(Default)]
pub(super) struct Hand {
    pub(super) variant: Option<&'static str>,
    pub(super) attachment: Option<Arc<dyn Attachment>>,
    /// Its span, where the actor traces its messages.
    pub(super) span: Option<Box<Span>>,
    /// The visit in which it is handled.
    pub(super) visit: Visit,
}

impl Hand {
    /// Asks what travels beside a message whether its handler may begin, and keeps it if so.
    #[inline]
    pub(super) fn admit(
        &mut self,
        attachment: Option<Arc<dyn Attachment>>,
        instance: u32,
    ) -> Result<Begin, Late> {
        let Some(attachment) = attachment else {
            return Ok(Begin::Go);
        };
        match attachment.begin(instance) {
            begin @ (Begin::Expired | Begin::Stale) => Err(Late { begin, attachment }),
            begin @ (Begin::Go | Begin::Fault) => {
                self.attachment = Some(attachment);
                Ok(begin)
            }
        }
    }

    /// Names the message in hand. The user's code may panic, which is a failure over this message,
    /// so it has a name before.
    #[inline]
    pub(super) fn name<A: Actor>(&mut self, message: &A::Msg) {
        self.variant = Some(std::any::type_name::<A::Msg>());
        self.variant = Some(A::describe(message));
    }

    /// Opens the span of the message.
    #[cold]
    pub(super) fn trace<M: Send + 'static>(&mut self, cell: &Cell<M>) {
        let variant = self.variant.unwrap_or_default();
        let span = traced::span(&cell.head.path(), variant, self.attachment.as_ref());
        self.span = Some(Box::new(span));
    }

    /// The handler has ended well.
    #[inline]
    pub(super) fn put_down(&mut self) {
        self.variant = None;
        if self.span.is_some() {
            self.span = None;
        }
        if let Some(attachment) = self.attachment.take() {
            attachment.settle(&Verdict::Handled);
        }
    }
}

/// A message that came too late for its handler.
pub(super) struct Late {
    begin: Begin,
    attachment: Arc<dyn Attachment>,
}

impl Late {
    /// Counts the message, and tells its asker.
    #[cold]
    pub(super) fn bury<M: Send + 'static>(self, cell: &Cell<M>, message: M) {
        let Self { begin, attachment } = self;
        let (why, reason) = match begin {
            Begin::Stale => (Refusal::Stopped, DeadLetterReason::Stale),
            Begin::Go | Begin::Expired | Begin::Fault => {
                (Refusal::Expired, DeadLetterReason::Expired)
            }
        };
        let attachment = Some(attachment);
        cell.bury(
            Envelope {
                message,
                attachment,
            },
            why,
            reason,
        );
    }
}
