//! Every setting that a file can have. The reader, the JSON schema and the table of the docs all
//! come from here.

use super::field::{Field, Kind};

mod attempts;
mod breaker;
mod limits;
mod overload;

const SCHEDULES: Kind = Kind::Word(&["exponential", "fibonacci"]);
const JITTERS: Kind = Kind::Word(&["full", "equal", "decorrelated", "none"]);

/// By policy, in the order in which a pipeline from a file has them.
const FIELDS: &[&[Field]] = &[
    attempts::TIMEOUT,
    attempts::RETRY,
    breaker::CIRCUIT_BREAKER,
    overload::THROTTLE,
    limits::RATE_LIMIT,
    limits::BULKHEAD,
    overload::LOAD_SHED,
    overload::ADAPTIVE_CONCURRENCY,
    attempts::ATTEMPT_TIMEOUT,
    attempts::HEDGE,
];

pub(super) fn all() -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().copied().flatten()
}
