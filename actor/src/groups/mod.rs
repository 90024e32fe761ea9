//! Finding actors: a receptionist by typed key, topics, and look-up by path.

mod lookup;
mod receptionist;
mod topic;

pub use lookup::LookupError;
pub use receptionist::{Listing, Receptionist, ServiceKey};
pub use topic::{Published, SlowSubscriber, Topic, TopicError};
