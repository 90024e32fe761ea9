//! Pools: several like actors behind one handle, with a choice of who gets which message.

mod elastic;
mod handle;
mod routing;
mod spawn;
mod supervisor;

pub use elastic::{Elastic, ElasticError};
pub use handle::{Broadcast, Pool};
pub use routing::Routing;
pub(crate) use spawn::pool_under;
pub use spawn::{PoolError, SpawnPool};
