//! The types in a signature: what they are, what a message can't hold, and what `Self` means.

use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    ExprPath, GenericArgument, Lifetime, ParenthesizedGenericArguments, PathArguments, PathSegment,
    QSelf, Token, TraitBound, Type, TypeFnPtr, TypeImplTrait, TypePath, TypeReference,
};

use crate::errors::Errors;

/// The type without parentheses and without the invisible group that a `$t:ty` comes in.
pub(super) fn peeled(kind: &Type) -> &Type {
    match kind {
        Type::Group(group) => peeled(&group.elem),
        Type::Paren(paren) => peeled(&paren.elem),
        other => other,
    }
}

/// The last segment of a type that is a path.
pub(super) fn last_segment(kind: &Type) -> Option<&PathSegment> {
    match peeled(kind) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Whether it is `&mut Context<..>` or `&Context<..>`.
pub(super) fn is_context(kind: &Type) -> bool {
    match peeled(kind) {
        Type::Reference(reference) => {
            last_segment(&reference.elem).is_some_and(|segment| segment.ident == "Context")
        }
        _ => false,
    }
}

/// Whether it is `Context<Self>`, not borrowed.
pub(super) fn is_own_context(kind: &Type) -> bool {
    last_segment(kind).is_some_and(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(list) if segment.ident == "Context" => {
            matches!(list.args.first(), Some(GenericArgument::Type(of)) if is_self(of))
        }
        _ => false,
    })
}

fn is_self(kind: &Type) -> bool {
    matches!(kind, Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self"))
}

pub(super) fn is_unit(kind: &Type) -> bool {
    matches!(peeled(kind), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// Whether it is `ActorResult`, by that name.
pub(super) fn is_actor_result(kind: &Type) -> bool {
    last_segment(kind)
        .is_some_and(|segment| segment.ident == "ActorResult" && segment.arguments.is_empty())
}

/// Where in a message a type stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Argument,
    Answer,
}

/// Notes every part of the type that borrows or is left open.
pub(super) fn check_owned(kind: &Type, place: Place, errors: &mut Errors) {
    Owned { place, errors }.visit_type(kind);
}

struct Owned<'e> {
    place: Place,
    errors: &'e mut Errors,
}

impl Owned<'_> {
    /// Why it can't borrow.
    fn reason(&self) -> &'static str {
        match self.place {
            Place::Argument => "a message is queued and can't borrow: take",
            Place::Answer => "an answer is sent to the asker and can't borrow: return",
        }
    }
}

impl<'ast> Visit<'ast> for Owned<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if reference.lifetime.as_ref().is_some_and(is_static) {
            return self.visit_type(&reference.elem);
        }
        let owned = match peeled(&reference.elem) {
            Type::Path(path) if path.path.is_ident("str") => "a `String`",
            Type::Slice(_) => "a `Vec`",
            _ => "the value itself, or an `Arc` of it",
        };
        let text = format!("{} {owned}", self.reason());
        self.errors.at(reference, text);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if !is_static(lifetime) {
            let text = format!("{} a type that owns what it holds", self.reason());
            self.errors.at(lifetime, text);
        }
    }

    fn visit_type_impl_trait(&mut self, open: &'ast TypeImplTrait) {
        let text = "the variant needs one type, not `impl Trait`: name a concrete type, or a \
                    `Box<dyn Trait>`";
        self.errors.at(open, text);
    }

    // What a function takes is lent to it when it is called, not kept in the message.
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}

    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        if bound.lifetimes.is_none() {
            visit::visit_trait_bound(self, bound);
        }
    }
}

fn is_static(lifetime: &Lifetime) -> bool {
    lifetime.ident == "static"
}

/// Replaces `Self`, which would mean the enum where the type is going to stand.
pub(super) fn replace_self(kind: &mut Type, self_type: &Type) {
    SelfType(self_type).visit_type_mut(kind);
}

/// The type that `Self` is replaced by.
pub(super) struct SelfType<'a>(pub(super) &'a Type);

impl SelfType<'_> {
    /// Turns `Self::X` into `<Counter>::X`.
    fn qualify(&self, qself: &mut Option<QSelf>, path: &mut syn::Path) {
        let starts_with_self = qself.is_none()
            && path.leading_colon.is_none()
            && path.segments.len() > 1
            && path.segments[0].ident == "Self";
        if !starts_with_self {
            return;
        }
        let span = path.segments[0].ident.span();
        *qself = Some(QSelf {
            lt_token: Token![<](span),
            ty: Box::new(self.0.clone()),
            position: 0,
            as_token: None,
            gt_token: Token![>](span),
        });
        path.leading_colon = Some(Token![::](span));
        path.segments = std::mem::take(&mut path.segments)
            .into_iter()
            .skip(1)
            .collect();
    }
}

impl VisitMut for SelfType<'_> {
    fn visit_type_mut(&mut self, kind: &mut Type) {
        if is_self(kind) {
            *kind = self.0.clone();
            return;
        }
        visit_mut::visit_type_mut(self, kind);
    }

    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, path);
        self.qualify(&mut path.qself, &mut path.path);
    }

    fn visit_expr_path_mut(&mut self, path: &mut ExprPath) {
        visit_mut::visit_expr_path_mut(self, path);
        self.qualify(&mut path.qself, &mut path.path);
    }
}
