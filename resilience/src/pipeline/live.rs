//! [`Live`]: a pipeline whose policies can be exchanged while calls go through it.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use parking_lot::Mutex;

use super::builder::{PipelineBuilder, Spec};
use super::check::PipelineError;
use super::pipeline::{Pipeline, Shared, Source};
use super::policy::Policy;

/// What the clones of such a pipeline share.
///
/// The policies are exchanged as a whole, so that a call sees those of before or those of after. A
/// policy that is in both is one and the same, whatever it has counted and lent out.
pub(super) struct Live {
    name: Arc<str>,
    current: ArcSwap<Shared>,
    /// What the current policies were made of; who holds it may exchange them.
    specs: Mutex<Vec<Spec>>,
}

/// What a call keeps of a pipeline, so that it ends under the policies under which it began: those
/// that are not the pipeline's for ever.
pub(super) struct Held(Option<Guard<Arc<Shared>>>);

impl Held {
    /// The policies under which the call of this pipeline began.
    #[inline]
    pub(super) fn policies<'h>(&'h self, pipeline: &'h Pipeline) -> &'h Shared {
        match (&self.0, &pipeline.source) {
            (Some(held), _) => held,
            (None, Source::Fixed(shared)) => shared,
            (None, Source::Live(_)) => unreachable!("what can be exchanged is held"),
        }
    }
}

impl Live {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Pipeline {
    /// Its policies as they are now.
    #[inline]
    pub(super) fn hold(&self) -> Held {
        match &self.source {
            Source::Fixed(_) => Held(None),
            Source::Live(live) => Held(Some(live.current.load())),
        }
    }

    /// A pipeline that can be [reconfigured](Self::reconfigure).
    pub(crate) fn live(builder: PipelineBuilder) -> Result<Self, PipelineError> {
        let shared = builder.shared(|spec| Policy::new(spec, builder.seed))?;
        let live = Live {
            name: Arc::clone(builder.name()),
            current: ArcSwap::from_pointee(shared),
            specs: Mutex::new(builder.specs),
        };
        let source = Source::Live(Arc::new(live));
        Ok(Self { source })
    }

    /// Takes on other policies. Those of a kind that it had before keep their state, and those that
    /// are as they were are not touched. The name stays.
    ///
    /// Calls under way end under the policies under which they began.
    ///
    /// # Errors
    ///
    /// What [`build`](PipelineBuilder::build) finds; nothing is changed then.
    ///
    /// # Panics
    ///
    /// If it was not made to be reconfigured.
    pub(crate) fn reconfigure(&self, builder: &PipelineBuilder) -> Result<(), PipelineError> {
        let Source::Live(live) = &self.source else {
            panic!("only the registry reconfigures, and what it holds is made for that");
        };
        let mut specs = live.specs.lock();
        let before = live.current.load_full();
        let policy = |spec: &Spec| {
            let same_kind = |old: &Spec| old.name() == spec.name();
            match specs.iter().position(same_kind) {
                Some(at) if specs[at] == *spec => Ok(before.policies[at].clone()),
                Some(at) => before.policies[at].reconfigured(spec, builder.seed),
                None => Policy::new(spec, builder.seed),
            }
        };
        let shared = builder.shared(policy)?;
        live.current.store(Arc::new(shared));
        *specs = builder.specs.clone();
        Ok(())
    }
}
