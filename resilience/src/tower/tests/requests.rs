//! How often a request is copied, sent, and what it asks of the policies.

use super::*;

/// A request that counts its copies; cloned, or by hand.
#[derive(Debug)]
struct Request {
    copies: Rc<Cell<u32>>,
}

impl Clone for Request {
    fn clone(&self) -> Self {
        self.copies.set(self.copies.get() + 1);
        let copies = Rc::clone(&self.copies);
        Self { copies }
    }
}

/// Fails so many times, then answers with the number of the attempt.
async fn sent<K, Q>(layer: PipelineLayer<K, Q>, fails: u32) -> (Option<u32>, u32, u32)
where
    PipelineLayer<K, Q>: Clone,
    K: crate::pipeline::Classify<u32, &'static str> + Clone,
    Q: Requests<Request> + Clone,
{
    let (calls, copies) = (Cell::new(0), Rc::default());
    let inner = service_fn(|_: Request| {
        calls.set(calls.get() + 1);
        let answer = if calls.get() > fails {
            Ok(calls.get())
        } else {
            Err("busy")
        };
        async move { answer }
    });
    let service = ServiceBuilder::new().layer(layer).service(inner);
    let request = Request {
        copies: Rc::clone(&copies),
    };
    let answer = service.oneshot(request).await.ok();
    (answer, calls.get(), copies.get())
}

#[tokio::test(start_paused = true)]
async fn a_request_is_copied_for_each_attempt_that_may_be_repeated_but_not_for_the_last() {
    let layer = build(retrying()).layer().classify(refused);
    assert_eq!(sent(layer.clone(), 0).await, (Some(1), 1, 1));
    assert_eq!(sent(layer.clone(), 1).await, (Some(2), 2, 2));
    assert_eq!(sent(layer, 9).await, (None, 3, 2), "the third is the last");
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_that_repeats_nothing_copies_nothing() {
    let limits = Pipeline::builder("shop")
        .timeout(ms(100))
        .bulkhead(Bulkhead::concurrent(1));
    assert_eq!(sent(build(limits).layer(), 0).await, (Some(1), 1, 0));
    let once = Retry::constant(ms(10))
        .attempts(1)
        .layer("once")
        .expect("a sound retry");
    assert_eq!(sent(once.classify(refused), 9).await, (None, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_copy_is_sent_once_and_leaves_the_budget_alone() {
    let layer = build(retrying()).layer().classify(refused);
    assert_eq!(sent(layer.clone().once(), 9).await, (None, 1, 0));
    let never = layer.clone().clone_request(|_: &Request| None);
    assert_eq!(sent(never, 9).await, (None, 1, 0));
    let began = Instant::now();
    let by_hand = layer.clone_request(|request: &Request| Some(request.clone()));
    assert_eq!(sent(by_hand, 9).await, (None, 3, 2));
    assert_eq!(
        began.elapsed(),
        ms(20),
        "and without a pause where it is not repeated"
    );
}

/// Not `Clone`, and neither is anything like it.
struct Unique;

#[tokio::test(start_paused = true)]
async fn requests_that_are_not_clone_go_through_all_but_the_default() {
    let pipeline = build(retrying());
    let inner = service_fn(|_: Unique| ready(Answer::Ok(7)));
    let once = pipeline.layer().once();
    let service = ServiceBuilder::new().layer(once).service(inner);
    assert_eq!(service.oneshot(Unique).await, Ok(7));
    let copied = pipeline.layer().clone_request(|_: &Unique| Some(Unique));
    let service = ServiceBuilder::new().layer(copied).service(inner);
    assert_eq!(service.oneshot(Unique).await, Ok(7));
    let alone = Bulkhead::concurrent(1)
        .layer("places")
        .expect("sound policies");
    let service = ServiceBuilder::new().layer(alone).service(inner);
    assert_eq!(service.oneshot(Unique).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn each_request_says_what_it_asks_of_the_policies() {
    let (calls, pipeline) = (Cell::new(0), build(retrying()));
    let inner = service_fn(|_: &'static str| {
        calls.set(calls.get() + 1);
        ready(Answer::Err("lost"))
    });
    let layer = pipeline.layer().options(|method: &&str| match *method {
        "GET" => Options::new().idempotent(),
        _ => Options::new(),
    });
    let service = ServiceBuilder::new().layer(layer).service(inner);
    for (method, expected) in [("GET", 3), ("POST", 1)] {
        calls.set(0);
        let answer = service.clone().oneshot(method).await;
        assert_eq!(answer, Err(CallError::Inner("lost", Outcome::Unknown)));
        assert_eq!(calls.get(), expected, "{method}");
    }
}
