//! Finding actors: a receptionist by typed key, topics, and look-up by path.

mod lookup;
mod receptionist;
mod store;
mod topic;

pub use lookup::LookupError;
pub use receptionist::{Listing, Receptionist, ServiceKey};
pub(crate) use store::Store;
pub use topic::{Published, SlowSubscriber, Topic, TopicError};
