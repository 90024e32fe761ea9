//! Why an actor failed: an error that a hook returned, or a panic that was caught.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::panic::{caught, quietly, take_location};

/// What every hook of an actor returns: `Ok` to go on, an error to fail.
///
/// `?` turns any error that is `Send`, `Sync` and `'static` into a [`Failure`].
pub type ActorResult = Result<(), Failure>;

/// The reason why an actor failed; cheap to clone, so that everyone concerned can be told.
///
/// It does not implement [`Error`] itself, so that `?` can convert any error into it.
#[derive(Clone)]
pub struct Failure(Arc<Cause>);

enum Cause {
    Error(Careful),
    Panic {
        message: String,
        location: Option<String>,
    },
}

/// An error of the user's, whose drop may panic: failures are dropped wherever the last of those
/// concerned is done with it, and must not make that one fail.
struct Careful(Option<Box<dyn Error + Send + Sync>>);

impl Drop for Careful {
    fn drop(&mut self) {
        let held = self.0.take();
        quietly(move || drop(held));
    }
}

impl Failure {
    /// A failure with a text and no error type of its own.
    ///
    /// ```
    /// use greenroom::{ActorResult, Failure};
    ///
    /// fn check(state: u8) -> ActorResult {
    ///     if state > 3 {
    ///         return Err(Failure::message(format!("there is no state {state}")));
    ///     }
    ///     Ok(())
    /// }
    /// assert_eq!(check(4).unwrap_err().to_string(), "there is no state 4");
    /// ```
    pub fn message(text: impl Into<String>) -> Self {
        let text: Box<dyn Error + Send + Sync> = text.into().into();
        Self(Arc::new(Cause::Error(Careful(Some(text)))))
    }

    /// Makes the failure of a caught panic; the payload may be of any type.
    pub(crate) fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => match payload.downcast::<&'static str>() {
                Ok(text) => (*text).to_owned(),
                Err(other) => {
                    // A payload's own drop may panic, and nobody stands above to catch it.
                    quietly(move || drop(other));
                    "panic with a payload that is not a string".to_owned()
                }
            },
        };
        Self(Arc::new(Cause::Panic {
            message,
            location: take_location(),
        }))
    }

    /// Whether it was a panic; a supervisor may resume an actor after an error, never after a
    /// panic.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(*self.0, Cause::Panic { .. })
    }

    /// The error of type `E` that a hook returned, if it was one.
    ///
    /// ```
    /// use greenroom::Failure;
    ///
    /// let failure: Failure = "x".parse::<u8>().unwrap_err().into();
    /// assert!(failure.downcast_ref::<std::num::ParseIntError>().is_some());
    /// ```
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match &*self.0 {
            Cause::Error(error) => error.0.as_ref()?.downcast_ref(),
            Cause::Panic { .. } => None,
        }
    }

    /// Where the panic happened (`file:line:column`), where [`panic::install_hook`] was called.
    ///
    /// [`panic::install_hook`]: crate::panic::install_hook
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        match &*self.0 {
            Cause::Error(_) => None,
            Cause::Panic { location, .. } => location.as_deref(),
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Arc::new(Cause::Error(Careful(Some(Box::new(error))))))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            // It is written where actors of others' making are told of it, and into the log.
            Cause::Error(error) => caught(|| match &error.0 {
                Some(error) => error.fmt(f),
                None => Ok(()),
            })
            .unwrap_or_else(|_| f.write_str("an error whose text panicked")),
            Cause::Panic {
                message,
                location: None,
            } => write!(f, "panicked: {message}"),
            Cause::Panic {
                message,
                location: Some(at),
            } => write!(f, "panicked at {at}: {message}"),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Failure({self})")
    }
}
