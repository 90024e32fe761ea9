//! The task of a blocking actor, on a thread of its own.
//!
//! The thread is inside the runtime's context, so that hooks can use its clock and spawn tasks, but
//! not one of its workers and not in its `block_on`: what blocks on a runtime itself (the blocking
//! verbs, clients that hide one) works in the hooks.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::tree::Resident;

/// Runs the task of `resident` on a new thread, which bears the actor's name.
pub(super) fn run_on_thread<T>(
    runtime: &Handle,
    resident: Arc<dyn Resident>,
    task: T,
) -> io::Result<()>
where
    T: Future<Output = ()> + Send + 'static,
{
    let name = resident.head().name.to_string();
    let (runs, ended) = oneshot::channel::<()>();
    let context = runtime.clone();
    thread::Builder::new().name(name).spawn(move || {
        let _runs = runs;
        let _context = context.enter();
        drive(task);
    })?;
    let tether = Tether(Some(resident));
    runtime.spawn(async move {
        // An error, as nothing is sent: the thread has ended.
        drop(ended.await);
        tether.loosen();
    });
    Ok(())
}

/// Kills an actor that would outlive the runtime, and with it the clock of all time-outs: held by a
/// task of the runtime, as other actors are.
struct Tether(Option<Arc<dyn Resident>>);

impl Tether {
    /// The actor has ended.
    fn loosen(mut self) {
        self.0 = None;
    }
}

impl Drop for Tether {
    fn drop(&mut self) {
        if let Some(resident) = self.0.take() {
            resident.kill();
        }
    }
}

/// Polls a task on this thread until it is done.
fn drive(task: impl Future<Output = ()>) {
    let bell = Arc::new(Bell {
        thread: thread::current(),
        rung: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&bell));
    let mut task = pin!(task);
    while task
        .as_mut()
        .poll(&mut Context::from_waker(&waker))
        .is_pending()
    {
        while !bell.rung.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

/// Wakes the thread. The flag stands for the wake-up, not the thread's token, which hooks that park
/// the thread themselves take away.
struct Bell {
    thread: Thread,
    rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}
