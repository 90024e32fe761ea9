//! HTTP: requests checked and handed to accounts, answers and errors made of what comes back.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use greenroom::{AskError, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{AccountMsg, Refused};
use crate::bank::Accounts;
use crate::store::{Cents, Name, Store};

/// The most that one request may move.
const AMOUNT_MAX: Cents = 1_000_000_000_000;

#[derive(Clone)]
struct Service {
    accounts: Accounts,
    store: Arc<dyn Store>,
}

pub fn routes(accounts: Accounts, store: Arc<dyn Store>) -> Router {
    Router::new()
        .route("/accounts/{name}", get(balance))
        .route("/accounts/{name}/deposits", post(deposit))
        .route("/accounts/{name}/transfers", post(transfer))
        .route("/transfers", get(pending))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .with_state(Service { accounts, store })
}

/// What goes wrong in a request, as its answer.
enum Problem {
    /// The request itself is wrong.
    Bad(String),
    /// The account's state does not allow it.
    Refused(Refused),
    /// It could not be handled, or it is not known whether it was.
    Ask(AskError),
    Internal(String),
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        Self::Ask(error)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::Bad(rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Bad(text) => (StatusCode::BAD_REQUEST, text),
            Self::Refused(Refused::Unknown) => {
                (StatusCode::NOT_FOUND, "there is no such account".to_owned())
            }
            Self::Refused(Refused::NotEnough) => (
                StatusCode::CONFLICT,
                "there is not enough on the account".to_owned(),
            ),
            Self::Refused(Refused::TooMuch) => (
                StatusCode::CONFLICT,
                "there would be too much on the account".to_owned(),
            ),
            // Certainly not handled: asking again is safe, a little later.
            Self::Ask(error) if error.outcome() == Outcome::Refused => {
                let text = format!("not done, ask again: {error}");
                let answer = (
                    StatusCode::SERVICE_UNAVAILABLE,
                    Json(json!({ "error": text })),
                );
                return ([(header::RETRY_AFTER, "1")], answer).into_response();
            }
            Self::Ask(error) => {
                let text = format!("look at the balance before you ask again: {error}");
                (StatusCode::INTERNAL_SERVER_ERROR, text)
            }
            Self::Internal(text) => (StatusCode::INTERNAL_SERVER_ERROR, text),
        };
        (status, Json(json!({ "error": text }))).into_response()
    }
}

type Answer = Result<(StatusCode, Json<Value>), Problem>;

fn name(text: &str) -> Result<Name, Problem> {
    text.parse().map_err(Problem::Bad)
}

fn amount(amount: Cents) -> Result<Cents, Problem> {
    if (1..=AMOUNT_MAX).contains(&amount) {
        Ok(amount)
    } else {
        Err(Problem::Bad(format!("an amount is 1 to {AMOUNT_MAX}")))
    }
}

async fn balance(State(service): State<Service>, Path(account): Path<String>) -> Answer {
    let name = name(&account)?;
    let balance = service.accounts.ask(&name, AccountMsg::Balance).await?;
    let balance = balance.ok_or(Refused::Unknown)?;
    Ok((
        StatusCode::OK,
        Json(json!({ "name": name, "balance": balance })),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deposit {
    amount: Cents,
}

async fn deposit(
    State(service): State<Service>,
    Path(account): Path<String>,
    body: Result<Json<Deposit>, JsonRejection>,
) -> Answer {
    let (name, Json(Deposit { amount: cents })) = (name(&account)?, body?);
    let cents = amount(cents)?;
    let deposit = |reply| AccountMsg::Deposit(cents, reply);
    let balance = service.accounts.ask(&name, deposit).await??;
    Ok((StatusCode::OK, Json(json!({ "balance": balance }))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendMoney {
    to: String,
    amount: Cents,
}

/// 200 once the receiver has the money, 202 when it is durable but still on its way.
async fn transfer(
    State(service): State<Service>,
    Path(account): Path<String>,
    body: Result<Json<SendMoney>, JsonRejection>,
) -> Answer {
    let (from, Json(SendMoney { to, amount: cents })) = (name(&account)?, body?);
    let (to, cents) = (name(&to)?, amount(cents)?);
    if from == to {
        return Err(Problem::Bad("a transfer needs two accounts".to_owned()));
    }
    let send = |reply| AccountMsg::Send(to.clone(), cents, reply);
    let transfer = service.accounts.ask(&from, send).await??;
    let delivered = service.accounts.deliver(&transfer).await;
    let (status, text) = match delivered {
        Ok(()) => (StatusCode::OK, "done"),
        Err(_) => (StatusCode::ACCEPTED, "on its way"),
    };
    Ok((status, Json(json!({ "id": transfer.id, "status": text }))))
}

/// How many transfers are on their way.
async fn pending(State(service): State<Service>) -> Answer {
    let pending = service.store.pending(1_000).await;
    let pending = pending.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok((StatusCode::OK, Json(json!({ "pending": pending.len() }))))
}
