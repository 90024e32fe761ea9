//! [`Options`]: what one call asks of the policies, whatever its types are.

use std::time::Duration;

use crate::shed::Criticality;

/// What one call asks of the policies of a [`Pipeline`](super::Pipeline): plain data.
///
/// Said at the call with the methods of [`With`](super::With) of the same names, or made once and
/// handed to [`With::options`](super::With::options). What no policy of the pipeline looks at has
/// no effect.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::Pipeline;
/// use greenroom_resilience::pipeline::Options;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// const READ: Options = Options::new().idempotent();
/// const EXPORT: Options = READ.cost(20).timeout(Duration::from_secs(60));
///
/// let shop = Pipeline::builder("shop").timeout(Duration::from_secs(2)).build()?;
/// let export = shop.with().options(EXPORT).call(|| async { Ok::<_, ()>(7) });
/// assert_eq!(export.await, Ok(7));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "options do nothing until a call is made with them"]
pub struct Options {
    /// `None` as the pipeline has it.
    pub(super) idempotent: Option<bool>,
    pub(super) timeout: Option<Duration>,
    pub(super) cost: u32,
    pub(super) priority: u8,
    pub(super) criticality: Criticality,
}

impl Options {
    /// What a call has about which nothing is said: the pipeline's marks and time-outs, a cost of
    /// 1, the lowest priority; and it is [critical](Criticality).
    pub const fn new() -> Self {
        Self {
            idempotent: None,
            timeout: None,
            cost: 1,
            priority: 0,
            criticality: Criticality::Critical,
        }
    }

    /// Says that this call may have its effect twice without harm, whatever the pipeline says: it
    /// is repeated also where nobody knows whether it had one.
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = Some(true);
        self
    }

    /// Says that this call must not have its effect twice, whatever the pipeline says: it is
    /// repeated only where it was certainly refused.
    pub const fn only_refused(mut self) -> Self {
        self.idempotent = Some(false);
        self
    }

    /// Sets the time-out of the whole call, with all its attempts and pauses, in place of the
    /// pipeline's. A pipeline that has none gets one, for this call.
    ///
    /// It may be longer than the pipeline's. The time-out of an attempt stays as it is. Zero leaves
    /// time only for what is ready at once.
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets how many permits of the [rate limit](crate::rate_limit) each attempt costs: 1 unless
    /// set. What costs more than the limit ever admits at once is rejected; 0 passes it by.
    pub const fn cost(mut self, permits: u32) -> Self {
        self.cost = permits;
        self
    }

    /// Sets the priority in the queue of the [bulkhead](crate::bulkhead): 0, the lowest, unless
    /// set, up to [`HIGHEST_PRIORITY`](crate::bulkhead::HIGHEST_PRIORITY); a higher number counts
    /// as that.
    pub const fn priority(mut self, priority: u8) -> Self {
        self.priority = priority;
        self
    }

    /// Sets how much it matters that this call is served: to [load shedding](crate::shed), and to
    /// the [throttle](crate::throttle).
    pub const fn criticality(mut self, criticality: Criticality) -> Self {
        self.criticality = criticality;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
