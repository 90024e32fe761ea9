//! For whom an actor waits, which `inspect()` shows.

use std::sync::Arc;

use crate::refs::Subject;

/// Whom it waits for, in the order in which it began to.
///
/// That is nearly always nobody or one, which takes no more memory than an optional reference;
/// several when a handler joins asks.
pub(crate) enum Waits {
    One(Arc<dyn Subject>),
    Several(Option<Box<Row>>),
}

/// Two or more.
pub(crate) struct Row(Vec<Arc<dyn Subject>>);

impl Default for Waits {
    fn default() -> Self {
        Self::Several(None)
    }
}

impl Waits {
    pub(crate) fn begin(&mut self, other: Arc<dyn Subject>) {
        *self = match std::mem::take(self) {
            Self::Several(None) => Self::One(other),
            Self::One(first) => Self::Several(Some(Box::new(Row(vec![first, other])))),
            Self::Several(Some(mut row)) => {
                row.0.push(other);
                Self::Several(Some(row))
            }
        };
    }

    /// Takes one of them out, by its address; it is handed over so that it is dropped outside the
    /// lock.
    pub(crate) fn end(&mut self, address: usize) -> Option<Arc<dyn Subject>> {
        match self {
            Self::One(one) if address_of(one) == address => {
                let Self::One(one) = std::mem::take(self) else {
                    return None;
                };
                Some(one)
            }
            Self::Several(Some(row)) => {
                let row = &mut row.0;
                let at = row.iter().position(|one| address_of(one) == address)?;
                let ended = row.remove(at);
                if row.len() == 1
                    && let Some(last) = row.pop()
                {
                    *self = Self::One(last);
                }
                Some(ended)
            }
            Self::One(_) | Self::Several(None) => None,
        }
    }

    /// Whom it has waited for the longest.
    pub(crate) fn first(&self) -> Option<&Arc<dyn Subject>> {
        match self {
            Self::One(one) => Some(one),
            Self::Several(row) => row.as_ref().and_then(|row| row.0.first()),
        }
    }
}

/// What tells one way to an actor from another while somebody holds it.
fn address_of(subject: &Arc<dyn Subject>) -> usize {
    Arc::as_ptr(subject).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_actor_pays_for_one_reference() {
        assert_eq!(size_of::<Waits>(), size_of::<Option<Arc<dyn Subject>>>());
    }
}
