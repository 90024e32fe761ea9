//! Nothing of its own: the tests are beside it, one binary an area, and what the guide of greenroom
//! shows with an HTTP server is a doc test here.

/// The guide's HTTP service is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../actor/docs/guide/http_service.md")]
struct HttpService;
