//! Writes the code of an actor from its description.

mod actor;
mod calls;
mod messages;
mod phantom;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Attribute;

use crate::errors::Errors;
use crate::model::Message;
use crate::parse::{self, Arguments};

/// The code that takes the place of an item under `#[actor(arguments)]`.
pub(crate) fn actor(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = errors.keep(syn::parse2::<Arguments>(arguments));
    let mut block = match parse::block(item) {
        Ok(block) => block,
        Err((rest, error)) => {
            errors.push(error);
            let errors = errors.to_tokens();
            return quote!(#rest #errors);
        }
    };
    // Wrong arguments must not hide what else is wrong, nor lead to errors of their own.
    let arguments = arguments.unwrap_or_default();
    let written = parse::actor(arguments, &mut block, &mut errors).map(|actor| {
        let messages = messages::write(&actor);
        let calls = calls::write(&actor);
        let actor = actor::write(&actor);
        quote!(#messages #actor #calls)
    });
    let errors = errors.to_tokens();
    quote!(#block #written #errors)
}

/// The item under an attribute that only means something in an `#[actor]` block, with the error
/// that says so.
pub(crate) fn misplaced(attribute: &str, item: &TokenStream) -> TokenStream {
    let text = format!(
        "`#[{attribute}]` goes on a method of a block under `#[actor]`: \
         `#[actor] impl Counter {{ .. }}`"
    );
    let error = syn::Error::new(proc_macro2::Span::call_site(), text).to_compile_error();
    quote!(#error #item)
}

/// The documentation of what is written for a message: the method's own, if it has some.
fn docs(message: &Message, otherwise: &str) -> Vec<Attribute> {
    if message.docs.is_empty() {
        return vec![syn::parse_quote!(#[doc = #otherwise])];
    }
    message.docs.clone()
}
