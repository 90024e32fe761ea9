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
        let begin = attachment.as_ref().map(|it| it.begin(instance));
        match begin {
            None | Some(Begin::Go) | Some(Begin::Fault) => self.attachment = attachment,
            Some(Begin::Expired) => {
                cell.bury(
                    Envelope {
                        message,
                        attachment,
                    },
                    Refusal::Expired,
                    DeadLetterReason::Expired,
                );
                return Ok(None);
            }
            Some(Begin::Stale) => {
                cell.bury(
                    Envelope::plain(message),
                    Refusal::Stopped,
                    DeadLetterReason::Stale,
                );
                return Ok(None);
            }
        }
        // It may panic, which is a failure over this message: so it is in hand already.
        self.variant = Some(std::any::type_name::<A::Msg>());
        self.variant = Some(A::describe(&message));
        if begin == Some(Begin::Fault) {
            return Err(Exit::Failed(Failure::message("a fault was injected")));
        }
        Ok(Some(message))
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
