//! What responses mean to the policies, and what becomes of rejections.

use super::*;

/// What a server inside answers: a status and a body.
type Response = (u16, String);

fn status(result: &Result<Response, Infallible>) -> Verdict {
    match result {
        Ok((503, _)) => Verdict::Refused,
        Ok((500, _)) => Verdict::Unknown,
        Ok(_) => Verdict::Success,
        Err(never) => match *never {},
    }
}

fn server(
    answer: u16,
) -> impl Service<(), Response = Response, Error = Infallible, Future: Future> + Clone {
    service_fn(move |()| ready(Ok((answer, String::from("inside")))))
}

#[tokio::test(start_paused = true)]
async fn a_response_can_be_a_failure() {
    let breaker = Breaker::consecutive(2).open_for(ms(1_000));
    let layer = breaker
        .layer("breaker")
        .expect("sound policies")
        .classify(status);
    let failing = ServiceBuilder::new().layer(layer).service(server(500));
    for _ in 0..2 {
        let answer = failing.clone().oneshot(()).await;
        assert_eq!(
            answer,
            Ok((500, "inside".to_owned())),
            "it comes through as it is"
        );
    }
    let rejected = rejected(failing.oneshot(()).await);
    assert_eq!(rejected.reason.policy(), "circuit_breaker");
    assert_eq!(rejected.retry_after, Some(ms(1_000)));
}

#[tokio::test(start_paused = true)]
async fn a_response_says_when_it_wants_to_be_called_again() {
    let layer = build(retrying())
        .layer()
        .classify(status)
        .retry_after(|_: &Result<Response, Infallible>| Some(ms(700)));
    let service = ServiceBuilder::new().layer(layer).service(server(503));
    let began = Instant::now();
    let answer = service.oneshot(()).await.map(|(status, _)| status);
    assert_eq!((answer, began.elapsed()), (Ok(503), ms(2 * 710)));
}

#[tokio::test(start_paused = true)]
async fn rejections_become_responses_and_the_error_stays_what_it_was() {
    let layer = Bulkhead::concurrent(1)
        .layer("places")
        .expect("sound policies")
        .rejected(|rejected: Rejected| (429, rejected.reason.policy().to_owned()));
    let stuck = service_fn(|()| pending::<Result<Response, Infallible>>());
    let service = ServiceBuilder::new().layer(layer.clone()).service(stuck);
    let mut holds = Box::pin(service.clone().oneshot(()));
    assert!(poll!(&mut holds).is_pending());
    let answer: Result<Response, Infallible> = service.oneshot(()).await;
    assert_eq!(answer, Ok((429, "bulkhead".to_owned())));
    drop(holds);
    let fails = service_fn(|()| ready(Result::<Response, _>::Err("its own")));
    let service = ServiceBuilder::new().layer(layer).service(fails);
    assert_eq!(service.oneshot(()).await, Err("its own"));
}
