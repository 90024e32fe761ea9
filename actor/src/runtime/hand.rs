//! The message in an actor's hand, from the moment it is taken to its handler's end.

use std::sync::Arc;

use super::cell::Cell;
use super::live::Exit;
use crate::behavior::Actor;
use crate::dead_letters::DeadLetterReason;
use crate::failure::Failure;
use crate::mailbox::{Attachment, Begin, Envelope, Refusal, Verdict};

/// The message that is being handled, for the case that it ends badly.
#[derive(Default)]
pub(super) struct Hand {
    pub(super) variant: Option<&'static str>,
    pub(super) attachment: Option<Arc<dyn Attachment>>,
}

impl Hand {
    /// Takes a message in hand; `None` when it is too late for it, which is then counted.
    #[inline]
    pub(super) fn take<A: Actor>(
        &mut self,
        cell: &Cell<A::Msg>,
        envelope: Envelope<A::Msg>,
        instance: u32,
    ) -> Result<Option<A::Msg>, Exit> {
        let Envelope {
            message,
            attachment,
        } = envelope;
        // For the case that `describe` panics.
        self.variant = Some(std::any::type_name::<A::Msg>());
        self.variant = Some(A::describe(&message));
        let Some(attachment) = attachment else {
            return Ok(Some(message));
        };
        match attachment.begin(instance) {
            Begin::Go => {
                self.attachment = Some(attachment);
                Ok(Some(message))
            }
            Begin::Fault => {
                self.attachment = Some(attachment);
                Err(Exit::Failed(Failure::message("a fault was injected")))
            }
            Begin::Expired => {
                self.variant = None;
                attachment.refuse(Refusal::Expired);
                cell.bury(
                    Envelope::plain(message),
                    Refusal::Expired,
                    DeadLetterReason::Expired,
                );
                Ok(None)
            }
            Begin::Stale => {
                self.variant = None;
                cell.bury(
                    Envelope::plain(message),
                    Refusal::Stopped,
                    DeadLetterReason::Stale,
                );
                Ok(None)
            }
        }
    }

    /// The handler has ended well.
    #[inline]
    pub(super) fn put_down(&mut self) {
        self.variant = None;
        if let Some(attachment) = self.attachment.take() {
            attachment.settle(&Verdict::Handled);
        }
    }
}
