//! Health: whether the process is alive, and whether it has a map to serve.

use http::StatusCode;
use serde_json::json;

use crate::http::response::{self, Reply};
use crate::map::live_map::LiveMap;

/// Who receives the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Any client: errors are not shown.
    Anyone,
    /// An operator.
    Operator,
}

/// 200: the process answers.
#[must_use]
pub fn live() -> Reply {
    response::state(StatusCode::OK, &json!({ "status": "live" }))
}

/// 200 with a map, even if it is not the newest: taking every server out because one build is
/// broken would take the good map down too. 503 without, and when the server is about to stop.
#[must_use]
pub fn ready(map: &LiveMap, audience: Audience) -> Reply {
    let error = map.error().map(|error| error.to_string());
    let number = map.version().as_ref().map(|version| version.number);
    let (status, word) = match (number, &error) {
        _ if map.is_stopping() => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        (Some(_), None) => (StatusCode::OK, "ready"),
        (Some(_), Some(_)) => (StatusCode::OK, "degraded"),
        (None, _) => (StatusCode::SERVICE_UNAVAILABLE, "waiting"),
    };
    let mut state = json!({ "status": word });
    if let Some(number) = number {
        state["number"] = number.into();
    }
    if let (Some(error), Audience::Operator) = (error, audience) {
        state["error"] = error.into();
    }
    response::state(status, &state)
}
