//! [`Scoped`]: the deadline that a future, and what it calls, runs under.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::pin_project;

use super::Deadline;

thread_local! {
    // A plain value with a constant start and no destructor: reading it is one load, it needs no
    // allocation, and it can be read even while the thread is being torn down.
    static CURRENT: Cell<Option<Deadline>> = const { Cell::new(None) };
}

/// What a scope does to the deadline around it.
#[derive(Debug, Clone, Copy)]
enum Change {
    Shrink(Deadline),
    Clear,
}

/// Keeps a scope open on this thread, and closes it when dropped: also when the code inside panics.
#[derive(Debug)]
struct Entered {
    outside: Option<Deadline>,
}

impl Entered {
    fn new(change: Change) -> Self {
        let outside = CURRENT.get();
        let inside = match change {
            Change::Shrink(deadline) => {
                Some(outside.map_or(deadline, |outside| outside.earlier(deadline)))
            }
            Change::Clear => None,
        };
        CURRENT.set(inside);
        Self { outside }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.outside);
    }
}

impl Deadline {
    /// The deadline of the scope that this code runs in, `None` outside every scope.
    ///
    /// One read of a thread-local. The deadline may have passed: ask
    /// [`is_expired`](Self::is_expired).
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.get()
    }

    /// Runs a future under this deadline.
    ///
    /// While the future is polled, [`current`](Self::current) is this deadline, or the surrounding
    /// one if that is earlier: a nested scope can shorten the time left and never extend it. The
    /// surroundings are those of each poll and not of this call, so a scope that is spawned as a
    /// task has its own deadline alone.
    ///
    /// Nothing is cancelled when the deadline passes; see the [module](super).
    ///
    /// # Cancel safety
    ///
    /// As safe as `future`: the scope awaits nothing of its own. Destructors that run because the
    /// scope is dropped before its end run outside of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::Deadline;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let near = Deadline::after(Duration::from_secs(1));
    /// let far = Deadline::after(Duration::from_secs(60));
    ///
    /// near.scope(async {
    ///     assert_eq!(Deadline::current(), Some(near));
    ///     far.scope(async { assert_eq!(Deadline::current(), Some(near)) }).await;
    ///
    ///     let spawned = tokio::spawn(async { Deadline::current() });
    ///     assert_eq!(spawned.await.unwrap(), None);
    /// })
    /// .await;
    /// assert_eq!(Deadline::current(), None);
    /// # }
    /// ```
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped {
            future,
            change: Change::Shrink(self),
        }
    }

    /// Runs a closure under this deadline, as [`scope`](Self::scope) does a future.
    ///
    /// If the closure makes a future, that future does not run in the scope: it is polled later.
    ///
    /// # Panics
    ///
    /// If the closure does. The scope is closed nevertheless.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use greenroom_resilience::Deadline;
    ///
    /// let deadline = Deadline::after(Duration::from_secs(1));
    /// let inside = deadline.sync_scope(Deadline::current);
    /// assert_eq!(inside, Some(deadline));
    /// assert_eq!(Deadline::current(), None);
    /// ```
    pub fn sync_scope<R>(self, f: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(Change::Shrink(self));
        f()
    }
}

/// Runs a future without a deadline, whatever scope surrounds it.
///
/// For work that others rely on even if the caller has given up: a compensation, a release, a
/// reply. It is not needed for a spawned task, which inherits no deadline.
///
/// # Cancel safety
///
/// As safe as `future`. Whoever drops the caller drops this as well: spawn what must be finished.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use greenroom_resilience::{Deadline, deadline};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let limit = Deadline::after(Duration::from_secs(1));
/// limit
///     .scope(async {
///         deadline::none(async { assert_eq!(Deadline::current(), None) }).await;
///         assert_eq!(Deadline::current(), Some(limit));
///     })
///     .await;
/// # }
/// ```
pub fn none<F: Future>(future: F) -> Scoped<F> {
    Scoped {
        future,
        change: Change::Clear,
    }
}

/// A future that runs under a deadline, or under none: made by [`Deadline::scope`] and [`none`].
///
/// It holds the future inline, and each poll costs two writes of a thread-local.
///
/// # Cancel safety
///
/// As safe as the future inside.
///
/// # Panics
///
/// When the future inside panics or is polled after its end. The thread's deadline is then what it
/// was before the poll.
#[pin_project]
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Scoped<F> {
    #[pin]
    future: F,
    change: Change,
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(*this.change);
        this.future.poll(cx)
    }
}
