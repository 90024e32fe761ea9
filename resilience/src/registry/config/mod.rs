//! Configuration files: what is in them, how they are read, and how a registry follows them.
//!
//! See the [module above](super) for what a file can say.

mod changes;
mod document;
mod error;
mod field;
mod fields;
mod file;
mod json;
mod load;
mod mistake;
mod overload;
mod pipelines;
mod place;
mod schema;
mod settings;
mod toml;
mod tree;
mod watch;

pub use changes::{Change, Changes};
pub use error::ConfigError;
pub use file::FILE_MAX;
pub(super) use load::Written;
pub use mistake::{MISTAKES_MAX, Mistake, Mistakes};
pub use schema::schema;
pub use watch::Watch;

#[cfg(test)]
mod tests;
