//! Readiness: nothing is reserved that is not used, and nothing called that is not ready.

use super::*;

/// Says no sooner that it is ready than `ready_at`, or that it will never be; what is called
/// without being asked first panics, and a clone has to be asked anew.
#[derive(Debug)]
struct Strict {
    readiness: Rc<Cell<Readiness>>,
    asked: bool,
    calls: Rc<Cell<u32>>,
}

#[derive(Debug, Clone, Copy)]
enum Readiness {
    Now,
    Never,
    /// Fails, and is ready the next time.
    FailsOnce,
}

fn strict(readiness: Readiness) -> Strict {
    Strict {
        readiness: Rc::new(Cell::new(readiness)),
        asked: false,
        calls: Rc::default(),
    }
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            readiness: Rc::clone(&self.readiness),
            asked: false,
            calls: Rc::clone(&self.calls),
        }
    }
}

impl Service<u32> for Strict {
    type Response = u32;
    type Error = &'static str;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        match self.readiness.get() {
            Readiness::Now => {
                self.asked = true;
                Poll::Ready(Ok(()))
            }
            Readiness::Never => Poll::Pending,
            Readiness::FailsOnce => {
                self.readiness.set(Readiness::Now);
                Poll::Ready(Err("no connection"))
            }
        }
    }

    fn call(&mut self, request: u32) -> Ready<Answer> {
        assert!(
            std::mem::take(&mut self.asked),
            "called without being ready"
        );
        self.calls.set(self.calls.get() + 1);
        ready(if self.calls.get() < 3 {
            Err("busy")
        } else {
            Ok(request)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_waits_for_the_clone_that_it_calls() {
    let inner = strict(Readiness::Now);
    let layer = build(retrying()).layer().classify(refused);
    let mut service = ServiceBuilder::new().layer(layer).service(inner);
    // Also without being asked itself: it is always ready.
    assert_eq!(service.call(7).await, Ok(7), "at the third attempt");
}

#[tokio::test(start_paused = true)]
async fn an_inner_service_that_is_never_ready_times_out_and_was_refused() {
    let inner = strict(Readiness::Never);
    let calls = Rc::clone(&inner.calls);
    let pipeline = retrying().attempt_timeout(ms(50)).only_refused();
    let service = ServiceBuilder::new()
        .layer(build(pipeline).layer().once())
        .service(inner);
    let began = Instant::now();
    let rejected = rejected(service.oneshot(7).await);
    assert_eq!(rejected.reason, Reason::AttemptTimeout(ms(50)));
    assert_eq!(
        rejected.outcome(),
        Outcome::Refused,
        "the request was not sent"
    );
    // The request came back each time, so it is repeated, though there is no copy of it.
    assert_eq!(rejected.attempts, 3);
    assert_eq!(
        (began.elapsed(), calls.get()),
        (ms(50 + 10 + 50 + 10 + 50), 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_failed_to_become_ready_was_refused() {
    let inner = strict(Readiness::FailsOnce);
    inner.calls.set(9);
    let layer = build(retrying()).layer().once();
    let service = ServiceBuilder::new().layer(layer).service(inner.clone());
    assert_eq!(
        service.clone().oneshot(7).await,
        Ok(7),
        "at the second attempt"
    );
    inner.readiness.set(Readiness::FailsOnce);
    let alone = build(Pipeline::builder("shop")).layer();
    let service = ServiceBuilder::new().layer(alone).service(inner);
    let error = service.oneshot(7).await;
    assert_eq!(
        error,
        Err(CallError::Inner("no connection", Outcome::Refused))
    );
}

/// One place inside, which is reserved by `poll_ready`, as tower's limit has it.
fn one_place<K, Q, R>(
    layer: PipelineLayer<K, Q, R>,
) -> PipelineService<
    ConcurrencyLimit<impl Service<Duration, Response = u32, Error = &'static str> + Clone>,
    K,
    Q,
    R,
>
where
    PipelineLayer<K, Q, R>: Clone,
    K: Clone,
    Q: Clone,
    R: Clone,
{
    let slow = service_fn(async |time| {
        sleep(time).await;
        Answer::Ok(7)
    });
    ServiceBuilder::new()
        .layer(layer)
        .concurrency_limit(1)
        .service(slow)
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_asked_and_not_called_holds_nothing() {
    let service = one_place(build(Pipeline::builder("shop").timeout(ms(100))).layer());
    let mut idle = Vec::new();
    for _ in 0..10 {
        let mut clone = service.clone();
        clone.ready().await.expect("it is always ready");
        idle.push(clone);
    }
    assert_eq!(service.clone().oneshot(ms(5)).await, Ok(7));
    let unpolled = idle.pop().map(|mut service| service.call(ms(5)));
    assert_eq!(
        service.oneshot(ms(5)).await,
        Ok(7),
        "nor does a future that nobody polls"
    );
    drop(unpolled);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_readiness_and_is_dropped_gives_its_turn_back() {
    let service = one_place(build(Pipeline::builder("shop")).layer());
    let mut first = Box::pin(service.clone().oneshot(ms(50)));
    assert!(poll!(&mut first).is_pending());
    let mut second = Box::pin(service.clone().oneshot(ms(50)));
    let mut third = Box::pin(service.oneshot(ms(50)));
    assert!(poll!(&mut second).is_pending());
    assert!(poll!(&mut third).is_pending());
    drop(first);
    drop(second);
    assert_eq!(third.await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_timed_out_unready_holds_no_turn_during_its_pause() {
    let retry = Retry::constant(ms(100)).jitter(Jitter::None).no_budget();
    let pipeline = Pipeline::builder("shop")
        .retry(retry)
        .attempt_timeout(ms(20))
        .only_refused();
    let service = one_place(build(pipeline).layer());
    let other = one_place_of(&service);
    let mut busy = Box::pin(other.clone().oneshot(ms(30)));
    assert!(
        poll!(&mut busy).is_pending(),
        "it has the one place, for 30 ms"
    );
    let mut waits = Box::pin(service.oneshot(ms(5)));
    assert!(poll!(&mut waits).is_pending());
    advance(ms(20)).await;
    assert!(
        poll!(&mut waits).is_pending(),
        "its first attempt is over, it pauses"
    );
    advance(ms(10)).await;
    assert_eq!(busy.await, Ok(7));
    // The place is free now, and not kept for the one that pauses.
    let mut next = Box::pin(other.oneshot(ms(5)));
    assert!(poll!(&mut next).is_pending());
    advance(ms(5)).await;
    assert_eq!(poll!(&mut next), Poll::Ready(Ok(7)));
    assert_eq!(waits.await, Ok(7), "at its second attempt");
}

/// The service inside of it.
fn one_place_of<S: Clone, K, Q, R>(service: &PipelineService<S, K, Q, R>) -> S {
    service.inner.clone()
}
