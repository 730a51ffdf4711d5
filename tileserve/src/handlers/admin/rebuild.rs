//! Rebuild requests: an operator requests the rebuild of a layer, and reads its state.

use std::sync::Arc;

use http::header::{HeaderMap, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tilecore::LayerSpec;
use tilecore::rebuild_request::{asked_at, request_folder, request_key};
use tracing::{info, warn};

use crate::handlers::state::AppState;
use crate::http::response::{self, Reply};
use crate::storage::store::{Store, StoreError};
use crate::values::random;
use tilecore::error::chain;

/// Most pending requests for a layer: one is enough, many are a mistake.
const MAX_PENDING: usize = 32;

/// `Retry-After` when there are too many, in seconds: about the interval of the build jobs.
const RETRY_SECONDS: u64 = 600;

/// Requests a rebuild of a layer by `POST`, or reports the pending requests by `GET`.
pub(super) async fn respond(
    state: Arc<AppState>,
    method: Method,
    layer: String,
    request: HeaderMap,
) -> Reply {
    if !state.access.may_rebuild(&request) {
        return response::unauthorized();
    }
    let Some(layer) = LayerSpec::named(&layer) else { return response::not_found() };
    let outcome = match method {
        Method::POST => request_build(&state, layer.id).await,
        _ => pending(&state.store, layer.id)
            .await
            .map(|pending_since| (StatusCode::OK, pending_since)),
    };
    match outcome {
        Ok((status, pending_since)) => report(&state, status, layer.id, &pending_since),
        Err(error) => {
            warn!(layer = layer.id, cause = chain(&error), "rebuild request failed");
            response::unavailable()
        }
    }
}

/// Writes a request into the store. Returns the status and all pending requests.
async fn request_build(
    state: &AppState,
    layer: &str,
) -> Result<(StatusCode, Vec<Timestamp>), StoreError> {
    let mut pending_since = pending(&state.store, layer).await?;
    if pending_since.len() >= MAX_PENDING {
        return Ok((StatusCode::TOO_MANY_REQUESTS, pending_since));
    }
    let now = Timestamp::now();
    let key = request_key(layer, now, &random::word());
    let text = json!({ "layer": layer, "requested_at": now }).to_string();
    state.store.create(&key, text.into()).await?;
    info!(layer, key, "rebuild requested");
    pending_since.push(now);
    Ok((StatusCode::ACCEPTED, pending_since))
}

/// The times of the pending requests for a layer, the oldest first.
async fn pending(store: &Store, layer: &str) -> Result<Vec<Timestamp>, StoreError> {
    let keys = store.keys(&request_folder(layer)).await?;
    let mut times: Vec<Timestamp> = keys.iter().filter_map(|key| asked_at(key)).collect();
    times.sort_unstable();
    Ok(times)
}

fn report(state: &AppState, status: StatusCode, layer: &str, pending_since: &[Timestamp]) -> Reply {
    let version = state.map.version();
    let built: Vec<Value> = version
        .iter()
        .flat_map(|version| &version.facts.layers)
        .filter(|facts| facts.layer == layer)
        .map(|facts| {
            json!({
                "slot": facts.slot,
                "built_at": Timestamp::from_second(facts.built_at).ok(),
                "data_at": facts.data_at.and_then(|at| Timestamp::from_second(at).ok()),
            })
        })
        .collect();
    let state = if pending_since.is_empty() { "idle" } else { "pending" };
    let mut reply = response::state(
        status,
        &json!({ "layer": layer, "state": state, "requested_at": pending_since, "built": built }),
    );
    if status == StatusCode::TOO_MANY_REQUESTS {
        reply.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS.into());
    }
    if status == StatusCode::ACCEPTED {
        let here = HeaderValue::from_str(&format!("/admin/rebuild/{layer}"));
        reply.headers_mut().extend(here.map(|here| (LOCATION, here)));
    }
    reply
}
