//! Finding an actor by its path and the type of its messages.

use std::sync::Arc;

use thiserror::Error;

use crate::refs::ActorRef;
use crate::system::System;

/// An actor that was not found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LookupError {
    /// Nobody has that path now.
    #[error("there is no actor at `{0}`")]
    NotFound(String),
    /// The actor there takes other messages.
    #[error("the actor at `{path}` does not take `{message}`")]
    OtherMessages {
        /// The path.
        path: String,
        /// The type that was asked for.
        message: &'static str,
    },
}

impl System {
    /// Finds an actor by its path, absolute (`/user/orders/worker-3`) or below `/user`
    /// (`orders/worker-3`).
    ///
    /// An actor that is on its way out is still found, until it has ended:
    /// [`is_stopped`](ActorRef::is_stopped) says so.
    ///
    /// # Errors
    ///
    /// [`LookupError`]: nobody is there, or the actor takes messages of another type.
    ///
    /// # Examples
    ///
    /// ```
    /// # use greenroom::prelude::*;
    /// # struct Echo;
    /// # #[actor] impl Echo { #[message] fn say(&mut self, n: u32) -> u32 { n } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let system = System::new("demo");
    /// # system.spawn("echo", || Echo).await?;
    /// let echo = system.lookup::<EchoMsg>("/user/echo")?;
    /// assert_eq!(echo.say(3).await?, 3);
    /// # Ok(()) }
    /// ```
    pub fn lookup<M: Send + 'static>(&self, path: &str) -> Result<ActorRef<M>, LookupError> {
        let below = path.strip_prefix("/user/").unwrap_or(path);
        let mut resident = Arc::clone(self.root());
        for name in below.split('/') {
            let family = resident.head().family.lock();
            let child = family.as_ref().and_then(|family| family.find(name));
            drop(family);
            resident = child.ok_or_else(|| LookupError::NotFound(path.to_owned()))?;
        }
        resident
            .any_ref()
            .downcast()
            .map(|found| *found)
            .map_err(|_| LookupError::OtherMessages {
                path: path.to_owned(),
                message: std::any::type_name::<M>(),
            })
    }
}
