//! The test kit (feature `testkit`): virtual time, probes, dead-letter assertions, injected faults.
//!
//! ```
//! use std::time::Duration;
//! use greenroom::prelude::*;
//! use greenroom::testkit::{self, Probe};
//!
//! # enum EchoMsg { Say(String, ActorRef<String>) }
//! # struct Echo;
//! # impl Actor for Echo { type Msg = EchoMsg;
//! #   async fn handle(&mut self, msg: EchoMsg, _: &mut Context<Self>) -> ActorResult {
//! #     let EchoMsg::Say(text, to) = msg;
//! #     to.tell(text).await.map_err(SendError::without_message)?;
//! #     Ok(()) } }
//! testkit::run(7, async |system| {
//!     let echo = system.spawn("echo", || Echo).await.unwrap();
//!     let probe = Probe::<String>::start(&system, "probe").await;
//!     echo.tell(EchoMsg::Say("hello".to_owned(), probe.actor_ref())).await.unwrap();
//!     assert_eq!(probe.expect().await, "hello");
//!     probe.expect_nothing(Duration::from_secs(60)).await; // a minute of virtual time
//! });
//! ```

mod faults;
mod letters;
mod probe;
mod run;

pub use faults::Faults;
pub use letters::LetterBox;
pub use probe::Probe;
pub use run::run;
