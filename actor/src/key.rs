//! A key of the user's, for whatever is kept by key: timers, coalesced messages, hashed routing.

/// A number or a text, made by `into()` of `u64`, `u32`, `&str` or `String`; the library never runs
/// code of the user's to compare keys.
///
/// ```
/// use greenroom::Key;
///
/// assert_eq!(Key::from("flush"), Key::from(String::from("flush")));
/// assert_ne!(Key::from(7u64), Key::from("7"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Key {
    /// A number: an account, a device.
    Number(u64),
    /// A name.
    Text(Box<str>),
}

impl From<u64> for Key {
    fn from(key: u64) -> Self {
        Self::Number(key)
    }
}

impl From<u32> for Key {
    fn from(key: u32) -> Self {
        Self::Number(key.into())
    }
}

impl From<&str> for Key {
    fn from(key: &str) -> Self {
        Self::Text(key.into())
    }
}

impl From<String> for Key {
    fn from(key: String) -> Self {
        Self::Text(key.into())
    }
}
