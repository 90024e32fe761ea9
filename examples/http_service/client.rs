//! A small client of the service, for its demo and its test.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Body = Full<axum::body::Bytes>;

#[derive(Clone)]
pub struct Client {
    http: Http<HttpConnector, Body>,
    at: SocketAddr,
}

/// An answer of the service.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<String>,
    pub body: Value,
}

impl Client {
    pub fn new(at: SocketAddr) -> Self {
        let http = Http::builder(TokioExecutor::new()).build_http();
        Self { http, at }
    }

    /// One request; a body makes it a POST.
    pub async fn request(&self, path: &str, body: Option<String>) -> Result<Answer, BoxError> {
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.at))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.unwrap_or_default()))?;
        let exchange = async {
            let response = self.http.request(request).await?;
            let status = response.status();
            let retry_after = response.headers().get(header::RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| Some(value.to_str().ok()?.to_owned()));
            let bytes = response.into_body().collect().await?.to_bytes();
            Ok(Answer {
                status,
                retry_after,
                body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            })
        };
        timeout(Duration::from_secs(10), exchange).await?
    }

    pub async fn deposit(&self, account: &str, amount: u64) -> Result<Answer, BoxError> {
        let body = json!({ "amount": amount }).to_string();
        self.request(&format!("/accounts/{account}/deposits"), Some(body))
            .await
    }

    pub async fn transfer(&self, from: &str, to: &str, amount: u64) -> Result<Answer, BoxError> {
        let body = json!({ "to": to, "amount": amount }).to_string();
        self.request(&format!("/accounts/{from}/transfers"), Some(body))
            .await
    }

    /// What is on an account; nothing on one that does not exist.
    pub async fn balance(&self, account: &str) -> Result<u64, BoxError> {
        let answer = self.request(&format!("/accounts/{account}"), None).await?;
        match answer.status {
            StatusCode::OK => Ok(answer.body["balance"].as_u64().ok_or("no balance")?),
            StatusCode::NOT_FOUND => Ok(0),
            other => Err(format!("a balance answered {other}").into()),
        }
    }

    /// Waits until no transfer is on its way any more, then adds all balances up.
    pub async fn sum<'a>(
        &self,
        accounts: impl IntoIterator<Item = &'a String>,
    ) -> Result<u64, BoxError> {
        let settled = async {
            while self.request("/transfers", None).await?.body["pending"] != json!(0) {
                sleep(Duration::from_millis(20)).await;
            }
            Ok::<_, BoxError>(())
        };
        timeout(Duration::from_secs(20), settled).await??;
        let mut sum = 0;
        for account in accounts {
            sum += self.balance(account).await?;
        }
        Ok(sum)
    }
}
