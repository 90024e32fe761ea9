//! What is known of an actor once its `impl` block has been read.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Attribute, Generics, Path, Type, Visibility};

/// An actor, as far as the macro has to know it.
pub(crate) struct Actor {
    /// The actor's type.
    pub(crate) self_type: Type,
    /// The generics of the `impl` block, `Self` replaced.
    pub(crate) generics: Generics,
    pub(crate) settings: Settings,
    pub(crate) messages: Vec<Message>,
    pub(crate) hooks: Vec<Hook>,
}

impl Actor {
    /// Where errors in what the macro wrote are shown: at the type in the user's own line. Names
    /// of local variables written with it never meet the user's.
    pub(crate) fn span(&self) -> Span {
        self.self_type.span().resolved_at(Span::mixed_site())
    }
}

/// What the arguments of `#[actor]` say, with the defaults filled in.
pub(crate) struct Settings {
    /// The visibility of the enum and the trait.
    pub(crate) visibility: Visibility,
    /// The name of the enum of messages.
    pub(crate) messages: Ident,
    /// The name of the trait of call methods.
    pub(crate) calls: Ident,
    /// What is derived for the enum.
    pub(crate) derive: Vec<Path>,
}

/// A method that is called by a message.
pub(crate) struct Message {
    /// Its `doc` attributes, for the variant and the call method.
    pub(crate) docs: Vec<Attribute>,
    /// Its `cfg` attributes, for everything that is written about it.
    pub(crate) cfgs: Vec<Attribute>,
    /// Its `deprecated` attribute, for the call method.
    pub(crate) deprecated: Option<Attribute>,
    pub(crate) method: Ident,
    pub(crate) variant: Ident,
    pub(crate) is_async: bool,
    /// Whether the arguments may be cloned for another attempt.
    pub(crate) idempotent: bool,
    /// What the method takes after `self`, in order.
    pub(crate) inputs: Vec<Input>,
    pub(crate) output: Output,
}

impl Message {
    /// The arguments that travel in the message.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Argument> {
        self.inputs.iter().filter_map(|input| match input {
            Input::Context => None,
            Input::Argument(argument) => Some(argument),
        })
    }

    /// The types of arguments and answer.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        self.arguments()
            .map(|argument| &*argument.kind)
            .chain(self.answer())
    }

    /// The type of the answer, if it is an ask.
    pub(crate) fn answer(&self) -> Option<&Type> {
        match &self.output {
            Output::Value(answer) => Some(answer),
            Output::Nothing | Output::Result => None,
        }
    }
}

/// One input of a method called by a message.
pub(crate) enum Input {
    /// The actor's context.
    Context,
    Argument(Argument),
}

/// An argument that travels in the message.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// Its type, `Self` replaced.
    pub(crate) kind: Box<Type>,
}

/// What a method gives back.
pub(crate) enum Output {
    /// Nothing: a tell.
    Nothing,
    /// An `ActorResult`: a tell that may fail the actor.
    Result,
    /// A value: an ask, with the type of its answer, `Self` replaced.
    Value(Box<Type>),
}

/// A method that the runtime calls.
pub(crate) struct Hook {
    pub(crate) kind: HookKind,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) method: Ident,
    pub(crate) is_async: bool,
    /// What the method takes after `self`, in order.
    pub(crate) inputs: Vec<HookInput>,
    /// Whether it gives back an `ActorResult`.
    pub(crate) fallible: bool,
}

/// When the runtime calls a hook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    Started,
    Signal,
    Stopped,
    Supervision,
}

impl HookKind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Started,
        Self::Signal,
        Self::Stopped,
        Self::Supervision,
    ];

    /// The name of its attribute, and of its method in the trait `Actor`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Signal => "signal",
            Self::Stopped => "stopped",
            Self::Supervision => "supervision",
        }
    }

    /// The type of what the runtime tells it, if it tells anything.
    pub(crate) fn told(self) -> Option<&'static str> {
        match self {
            Self::Signal => Some("Signal"),
            Self::Stopped => Some("StopReason"),
            Self::Started | Self::Supervision => None,
        }
    }
}

/// One input of a hook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookInput {
    /// The actor's context.
    Context,
    /// What the runtime tells.
    Told,
}
