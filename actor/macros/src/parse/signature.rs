//! What holds for the signature of every method that a message or the runtime calls.

use syn::{FnArg, ImplItemFn, PatType, ReceiverKind, Safety, Signature, Type};

use crate::errors::Errors;

/// Notes what can't stand before `fn`, and generics.
pub(super) fn check(method: &ImplItemFn, errors: &mut Errors) {
    let signature = &method.sig;
    if let Some(token) = &signature.constness {
        errors.at(token, "it runs in the actor's task: remove `const`");
    }
    match &signature.safety {
        Safety::Unsafe(token) => {
            let text = "it is called from safe code: remove `unsafe`, and use an `unsafe` block \
                        inside where one is needed";
            errors.at(token, text);
        }
        Safety::Safe(token) => errors.at(token, "it is safe anyway: remove `safe`"),
        Safety::Default => {}
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "it is called from Rust: remove `extern`");
    }
    if let Err(error) = method.modifiers.require_empty() {
        errors.push(error);
    }
    let (generics, text) = if signature.generics.type_params().next().is_some()
        || signature.generics.const_params().next().is_some()
    {
        let text = "a message can't be generic, its variant has one type for each argument: take a \
                    concrete type or a `Box<dyn Trait>`, or make the actor generic";
        (Some(&signature.generics), text)
    } else {
        let text = "a message is queued and can't borrow, the actor is borrowed for the call \
                    alone: remove the lifetime";
        (
            signature
                .generics
                .lifetimes()
                .next()
                .map(|_| &signature.generics),
            text,
        )
    };
    if let Some(generics) = generics {
        errors.at(generics, text);
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.at(
            clause,
            "bounds go on the `impl` block, where they hold for the whole actor",
        );
    }
}

/// Notes a method that does not borrow its actor.
pub(super) fn check_receiver(signature: &Signature, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else {
        errors.at(
            &signature.ident,
            "it is called on the actor: add `&mut self` or `&self`",
        );
        return;
    };
    match &receiver.kind {
        ReceiverKind::Reference(..) => {}
        ReceiverKind::Typed(_, kind) if matches!(**kind, Type::Reference(_)) => {}
        _ => {
            let text = "the actor lives on after the call: take `&mut self` or `&self`";
            errors.at(receiver, text);
        }
    }
}

/// The inputs after the receiver.
pub(super) fn typed(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input),
        FnArg::Receiver(_) => None,
    })
}
