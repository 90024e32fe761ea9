//! Writes the `impl Actor`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::phantom;
use crate::model::{Actor, Hook, HookInput, HookKind, Input, Message, Output};

/// The implementation: each message calls its method, each hook its own.
pub(super) fn write(actor: &Actor) -> TokenStream {
    let self_type = &actor.self_type;
    let name = &actor.settings.messages;
    let (parameters, arguments, bounds) = actor.generics.split_for_impl();
    let handle = handle(actor);
    let describe = describe(actor);
    let hooks = actor.hooks.iter().map(|hook| write_hook(actor, hook));
    quote_spanned! {actor.span()=>
        #[automatically_derived]
        #[allow(deprecated, reason = "calls what the user deprecated")]
        impl #parameters ::greenroom::Actor for #self_type #bounds {
            type Msg = #name #arguments;
            #handle
            #describe
            #(#hooks)*
        }
    }
}

fn handle(actor: &Actor) -> TokenStream {
    let at = actor.span();
    // The messages that take it may all be conditional, and none of them there.
    let context = Ident::new("_context", at);
    let arms = actor
        .messages
        .iter()
        .map(|message| arm(actor, message, &context));
    quote_spanned! {at=>
        async fn handle(
            &mut self,
            message: Self::Msg,
            #context: &mut ::greenroom::Context<Self>,
        ) -> ::greenroom::ActorResult {
            match message {
                #(#arms)*
            }
        }
    }
}

fn arm(actor: &Actor, message: &Message, context: &Ident) -> TokenStream {
    let at = actor.span();
    let name = &actor.settings.messages;
    let Message {
        cfgs,
        method,
        variant,
        ..
    } = message;
    let reply = Ident::new("reply", at);
    let bound: Vec<Ident> = (0..message.arguments().count())
        .map(|index| format_ident!("_{index}", span = at))
        .collect();
    let mut unpassed = bound.iter();
    let passed = message.inputs.iter().filter_map(|input| match input {
        Input::Context => Some(context),
        Input::Argument(_) => unpassed.next(),
    });
    let wait = message.is_async.then(|| quote_spanned!(at=> .await));
    let call = quote_spanned!(at=> Self::#method(self, #(#passed),*) #wait);
    let fields: Vec<&Ident> = bound
        .iter()
        .chain(message.answer().map(|_| &reply))
        .collect();
    let fields = (!fields.is_empty()).then(|| quote!((#(#fields),*)));
    let body = match &message.output {
        Output::Nothing => quote_spanned!(at=> #call; ::core::result::Result::Ok(())),
        Output::Result => call,
        Output::Value(_) => quote_spanned! {at=>
            ::greenroom::Reply::send(#reply, #call);
            ::core::result::Result::Ok(())
        },
    };
    quote_spanned!(at=> #(#cfgs)* #name::#variant #fields => { #body })
}

fn describe(actor: &Actor) -> TokenStream {
    let name = &actor.settings.messages;
    let arms = actor.messages.iter().map(|Message { cfgs, variant, .. }| {
        let text = variant.to_string();
        quote!(#(#cfgs)* #name::#variant { .. } => #text,)
    });
    let phantom = phantom::arm(actor);
    quote_spanned! {actor.span()=>
        fn describe(message: &Self::Msg) -> &'static str {
            match *message {
                #(#arms)*
                #phantom
            }
        }
    }
}

fn write_hook(actor: &Actor, hook: &Hook) -> TokenStream {
    let at = actor.span();
    let Hook {
        cfgs, method, kind, ..
    } = hook;
    let named = |input: HookInput, name: &str| {
        let unused = if hook.inputs.contains(&input) {
            ""
        } else {
            "_"
        };
        Ident::new(&format!("{unused}{name}"), at)
    };
    let context = named(HookInput::Context, "context");
    let told = named(HookInput::Told, "told");
    let passed = hook.inputs.iter().map(|input| match input {
        HookInput::Context => &context,
        HookInput::Told => &told,
    });
    let wait = hook.is_async.then(|| quote_spanned!(at=> .await));
    let call = quote_spanned!(at=> Self::#method(self, #(#passed),*) #wait);
    let result = if hook.fallible {
        call.clone()
    } else {
        quote_spanned!(at=> #call; ::core::result::Result::Ok(()))
    };
    let signature = match kind {
        HookKind::Supervision => quote_spanned! {at=>
            fn supervision() -> ::greenroom::supervision::Strategy { Self::#method() }
        },
        HookKind::Started => quote_spanned! {at=>
            async fn started(
                &mut self,
                #context: &mut ::greenroom::Context<Self>,
            ) -> ::greenroom::ActorResult { #result }
        },
        HookKind::Signal => quote_spanned! {at=>
            async fn signal(
                &mut self,
                #told: ::greenroom::Signal,
                #context: &mut ::greenroom::Context<Self>,
            ) -> ::greenroom::ActorResult { #result }
        },
        HookKind::Stopped => quote_spanned! {at=>
            async fn stopped(
                &mut self,
                #told: ::greenroom::StopReason,
                #context: &mut ::greenroom::Context<Self>,
            ) { #call; }
        },
    };
    quote!(#(#cfgs)* #signature)
}
