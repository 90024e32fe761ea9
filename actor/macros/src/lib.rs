//! The `#[actor]` attribute of `greenroom`, which re-exports and documents it.
//!
//! [`actor`] reads an `impl` block (`parse`) into a plain description of the actor (`model`) and
//! writes from it the enum of messages, the `impl Actor` and the trait of call methods (`expand`).
//! The other attributes only mean something inside such a block, where [`actor`] takes them away;
//! standing elsewhere they say so.

#![forbid(unsafe_code)]

use proc_macro::TokenStream;

mod errors;
mod expand;
mod model;
mod names;
mod parse;

/// Makes an actor of an inherent `impl` block.
#[proc_macro_attribute]
pub fn actor(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::actor(arguments.into(), item.into()).into()
}

/// A method of an `#[actor]` block that is called by a message: `#[message]`, or
/// `#[message(idempotent)]` when handling it twice does no harm.
#[proc_macro_attribute]
pub fn message(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::misplaced("message", &item.into()).into()
}

/// The method of an `#[actor]` block that runs before the first message of each instance.
#[proc_macro_attribute]
pub fn started(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::misplaced("started", &item.into()).into()
}

/// The method of an `#[actor]` block that is told of the end of watched actors and of children.
#[proc_macro_attribute]
pub fn signal(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::misplaced("signal", &item.into()).into()
}

/// The method of an `#[actor]` block that runs when an instance ends orderly.
#[proc_macro_attribute]
pub fn stopped(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::misplaced("stopped", &item.into()).into()
}

/// The function of an `#[actor]` block that says how the actor supervises its children.
#[proc_macro_attribute]
pub fn supervision(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::misplaced("supervision", &item.into()).into()
}
