//! A layer for each policy alone: that of a pipeline of one.

use super::layer::PipelineLayer;
use super::requests::Once;
use crate::adaptive::AdaptiveLimit;
use crate::breaker::Breaker;
use crate::bulkhead::Bulkhead;
#[cfg(feature = "chaos")]
use crate::chaos::Chaos;
use crate::hedge::Hedge;
use crate::pipeline::{Pipeline, PipelineError, Unclassified};
use crate::rate_limit::RateLimit;
use crate::retry::Retry;
use crate::shed::LoadShed;
use crate::throttle::Throttle;

impl Retry {
    /// A [layer](crate::tower) of this policy alone, in a pipeline of this name. It repeats what
    /// was certainly refused; see [`PipelineLayer::options`] for what is idempotent.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Retry`] where it can't work.
    pub fn layer(self, name: &str) -> Result<PipelineLayer, PipelineError> {
        let alone = Pipeline::builder(name).retry(self).build()?;
        Ok(alone.layer())
    }
}

impl Hedge {
    /// A [layer](crate::tower) of this policy alone, in a pipeline of this name. It hedges the
    /// requests that [are marked as idempotent](PipelineLayer::options), and no others.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Hedge`] where it can't work.
    pub fn layer(self, name: &str) -> Result<PipelineLayer, PipelineError> {
        let alone = Pipeline::builder(name).only_refused().hedge(self).build()?;
        Ok(alone.layer())
    }
}

/// Gives policies a layer that sends each request once, as none of them repeats any.
macro_rules! layers {
    ($($(#[$when:meta])? $policy:ty, $method:ident, $error:ident;)*) => {$(
        $(#[$when])?
        impl $policy {
            /// A [layer](crate::tower) of this policy alone, in a pipeline of this name. Requests
            /// need not be [`Clone`].
            ///
            /// # Errors
            ///
            #[doc = concat!("[`PipelineError::", stringify!($error), "`] where it can't work.")]
            pub fn layer(
                self,
                name: &str,
            ) -> Result<PipelineLayer<Unclassified, Once>, PipelineError> {
                let alone = Pipeline::builder(name).$method(self).build()?;
                Ok(alone.layer().once())
            }
        }
    )*};
}

layers! {
    Breaker, circuit_breaker, Breaker;
    Bulkhead, bulkhead, Bulkhead;
    RateLimit, rate_limit, RateLimit;
    LoadShed, load_shed, LoadShed;
    Throttle, throttle, Throttle;
    AdaptiveLimit, adaptive_concurrency, Adaptive;
    #[cfg(feature = "chaos")] Chaos, chaos, Chaos;
}
