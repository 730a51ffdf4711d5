//! The admin service: metrics and health, on a listener of its own for those who run the server.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use http::{Method, Request};

use crate::health::{self, Audience};
use crate::reply::{self, Reply};
use crate::service::Shared;

/// Answers those who run the server; one for each connection.
#[derive(Clone, Debug)]
pub struct AdminService(pub Arc<Shared>);

impl<B> hyper::service::Service<Request<B>> for AdminService {
    type Response = Reply;
    type Error = Infallible;
    type Future = Ready<Result<Reply, Infallible>>;

    fn call(&self, request: Request<B>) -> Self::Future {
        let path = request.uri().path();
        ready(Ok(match *request.method() {
            Method::GET => self.get(path),
            Method::HEAD => reply::head_only(self.get(path)),
            _ => reply::method_not_allowed(),
        }))
    }
}

impl AdminService {
    fn get(&self, path: &str) -> Reply {
        let shared = &self.0;
        match path {
            "/metrics" => reply::metrics(shared.metrics.text(&shared.map, shared.tiles.bytes())),
            "/health/live" => health::live(),
            "/health/ready" => health::ready(&shared.map, Audience::Operator),
            _ => reply::not_found(),
        }
    }
}
