//! Settings of a circuit breaker.

use Kind::{Count, Number, Off, Table, Time};

use crate::registry::config::field::{Field, Kind};
use crate::registry::config::fields::{JITTERS, SCHEDULES};

const ON_CANCEL: Kind = Kind::Word(&["ignore", "success", "failure"]);

pub(super) const CIRCUIT_BREAKER: &[Field] = &[
    Field {
        path: "circuit_breaker",
        kinds: &[Table, Off],
        default: None,
        about: "stops calling a service that fails",
    },
    Field {
        path: "circuit_breaker.failure_rate",
        kinds: &[Number, Off],
        default: Some("0.5"),
        about: "the share of failures that opens it; half of the calls is no accident",
    },
    Field {
        path: "circuit_breaker.consecutive",
        kinds: &[Count, Off],
        default: None,
        about: "so many failures in a row open it too",
    },
    Field {
        path: "circuit_breaker.slow",
        kinds: &[Table, Off],
        default: None,
        about: "slow calls open it too; both of its settings are to be said. What a call waits \
                for its turn counts",
    },
    Field {
        path: "circuit_breaker.slow.longer_than",
        kinds: &[Time],
        default: None,
        about: "what is slow",
    },
    Field {
        path: "circuit_breaker.slow.rate",
        kinds: &[Number],
        default: None,
        about: "the share of slow calls that opens it",
    },
    Field {
        path: "circuit_breaker.window",
        kinds: &[Time, Count],
        default: Some("\"10s\""),
        about: "which calls count: those within a time, or the last so many. About what a human \
                would wait",
    },
    Field {
        path: "circuit_breaker.min_calls",
        kinds: &[Count],
        default: Some("20"),
        about: "below which a rate means nothing; with fewer, one unlucky call is a large share",
    },
    Field {
        path: "circuit_breaker.open_for",
        kinds: &[Time, Table],
        default: Some("{ min = \"5s\", max = \"60s\" }"),
        about: "how long it stays open: a time is exactly that, each time; a table lets it grow, \
                so that a service that stays down is asked less and less",
    },
    Field {
        path: "circuit_breaker.open_for.schedule",
        kinds: &[SCHEDULES],
        default: Some("\"exponential\""),
        about: "how the open time grows from one opening to the next",
    },
    Field {
        path: "circuit_breaker.open_for.min",
        kinds: &[Time],
        default: Some("\"5s\""),
        about: "the first open time, at most",
    },
    Field {
        path: "circuit_breaker.open_for.max",
        kinds: &[Time],
        default: Some("\"60s\""),
        about: "the longest open time; a service that is well again is found out within it",
    },
    Field {
        path: "circuit_breaker.open_for.factor",
        kinds: &[Number, Off],
        default: None,
        about: "what an exponential open time is multiplied by: 2 unless set",
    },
    Field {
        path: "circuit_breaker.open_for.jitter",
        kinds: &[JITTERS],
        default: Some("\"equal\""),
        about: "callers don't all come back together, and none at once",
    },
    Field {
        path: "circuit_breaker.retry_after_max",
        kinds: &[Time],
        default: Some("\"5m\""),
        about: "how far a `Retry-After` can lengthen the open time; a mistake must not shut \
                callers out for a day",
    },
    Field {
        path: "circuit_breaker.half_open",
        kinds: &[Count, Time],
        default: Some("10"),
        about: "how it tries again: with so many calls, or with a growing share of them, step by \
                step of this time. One lucky call proves little",
    },
    Field {
        path: "circuit_breaker.half_open_limit",
        kinds: &[Time],
        default: Some("\"60s\""),
        about: "how long it waits for its trial calls; those that never end would keep all out",
    },
    Field {
        path: "circuit_breaker.on_cancel",
        kinds: &[ON_CANCEL],
        default: Some("\"ignore\""),
        about: "how a dropped call counts; a caller that goes away says nothing about the service",
    },
];
