//! A method under `#[started]`, `#[signal]`, `#[stopped]` or `#[supervision]`.

use syn::{ImplItemFn, ReturnType, Type};

use super::{attributes, signature, types};
use crate::errors::Errors;
use crate::model::{Hook, HookInput, HookKind};

/// Reads a method; nothing is returned once something is wrong with it.
pub(super) fn read(method: &ImplItemFn, kind: HookKind, errors: &mut Errors) -> Option<Hook> {
    let mut own = Errors::default();
    signature::check(method, &mut own);
    let inputs = if kind == HookKind::Supervision {
        check_function(method, &mut own);
        Vec::new()
    } else {
        signature::check_receiver(&method.sig, &mut own);
        inputs(method, kind, &mut own)
    };
    let fallible = is_fallible(method, kind, &mut own);
    if !own.is_empty() {
        errors.append(own);
        return None;
    }
    Some(Hook {
        kind,
        cfgs: attributes::named(&method.attrs, "cfg"),
        method: method.sig.ident.clone(),
        is_async: method.sig.asyncness.is_some(),
        inputs,
        fallible,
    })
}

/// A strategy is asked for before there is an actor.
fn check_function(method: &ImplItemFn, errors: &mut Errors) {
    if let Some(token) = &method.sig.asyncness {
        errors.at(
            token,
            "`#[supervision]` is a plain function: remove `async`",
        );
    }
    if !method.sig.inputs.is_empty() {
        let text = "`#[supervision]` takes nothing, it is called before there is an actor: to \
                    decide later, call `ctx.supervise(..)` in `#[started]`";
        errors.at(&method.sig.inputs, text);
    }
    if matches!(method.sig.output, ReturnType::Default) {
        errors.at(
            &method.sig.ident,
            "`#[supervision]` gives a strategy: add `-> Strategy`",
        );
    }
}

fn inputs(method: &ImplItemFn, kind: HookKind, errors: &mut Errors) -> Vec<HookInput> {
    let mut inputs = Vec::new();
    for input in signature::typed(&method.sig) {
        let found = if types::is_context(&input.ty) {
            HookInput::Context
        } else {
            HookInput::Told
        };
        let is_known = match found {
            HookInput::Context => true,
            HookInput::Told => {
                kind.told().is_some() && !matches!(types::peeled(&input.ty), Type::Reference(_))
            }
        };
        if !is_known || inputs.contains(&found) {
            let told = kind
                .told()
                .map(|told| format!("a `{told}` and "))
                .unwrap_or_default();
            let text = format!(
                "after `self`, `#[{}]` can take {told}`&mut Context<Self>`, nothing else",
                kind.name()
            );
            errors.at(input, text);
        }
        inputs.push(found);
    }
    inputs
}

fn is_fallible(method: &ImplItemFn, kind: HookKind, errors: &mut Errors) -> bool {
    let ReturnType::Type(_, output) = &method.sig.output else {
        return false;
    };
    match kind {
        HookKind::Supervision => false,
        _ if types::is_unit(output) => false,
        HookKind::Stopped => {
            errors.at(
                output,
                "`#[stopped]` gives nothing back: its actor has ended already",
            );
            false
        }
        HookKind::Started | HookKind::Signal => {
            if !types::is_actor_result(output) {
                let text = format!("`#[{}]` gives back `ActorResult`, or nothing", kind.name());
                errors.at(output, text);
            }
            true
        }
    }
}
