//! A tracing span for each message, for actors that were spawned so.

use std::sync::Arc;

use tracing::Span;

use crate::id::ActorPath;
use crate::mailbox::{Attachment, Envelope};

/// Remembers beside a message in which span it was sent.
struct SentIn {
    span: Span,
    inner: Option<Arc<dyn Attachment>>,
}

/// Notes the sender's span in the envelope.
pub(super) fn note<M>(envelope: Envelope<M>) -> Envelope<M> {
    let Envelope {
        message,
        attachment: inner,
    } = envelope;
    let span = Span::current();
    let attachment = Some(Arc::new(SentIn { span, inner }) as _);
    Envelope {
        message,
        attachment,
    }
}

/// The span of a message in its handler.
pub(crate) fn span(
    path: &ActorPath,
    variant: &'static str,
    attachment: Option<&Arc<dyn Attachment>>,
) -> Span {
    let span = tracing::info_span!(parent: None, "message", actor = %path, variant);
    if let Some(sender) = attachment.and_then(|attachment| attachment.sender()) {
        span.follows_from(sender.id());
    }
    span
}

impl Attachment for SentIn {
    fn inner(&self) -> Option<&dyn Attachment> {
        self.inner.as_deref()
    }

    fn sender(&self) -> Option<&Span> {
        Some(&self.span)
    }
}
