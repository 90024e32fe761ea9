//! Settings of what limits calls by number.

use Kind::{Count, Off, Table, Time};

use crate::registry::config::field::{Field, Kind};

const KINDS: Kind = Kind::Word(&["token_bucket", "sliding_window"]);
const ORDERS: Kind = Kind::Word(&["fifo", "lifo"]);

pub(super) const RATE_LIMIT: &[Field] = &[
    Field {
        path: "rate_limit",
        kinds: &[Table, Off],
        default: None,
        about: "lets so many calls start in a time",
    },
    Field {
        path: "rate_limit.permits",
        kinds: &[Count],
        default: None,
        about: "how many; to be said, as it is a property of what is called",
    },
    Field {
        path: "rate_limit.per",
        kinds: &[Time],
        default: Some("\"1s\""),
        about: "in which time; rates are mostly given by the second",
    },
    Field {
        path: "rate_limit.kind",
        kinds: &[KINDS],
        default: Some("\"token_bucket\""),
        about: "a sliding window is exact and remembers each call, a bucket one number",
    },
    Field {
        path: "rate_limit.burst",
        kinds: &[Count, Off],
        default: None,
        about: "what a token bucket holds: as much as `permits` unless set",
    },
    Field {
        path: "rate_limit.max_wait",
        kinds: &[Time],
        default: Some("\"0s\""),
        about: "how long a call may wait for its turn; a wait nobody asked for looks like a slow \
                service",
    },
];

pub(super) const BULKHEAD: &[Field] = &[
    Field {
        path: "bulkhead",
        kinds: &[Table, Off],
        default: None,
        about: "limits how many calls run at once",
    },
    Field {
        path: "bulkhead.concurrent",
        kinds: &[Count],
        default: None,
        about: "how many; to be said, as it is a property of what is called",
    },
    Field {
        path: "bulkhead.queue",
        kinds: &[Count],
        default: Some("0"),
        about: "how many may wait; of use only where calls are short against patience",
    },
    Field {
        path: "bulkhead.max_wait",
        kinds: &[Time, Off],
        default: None,
        about: "how long; to be said where there is a queue, as it is a part of the caller's \
                patience",
    },
    Field {
        path: "bulkhead.order",
        kinds: &[ORDERS],
        default: Some("\"fifo\""),
        about: "who is served first; `lifo` for overload, where fifo serves each just as it \
                gives up",
    },
];
