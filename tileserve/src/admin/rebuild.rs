//! Rebuilds: asking for a layer to be built anew, and looking what became of it.

use std::sync::Arc;

use http::header::{HeaderMap, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use tilecore::LayerSpec;
use tilecore::rebuild_request::{asked_at, request_folder, request_key};
use tracing::{info, warn};

use crate::follower::chain;
use crate::random;
use crate::reply::{self, Reply};
use crate::service::Shared;
use crate::store::{Store, StoreError};

/// Most requests for a layer that may wait: one would do, many are a mistake.
const MOST: usize = 32;

/// When to ask again after that, in seconds: about as often as jobs run.
const RETRY_SECONDS: u64 = 600;

/// The answer to who asks for a layer by `POST`, or looks at what waits by `GET`.
pub(super) async fn answer(
    shared: Arc<Shared>,
    method: Method,
    layer: String,
    request: HeaderMap,
) -> Reply {
    if !shared.access.may_rebuild(&request) {
        return reply::unauthorized();
    }
    let Some(layer) = LayerSpec::named(&layer) else { return reply::not_found() };
    let answer = match method {
        Method::POST => ask(&shared, layer.id).await,
        _ => waiting(&shared.store, layer.id).await.map(|waiting| (StatusCode::OK, waiting)),
    };
    match answer {
        Ok((status, waiting)) => told(&shared, status, layer.id, &waiting),
        Err(error) => {
            warn!(layer = layer.id, cause = chain(&error), "a rebuild could not be asked for");
            reply::unavailable()
        }
    }
}

/// Writes a request into the store; those that wait, and whether it was taken.
async fn ask(shared: &Shared, layer: &str) -> Result<(StatusCode, Vec<Timestamp>), StoreError> {
    let mut waiting = waiting(&shared.store, layer).await?;
    if waiting.len() >= MOST {
        return Ok((StatusCode::TOO_MANY_REQUESTS, waiting));
    }
    let now = Timestamp::now();
    let key = request_key(layer, now, &random::word());
    let text = json!({ "layer": layer, "asked_at": now }).to_string();
    shared.store.create(&key, text.into()).await?;
    info!(layer, key, "rebuild asked for");
    waiting.push(now);
    Ok((StatusCode::ACCEPTED, waiting))
}

/// When each request that waits for a layer was made, the oldest first.
async fn waiting(store: &Store, layer: &str) -> Result<Vec<Timestamp>, StoreError> {
    let keys = store.keys(&request_folder(layer)).await?;
    let mut times: Vec<Timestamp> = keys.iter().filter_map(|key| asked_at(key)).collect();
    times.sort_unstable();
    Ok(times)
}

fn told(shared: &Shared, status: StatusCode, layer: &str, waiting: &[Timestamp]) -> Reply {
    let generation = shared.map.generation();
    let built: Vec<Value> = generation
        .iter()
        .flat_map(|generation| generation.ages())
        .filter(|age| age.layer == layer)
        .map(|age| {
            json!({
                "slot": age.slot,
                "built_at": Timestamp::from_second(age.built_at).ok(),
                "data_at": age.data_at.and_then(|at| Timestamp::from_second(at).ok()),
            })
        })
        .collect();
    let state = if waiting.is_empty() { "idle" } else { "waiting" };
    let mut reply = reply::state(
        status,
        &json!({ "layer": layer, "state": state, "asked_at": waiting, "built": built }),
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
