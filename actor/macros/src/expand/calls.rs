//! Writes the trait of call methods, for everything that takes the actor's messages.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Token;
use syn::spanned::Spanned;

use super::{docs, messages};
use crate::model::{Actor, Message};

/// The trait, and its implementation for every target of the enum.
pub(super) fn write(actor: &Actor) -> TokenStream {
    let at = actor.span();
    let settings = &actor.settings;
    let (visibility, calls, name) = (&settings.visibility, &settings.calls, &settings.messages);
    let generics = &actor.generics;
    let (_, arguments, bounds) = generics.split_for_impl();
    let doc = format!("Calls whatever takes [`{name}`]: a reference to an actor, or a pool.");
    let methods = actor.messages.iter().map(|message| method(actor, message));
    let target = free_name(actor);
    let mut with_target = generics.clone();
    let bound = quote!(::greenroom::Target<Msg = #name #arguments> + ?::core::marker::Sized);
    with_target.params.push(syn::parse_quote!(#target: #bound));
    let (parameters, _, _) = with_target.split_for_impl();
    quote_spanned! {at=>
        #[doc = #doc]
        #[allow(dead_code, reason = "not every message is sent by a call")]
        #visibility trait #calls #generics: ::greenroom::Target<Msg = #name #arguments> #bounds {
            #(#methods)*
        }

        #[automatically_derived]
        impl #parameters #calls #arguments for #target #bounds {}
    }
}

fn method(actor: &Actor, message: &Message) -> TokenStream {
    let at = place(message).resolved_at(actor.span());
    let Message {
        cfgs,
        deprecated,
        method,
        ..
    } = message;
    let docs = docs(message, &messages::handled_by(actor, message));
    let names: Vec<_> = message.arguments().map(|argument| &argument.name).collect();
    let kinds: Vec<_> = message.arguments().map(|argument| &argument.kind).collect();
    let make = make(actor, message, &names);
    let (call, output) = match message.answer() {
        Some(answer) => (
            quote!(call_ask),
            quote_spanned!(at=> Self::Ask<'_, (#(#kinds,)*), #answer>),
        ),
        None => (
            quote!(call_tell),
            quote_spanned!(at=> Self::Tell<'_, (#(#kinds,)*)>),
        ),
    };
    quote_spanned! {at=>
        #(#docs)*
        #(#cfgs)*
        #deprecated
        fn #method(&self #(, #names: #kinds)*) -> #output {
            ::greenroom::Target::#call(self, (#(#names,)*), #make)
        }
    }
}

/// Where it is shown that something can't be sent: at its type, if there is but one.
fn place(message: &Message) -> Span {
    let mut types = message.types();
    match (types.next(), types.next()) {
        (Some(only), None) => only.span(),
        _ => message.method.span(),
    }
}

/// What makes the message of the arguments: it takes them, so that the same arguments are never
/// sent twice, or clones them where the method says that this does no harm.
fn make(actor: &Actor, message: &Message, names: &[&Ident]) -> TokenStream {
    let at = actor.span();
    let (name, variant) = (&actor.settings.messages, &message.variant);
    let reply = message.answer().map(|_| Ident::new("reply", at));
    let comma = reply.as_ref().map(|_| Token![,](at));
    let (obtained, arguments): (_, Vec<_>) = if message.idempotent {
        let clones = message.arguments().map(|argument| {
            let spot = argument.kind.span();
            let name = &argument.name;
            quote_spanned!(spot.resolved_at(at)=> ::core::clone::Clone::clone(#name))
        });
        (quote_spanned!(at=> arguments.as_ref()?), clones.collect())
    } else {
        (
            quote_spanned!(at=> arguments.take()?),
            names.iter().map(|name| quote!(#name)).collect(),
        )
    };
    let fields: Vec<_> = arguments
        .into_iter()
        .chain(reply.iter().map(|reply| quote!(#reply)))
        .collect();
    let fields = (!fields.is_empty()).then(|| quote!((#(#fields),*)));
    quote_spanned! {at=>
        |arguments #comma #reply| {
            let (#(#names,)*) = #obtained;
            ::core::option::Option::Some(#name::#variant #fields)
        }
    }
}

/// A name for the target that none of the actor's parameters has.
fn free_name(actor: &Actor) -> Ident {
    let taken = |name: &Ident| {
        actor
            .generics
            .type_params()
            .any(|parameter| parameter.ident == *name)
            || actor
                .generics
                .const_params()
                .any(|parameter| parameter.ident == *name)
    };
    let mut name = format_ident!("T");
    while taken(&name) {
        name = format_ident!("{name}T");
    }
    name
}
