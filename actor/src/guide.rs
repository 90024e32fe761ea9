//! The guide: from a first actor to a service that keeps going, a page for each subject.
//!
#![doc = include_str!("../docs/guide/index.md")]

#[doc = include_str!("../docs/guide/first_actor.md")]
pub mod first_actor {}

#[doc = include_str!("../docs/guide/messages.md")]
pub mod messages {}

#[doc = include_str!("../docs/guide/mailboxes.md")]
pub mod mailboxes {}

#[doc = include_str!("../docs/guide/guarded.md")]
pub mod guarded {}

#[doc = include_str!("../docs/guide/supervision.md")]
pub mod supervision {}

#[doc = include_str!("../docs/guide/around.md")]
pub mod around {}

#[doc = include_str!("../docs/guide/groups.md")]
pub mod groups {}

#[doc = include_str!("../docs/guide/blocking.md")]
pub mod blocking {}

#[doc = include_str!("../docs/guide/shutdown.md")]
pub mod shutdown {}

#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/guide/observing.md")]
pub mod observing {}

#[doc = include_str!("../docs/guide/recipes.md")]
pub mod recipes {}

/// A supervised service behind HTTP: requests become asks, errors become status codes, SIGTERM
/// drains.
// Its snippet needs an HTTP server, which this crate does not depend on: `tests` compiles and runs
// it.
#[cfg_attr(not(doctest), doc = "", doc = include_str!("../docs/guide/http_service.md"))]
pub mod http_service {}

#[doc = include_str!("../docs/guide/coming_from.md")]
pub mod coming_from {}
