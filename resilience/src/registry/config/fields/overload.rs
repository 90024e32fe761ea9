//! Settings of what limits calls by how the service does.

use Kind::{Count, Flag, Number, Off, Table, Time};

use crate::registry::config::field::{Field, Kind};

const ALGORITHMS: Kind = Kind::Word(&["aimd", "vegas", "gradient2"]);

pub(super) const THROTTLE: &[Field] = &[
    Field {
        path: "throttle",
        kinds: &[Table, Off],
        default: None,
        about: "does not make calls that the service would refuse anyhow",
    },
    Field {
        path: "throttle.factor",
        kinds: &[Number],
        default: Some("2.0"),
        about: "how many calls are made for each that is accepted; twice as many, so that \
                recovery is noticed soon",
    },
    Field {
        path: "throttle.window",
        kinds: &[Time],
        default: Some("\"2m\""),
        about: "how far back calls count, as in the book on site reliability",
    },
    Field {
        path: "throttle.min_calls",
        kinds: &[Count],
        default: Some("10"),
        about: "below which nothing is throttled; with fewer, one unlucky call is a large \
                share",
    },
    Field {
        path: "throttle.by_class",
        kinds: &[Flag],
        default: Some("true"),
        about: "each class of criticality by itself: of a service that refuses the less \
                critical calls only those are throttled",
    },
];

pub(super) const LOAD_SHED: &[Field] = &[
    Field {
        path: "load_shed",
        kinds: &[Table, Off],
        default: None,
        about: "refuses the least critical calls first; one of `target` and `in_flight` is to \
                be said",
    },
    Field {
        path: "load_shed.target",
        kinds: &[Time, Off],
        default: None,
        about: "how long calls may wait at the policies before, on the long run",
    },
    Field {
        path: "load_shed.interval",
        kinds: &[Time, Off],
        default: None,
        about: "for how long all have to wait longer before any is shed: 100 ms unless set, \
                some round trips",
    },
    Field {
        path: "load_shed.in_flight",
        kinds: &[Count, Off],
        default: None,
        about: "how many calls inside are a utilization of 1; marks that are not the default \
                are set in code",
    },
];

pub(super) const ADAPTIVE_CONCURRENCY: &[Field] = &[
    Field {
        path: "adaptive_concurrency",
        kinds: &[Table, Off],
        default: None,
        about: "finds by itself how many calls may run at once",
    },
    Field {
        path: "adaptive_concurrency.algorithm",
        kinds: &[ALGORITHMS],
        default: None,
        about: "to be said: `aimd` follows failures and what is `slow`, `vegas` and \
                `gradient2` how long calls take",
    },
    Field {
        path: "adaptive_concurrency.min",
        kinds: &[Count],
        default: Some("4"),
        about: "the least that the limit can be; with fewer calls there is too little to \
                measure",
    },
    Field {
        path: "adaptive_concurrency.max",
        kinds: &[Count],
        default: Some("200"),
        about: "the most; few services serve more at once",
    },
    Field {
        path: "adaptive_concurrency.initial",
        kinds: &[Count],
        default: Some("20"),
        about: "the limit at the beginning",
    },
    Field {
        path: "adaptive_concurrency.window",
        kinds: &[Time],
        default: Some("\"100ms\""),
        about: "for how long calls are measured before the limit changes",
    },
    Field {
        path: "adaptive_concurrency.failure_rate",
        kinds: &[Number],
        default: Some("0.1"),
        about: "the share of failures at which the limit falls, whatever the algorithm says",
    },
    Field {
        path: "adaptive_concurrency.slow",
        kinds: &[Time, Off],
        default: None,
        about: "with `aimd`: the limit falls when calls take longer on average",
    },
];
