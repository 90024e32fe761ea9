//! What identifies an actor: a number of its own within the system, and its path in the tree.

use std::fmt;
use std::sync::Arc;

/// The identity of one actor (or adapter) within its system.
///
/// Ids are given in the order in which actors are spawned and are never used twice, so a later
/// actor of the same name has another id. A restart keeps the id: it is still the same actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(u64);

impl ActorId {
    pub(crate) const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number behind the id.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Where an actor stands in the tree: the names from the root down, as `/user/orders/worker-3`.
///
/// Cheap to clone. Paths are for people and for look-up by name; identity is [`ActorId`].
///
/// ```
/// use greenroom::ActorPath;
///
/// let path = ActorPath::root("user").child("orders").child("worker-3");
/// assert_eq!(path.to_string(), "/user/orders/worker-3");
/// assert_eq!(path.name(), "worker-3");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorPath(Arc<str>);

impl ActorPath {
    /// The path of a root of the tree.
    #[must_use]
    pub fn root(name: &str) -> Self {
        Self(["/", name].concat().into())
    }

    /// The path of a child of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        Self([&self.0, "/", name].concat().into())
    }

    /// The path of these names, from the root down.
    pub(crate) fn of(names: &[&str]) -> Self {
        let length = names.iter().map(|name| name.len() + 1).sum();
        let mut path = String::with_capacity(length);
        for name in names {
            path.push('/');
            path.push_str(name);
        }
        Self(path.into())
    }

    /// The last name of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The whole path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ActorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
