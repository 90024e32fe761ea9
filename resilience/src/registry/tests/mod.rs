//! Pipelines by name, whose policies change while calls go through them.

mod names;
mod overload;
mod state;
mod under_way;

use std::time::Duration;

use super::{Registry, RegistryError};
use crate::pipeline::{CallError, Pipeline, PipelineBuilder, Reason};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn builder() -> PipelineBuilder {
    Pipeline::builder("inventory")
}

fn insert(registry: &Registry, builder: PipelineBuilder) -> Pipeline {
    registry.insert(builder).expect("sound policies")
}

fn update(registry: &Registry, builder: PipelineBuilder) {
    registry.update(builder).expect("sound policies");
}

type Answer = Result<u32, CallError<&'static str>>;

async fn call(pipeline: &Pipeline) -> Answer {
    pipeline.call(|| async { Ok(7) }).await
}

async fn fail(pipeline: &Pipeline) -> Answer {
    pipeline.call(|| async { Err("down") }).await
}

/// Why a call was rejected.
fn reason(answer: Answer) -> Option<Reason> {
    match answer {
        Err(CallError::Rejected(rejected)) => Some(rejected.reason),
        Ok(_) | Err(CallError::Inner(..)) => None,
    }
}
