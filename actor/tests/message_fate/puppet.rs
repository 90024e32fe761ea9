//! An actor that does what its messages say, and keeps a record.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use tokio::sync::Semaphore;

/// How a held message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Answer,
    Fail,
    Panic,
    /// With `ctx.stop()`, and an await between that and its answer.
    Finish,
    /// With `ctx.stop()` and a failure.
    FinishAndFail,
}

#[derive(Debug)]
pub(crate) enum Msg {
    /// Recorded.
    Note(u32),
    /// Recorded and answered with its number.
    Get(u32, Reply<u32>),
    /// Waits for the gate first.
    Hold(u32, Then, Reply<u32>),
    /// Fails at once.
    Fail,
}

impl Msg {
    pub(crate) fn number(&self) -> u32 {
        match self {
            Self::Note(number) | Self::Get(number, _) | Self::Hold(number, ..) => *number,
            Self::Fail => 0,
        }
    }
}

/// What the puppets of one test share: the gate, and the record of what was handled to its end.
#[derive(Clone)]
pub(crate) struct Stage {
    gate: Arc<Semaphore>,
    record: Arc<Mutex<Vec<u32>>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            record: Arc::default(),
        }
    }

    /// Lets one held message go on.
    pub(crate) fn open(&self) {
        self.gate.add_permits(1);
    }

    /// Waits until it may go on.
    pub(crate) async fn gate(&self) {
        let permit = self.gate.acquire().await;
        permit.expect("the gate is never closed").forget();
    }

    pub(crate) fn note(&self, number: u32) {
        self.record.lock().unwrap().push(number);
    }

    pub(crate) fn record(&self) -> Vec<u32> {
        self.record.lock().unwrap().clone()
    }

    pub(crate) fn puppet(&self) -> impl FnMut() -> Puppet + Send + 'static {
        let stage = self.clone();
        move || Puppet {
            stage: stage.clone(),
        }
    }
}

pub(crate) struct Puppet {
    stage: Stage,
}

impl Actor for Puppet {
    type Msg = Msg;

    async fn handle(&mut self, msg: Msg, ctx: &mut Context<Self>) -> ActorResult {
        match msg {
            Msg::Note(number) => self.stage.note(number),
            Msg::Get(number, reply) => {
                self.stage.note(number);
                reply.send(number);
            }
            Msg::Hold(number, then, reply) => {
                self.stage.gate().await;
                if matches!(then, Then::Finish | Then::FinishAndFail) {
                    ctx.stop();
                    tokio::task::yield_now().await;
                }
                match then {
                    Then::Answer | Then::Finish => {
                        self.stage.note(number);
                        reply.send(number);
                    }
                    Then::Fail | Then::FinishAndFail => {
                        return Err(Failure::message("held and failed"));
                    }
                    Then::Panic => panic!("held and panicked"),
                }
            }
            Msg::Fail => return Err(Failure::message("failed")),
        }
        Ok(())
    }

    fn describe(message: &Msg) -> &'static str {
        match message {
            Msg::Note(_) => "Note",
            Msg::Get(..) => "Get",
            Msg::Hold(..) => "Hold",
            Msg::Fail => "Fail",
        }
    }
}

/// Lets everything happen that can without time going on; the clock is paused.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
