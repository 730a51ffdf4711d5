//! The admin service for operators, on its own listener: metrics, health, what is served, rebuilds.

mod rebuild;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use http::header::{ACCEPT, HeaderMap};
use http::{Method, Request, StatusCode};
use serde_json::json;

use crate::handlers::health::{self, Audience};
use crate::handlers::state::AppState;
use crate::http::response::{self, Reply};
use crate::telemetry::metrics::Exposition;

/// The service of one connection of an operator. Pages of other origins may read nothing of it, and it
/// has no name on the internet.
#[derive(Clone, Debug)]
pub struct AdminService(pub Arc<AppState>);

impl<B> hyper::service::Service<Request<B>> for AdminService {
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn call(&self, request: Request<B>) -> Self::Future {
        let path = request.uri().path();
        let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_head = *request.method() == Method::HEAD;
        let finish = move |reply| {
            let reply = response::without_cors(reply);
            Ok(if is_head { response::head_only(reply) } else { reply })
        };
        if !self.0.hosts.allows(request.uri(), request.headers()) {
            return Box::pin(async move { finish(response::misdirected()) });
        }
        if let Some(layer) = path.strip_prefix("/admin/rebuild/")
            && (is_safe || *request.method() == Method::POST)
        {
            let (state, layer) = (Arc::clone(&self.0), layer.to_owned());
            let (method, headers) = (request.method().clone(), request.headers().clone());
            let reply = rebuild::respond(state, method, layer, headers);
            return Box::pin(async move { finish(reply.await) });
        }
        let reply = if is_safe {
            self.get(path, request.headers())
        } else {
            response::method_not_allowed()
        };
        Box::pin(async move { finish(reply) })
    }
}

impl AdminService {
    fn get(&self, path: &str, request: &HeaderMap) -> Reply {
        let state = &self.0;
        match path {
            "/metrics" => {
                let accept = request.get(ACCEPT).and_then(|accept| accept.to_str().ok());
                let text = state.metrics.text(&state.map.figures(), state.tiles.bytes());
                response::metrics(text, Exposition::of(accept))
            }
            "/health/live" => health::live(),
            "/health/ready" => health::ready(&state.map, Audience::Operator),
            "/debug/catalog" => self.debug(),
            _ => response::not_found(),
        }
    }

    /// What is served, down to each archive and where it is kept.
    fn debug(&self) -> Reply {
        let map = &self.0.map;
        let version = map.version();
        let described = version.as_ref().map(|version| version.describe());
        let state = json!({
            "error": map.error().map(|error| error.to_string()),
            "is_stopping": map.is_stopping(),
            "tile_cache_bytes": self.0.tiles.bytes(),
            "map": described,
        });
        response::state(StatusCode::OK, &state)
    }
}
