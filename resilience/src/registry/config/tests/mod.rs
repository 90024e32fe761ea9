//! Configuration files, right and wrong, and what a registry makes of them.

mod docs;
mod files;
mod inheritance;
mod mistakes;
mod reload;
mod schema;
mod settings;
mod syntax;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use super::document::{self, Instances};
use super::mistake::Collector;
use super::{Changes, ConfigError};
use crate::pipeline::{CallError, Pipeline, PipelineBuilder, Reason};
use crate::registry::Registry;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// What a TOML file says, if nothing is wrong in it.
fn read(text: &str) -> Instances {
    let file: Arc<str> = "test.toml".into();
    let mut notes = Collector::new(text);
    let instances = document::read(&file, text, 0, &mut notes).expect("it is TOML");
    assert!(notes.is_empty(), "{}", notes.finish(file));
    instances
}

/// The pipeline `shop` of a file that has only that.
fn shop(text: &str) -> PipelineBuilder {
    let mut instances = read(text);
    instances.remove("shop").expect("it is there").builder
}

fn load(registry: &Registry, text: &str) -> Changes {
    let loaded = registry.load_str("test.toml", text);
    loaded.unwrap_or_else(|error| panic!("{error}"))
}

/// All that is wrong, a line for each.
fn wrong(text: &str) -> Vec<String> {
    wrong_in("test.toml", text)
}

fn wrong_in(file: &str, text: &str) -> Vec<String> {
    let refused = Registry::new().load_str(file, text);
    let error = refused.expect_err("something is wrong");
    assert!(matches!(error, ConfigError::Mistakes(_)), "{error:?}");
    error.to_string().lines().map(str::to_owned).collect()
}

/// Why a pipeline rejects a call that would succeed; `None` if it doesn't.
async fn rejection(pipeline: &Pipeline) -> Option<Reason> {
    match pipeline.call(|| async { Ok::<_, ()>(()) }).await {
        Err(CallError::Rejected(rejected)) => Some(rejected.reason),
        Ok(()) | Err(CallError::Inner(..)) => None,
    }
}

async fn fail(pipeline: &Pipeline) {
    let failed = pipeline.call(|| async { Err::<(), _>("down") }).await;
    failed.expect_err("it is down");
}
