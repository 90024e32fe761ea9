//! What is told to `tracing`: the span of a message where it was asked for, and failures.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenroom::prelude::*;
use greenroom::supervision::ChildKind;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::set_default;
use tracing::{Event, Metadata, Subscriber, info, info_span};
use tracing_core::span::Current;

/// A span that was opened.
struct Opened {
    metadata: &'static Metadata<'static>,
    fields: String,
    is_root: bool,
    follows: Vec<u64>,
}

#[derive(Default)]
struct Seen {
    spans: Vec<Opened>,
    entered: Vec<u64>,
    /// Each with the span it happened in.
    events: Vec<(Option<u64>, String)>,
}

/// Keeps all spans and events of this thread.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Seen>>);

impl Recorder {
    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.lock().expect("nobody panics with it"))
    }

    /// Fields of the spans of messages, and whether they are well formed.
    fn messages(&self) -> Vec<(u64, String)> {
        self.with(|record| {
            let numbered = (1..).zip(&record.spans);
            let messages = numbered.filter(|(_, span)| span.metadata.name() == "message");
            messages
                .map(|(id, span)| {
                    assert!(span.is_root, "it is linked, not nested");
                    (id, span.fields.clone())
                })
                .collect()
        })
    }

    fn follows(&self, id: u64) -> Vec<u64> {
        self.with(|record| record.spans[id as usize - 1].follows.clone())
    }

    /// In which span this was noted.
    fn place_of(&self, event: &str) -> Option<u64> {
        self.with(|record| {
            let found = record.events.iter().find(|(_, text)| text.contains(event));
            found.unwrap_or_else(|| panic!("no `{event}`")).0
        })
    }
}

/// Writes ` name=value` for each field.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes all");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        self.with(|record| {
            record.spans.push(Opened {
                metadata: span.metadata(),
                fields: fields.0,
                is_root: span.is_root(),
                follows: Vec::new(),
            });
            Id::from_u64(record.spans.len() as u64)
        })
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.with(|record| {
            let at = span.into_u64() as usize - 1;
            record.spans[at].follows.push(follows.into_u64());
        });
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.with(|record| {
            let place = record.entered.last().copied();
            record.events.push((place, fields.0));
        });
    }

    fn enter(&self, span: &Id) {
        self.with(|record| record.entered.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        let left = self.with(|record| record.entered.pop());
        assert_eq!(left, Some(span.into_u64()));
    }

    fn current_span(&self) -> Current {
        self.with(|record| match record.entered.last() {
            Some(&id) => {
                let metadata = record.spans[id as usize - 1].metadata;
                Current::new(Id::from_u64(id), metadata)
            }
            None => Current::none(),
        })
    }
}

/// Notes what it does.
struct Clerk;

enum Task {
    Note(&'static str),
    Forward(ActorRef<Self>),
    Answer(Reply<u8>),
    Fail,
}

impl Actor for Clerk {
    type Msg = Task;

    async fn handle(&mut self, task: Task, _ctx: &mut Context<Self>) -> ActorResult {
        match task {
            Task::Note(what) => {
                info!("{what} begun");
                tokio::time::sleep(Duration::from_millis(1)).await;
                info!("{what} done");
            }
            Task::Forward(other) => other.tell(Task::Note("forwarded")).await?,
            Task::Answer(reply) => reply.send(1),
            Task::Fail => return Err(Failure::message("told to")),
        }
        Ok(())
    }

    fn describe(task: &Task) -> &'static str {
        match task {
            Task::Note(_) => "Note",
            Task::Forward(_) => "Forward",
            Task::Answer(_) => "Answer",
            Task::Fail => "Fail",
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_message_has_a_span_that_follows_its_senders() {
    let recorder = Recorder::default();
    let _recording = set_default(recorder.clone());
    let system = System::new("traced");
    let clerk = |name| system.spawn(name, || Clerk);
    let a = clerk("a").trace_messages().await.expect("it starts");
    let b = clerk("b").trace_messages().await.expect("it starts");
    let sender = info_span!("sender");
    let forward = sender.in_scope(|| a.try_tell(Task::Forward(b.clone())));
    forward.expect("room");
    a.try_tell(Task::Note("alone")).expect("room");
    assert_eq!(a.ask(Task::Answer).await.ok(), Some(1));
    b.stop();
    b.terminated().await;

    let messages = recorder.messages();
    let id_of = |variant: &str, actor: &str| {
        let wanted = format!(" actor={actor} variant=\"{variant}\"");
        let found = messages.iter().find(|(_, fields)| *fields == wanted);
        found
            .unwrap_or_else(|| panic!("no {wanted}: {messages:?}"))
            .0
    };
    let forward = id_of("Forward", "/user/a");
    let sender = sender.id().map(|id| id.into_u64()).expect("it is enabled");
    assert_eq!(recorder.follows(forward), [sender]);
    let forwarded = id_of("Note", "/user/b");
    assert_eq!(recorder.follows(forwarded), [forward]);
    let alone = id_of("Note", "/user/a");
    assert!(recorder.follows(alone).is_empty());
    id_of("Answer", "/user/a");
    assert_eq!(messages.len(), 4);
    // Also after an await, and while the other handles its own.
    for (event, span) in [
        ("alone begun", alone),
        ("alone done", alone),
        ("forwarded begun", forwarded),
        ("forwarded done", forwarded),
    ] {
        assert_eq!(recorder.place_of(event), Some(span), "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_message_has_a_span_where_none_was_asked_for() {
    let recorder = Recorder::default();
    let _recording = set_default(recorder.clone());
    let system = System::new("untraced");
    let a = system.spawn("a", || Clerk).await.expect("it starts");
    let sender = info_span!("sender");
    sender
        .in_scope(|| a.try_tell(Task::Note("plain")))
        .expect("room");
    a.stop();
    a.terminated().await;
    assert_eq!(recorder.messages(), []);
    assert_eq!(recorder.place_of("plain done"), None);
}

#[tokio::test(start_paused = true)]
async fn the_failure_of_each_kind_of_child_is_logged() {
    for kind in [
        ChildKind::Permanent,
        ChildKind::Transient,
        ChildKind::Temporary,
    ] {
        let recorder = Recorder::default();
        let _recording = set_default(recorder.clone());
        let system = System::new("logged");
        let a = system.spawn("a", || Clerk).kind(kind);
        let a = a.await.expect("it starts");
        a.tell(Task::Fail).await.expect("room");
        a.stop();
        a.terminated().await;
        recorder.place_of("child failed child=/user/a failure=told to");
    }
}
