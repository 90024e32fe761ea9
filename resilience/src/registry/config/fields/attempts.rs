//! Settings of what makes attempts, and ends them.

use Kind::{Count, Flag, Number, Off, Table, Time};

use crate::registry::config::field::{Field, Kind};
use crate::registry::config::fields::{JITTERS, SCHEDULES};

pub(super) const TIMEOUT: &[Field] = &[
    Field {
        path: "idempotent",
        kinds: &[Flag],
        default: None,
        about: "whether a call may have its effect twice; to be said where there are `retry` and \
                `attempt_timeout`, since nobody else knows",
    },
    Field {
        path: "timeout",
        kinds: &[Time, Off],
        default: None,
        about: "ends the whole call, with all its attempts and pauses",
    },
];

pub(super) const RETRY: &[Field] = &[
    Field {
        path: "retry",
        kinds: &[Table, Off],
        default: None,
        about: "repeats what may be repeated",
    },
    Field {
        path: "retry.attempts",
        kinds: &[Count],
        default: Some("3"),
        about: "attempts in all, the first one included; a passing fault is over by the third",
    },
    Field {
        path: "retry.backoff",
        kinds: &[Time, Table],
        default: Some("{ min = \"50ms\", max = \"1s\" }"),
        about: "the pauses: a time is up to the same for each, with full jitter; a table lets \
                them grow",
    },
    Field {
        path: "retry.backoff.schedule",
        kinds: &[SCHEDULES],
        default: Some("\"exponential\""),
        about: "how the pauses grow; doubling is the customary",
    },
    Field {
        path: "retry.backoff.min",
        kinds: &[Time],
        default: Some("\"50ms\""),
        about: "the first pause, at most: long against a round trip, short against patience",
    },
    Field {
        path: "retry.backoff.max",
        kinds: &[Time],
        default: Some("\"1s\""),
        about: "the longest pause; behind a longer one there is rarely anybody who still waits",
    },
    Field {
        path: "retry.backoff.factor",
        kinds: &[Number, Off],
        default: None,
        about: "what an exponential pause is multiplied by: 2 unless set",
    },
    Field {
        path: "retry.backoff.jitter",
        kinds: &[JITTERS],
        default: Some("\"full\""),
        about: "callers that failed together come back apart",
    },
    Field {
        path: "retry.max_elapsed",
        kinds: &[Time, Off],
        default: None,
        about: "within which a repeat begins; attempts and deadline are bounds already",
    },
    Field {
        path: "retry.budget",
        kinds: &[Table, Off],
        default: Some("{}"),
        about: "how many repeats all calls together may cause; without one, a service that is \
                down gets a multiple of its load",
    },
    Field {
        path: "retry.budget.share",
        kinds: &[Number],
        default: Some("0.2"),
        about: "of the calls of the last 10 s",
    },
    Field {
        path: "retry.budget.per_second",
        kinds: &[Count],
        default: Some("3"),
        about: "at least so many, so that a quiet client can repeat at all",
    },
    Field {
        path: "retry.retry_after_max",
        kinds: &[Time],
        default: Some("\"30s\""),
        about: "the longest `Retry-After` that is waited for; a wrong one must not park callers",
    },
];

pub(super) const ATTEMPT_TIMEOUT: &[Field] = &[Field {
    path: "attempt_timeout",
    kinds: &[Time, Off],
    default: None,
    about: "ends one attempt",
}];

pub(super) const HEDGE: &[Field] = &[
    Field {
        path: "hedge",
        kinds: &[Table, Off],
        default: None,
        about: "begins another attempt beside one that does not answer, if `idempotent` is \
                true; one of `after` and `quantile` is to be said",
    },
    Field {
        path: "hedge.after",
        kinds: &[Time, Off],
        default: None,
        about: "after this time",
    },
    Field {
        path: "hedge.quantile",
        kinds: &[Number, Off],
        default: None,
        about: "after the time within which this share of the calls had their answers",
    },
    Field {
        path: "hedge.min",
        kinds: &[Time],
        default: Some("\"1ms\""),
        about: "the shortest time that a quantile gives; as exact as timers are",
    },
    Field {
        path: "hedge.attempts",
        kinds: &[Count],
        default: Some("2"),
        about: "attempts at once, the first one included; the second catches nearly all that \
                the first was unlucky with",
    },
    Field {
        path: "hedge.budget",
        kinds: &[Table, Off],
        default: None,
        about: "how many hedges all calls together may cause; not to be said beside a `retry`, \
                whose budget is that of both",
    },
    Field {
        path: "hedge.budget.share",
        kinds: &[Number],
        default: None,
        about: "of the calls of the last 10 s: 0.2 unless set",
    },
    Field {
        path: "hedge.budget.per_second",
        kinds: &[Count],
        default: None,
        about: "at least so many, so that a quiet client can hedge at all: 3 unless set",
    },
];
