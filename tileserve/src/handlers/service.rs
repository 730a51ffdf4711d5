//! The service: one request in, one response out.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::HeaderMap;
use http::{Method, Request, Uri};
use tracing::Instrument;

use super::exchange::Exchange;
use super::pending::{BoxedReply, PendingReply, Routed, WaitsFor, ready};
use super::request::ApiRequest;
use super::state::AppState;
use crate::http::access::Grant;
use crate::http::policy::Policy;
use crate::http::response::{self, Reply};
use crate::http::route;
use crate::telemetry::metrics::{GaugeGuard, RouteKind, RouteMetrics};
use crate::values::surrogate_keys::SurrogateKeys;

/// The service of one connection.
#[derive(Clone, Debug)]
pub struct Service {
    /// The state that all connections share.
    pub state: Arc<AppState>,
    /// Address of the client.
    pub peer: IpAddr,
}

impl<B> hyper::service::Service<Request<B>> for Service {
    type Response = Reply;
    type Error = Infallible;
    type Future = PendingReply;

    fn call(&self, mut request: Request<B>) -> PendingReply {
        let exchange = Exchange::begin(&mut request, self.state.policy.get());
        let routed = exchange.span().in_scope(|| {
            let policy = exchange.policy();
            self.limit_rate(policy, request.headers())
                .or_else(|| self.check_origin(request.uri(), request.headers()))
                .or_else(|| self.check_host(request.uri(), request.headers()))
                .unwrap_or_else(|| self.route(policy, &request))
        });
        self.respond(exchange, routed)
    }
}

impl Service {
    /// 429 for a client that has used up its rate.
    fn limit_rate(&self, policy: &Policy, headers: &HeaderMap) -> Option<Routed> {
        let wait = policy.rate.as_ref()?.take(self.peer, headers).err()?;
        self.state.metrics.reject("rate-limit");
        Some(self.state.routed(RouteKind::Other, ready(response::too_many_requests(wait))))
    }

    /// 403 for a client that bypasses the CDN. Load balancers check the health without its secret.
    fn check_origin(&self, uri: &Uri, headers: &HeaderMap) -> Option<Routed> {
        let is_allowed =
            self.state.access.comes_through_cdn(headers) || uri.path().starts_with("/health/");
        if is_allowed {
            return None;
        }
        self.state.metrics.reject("origin-secret");
        Some(self.state.routed(RouteKind::Other, ready(response::bypassed())))
    }

    /// 421 for a page whose name points to a server that shows internal layers to every client. Load
    /// balancers may check its health by any name.
    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Option<Routed> {
        let is_allowed = !self.state.serve_internal
            || uri.path().starts_with("/health/")
            || self.state.hosts.allows(uri, headers);
        (!is_allowed).then(|| self.state.routed(RouteKind::Other, ready(response::misdirected())))
    }

    /// Calls the handler of the request's method and path.
    fn route<B>(&self, policy: &Arc<Policy>, request: &Request<B>) -> Routed {
        let is_beacon = || request.uri().path() == "/v1/beacon";
        let reply = match *request.method() {
            Method::GET | Method::HEAD => {
                return self.get(policy, request.uri(), request.headers());
            }
            Method::OPTIONS if is_beacon() => response::beacon_options(),
            Method::OPTIONS => response::options(),
            Method::POST if is_beacon() => self.count_view(request.uri(), request.headers()),
            _ if is_beacon() => response::only_post(),
            _ => response::method_not_allowed(),
        };
        self.state.routed(RouteKind::Other, ready(reply))
    }

    /// Completes a response that is ready, sheds one that would wait when too many wait already, or
    /// waits for it.
    fn respond(&self, exchange: Exchange, routed: Routed) -> PendingReply {
        let Routed { reply, metrics, keys, waits_for } = routed;
        let reply = match reply {
            PendingReply::Ready(reply) => reply.unwrap_or_else(response::unavailable),
            PendingReply::Waiting(waiting) => {
                match self.state.admit(waits_for, exchange.policy().max_in_flight) {
                    Some(guard) => return wait(exchange, waiting, guard, metrics, keys),
                    None => response::overloaded(),
                }
            }
        };
        ready(exchange.complete(reply, &metrics, keys.as_deref()))
    }

    /// Counts what a page reports of itself.
    fn count_view(&self, uri: &Uri, headers: &HeaderMap) -> Reply {
        match &self.state.beacon {
            Some(beacon) => beacon.count(self.peer, headers, uri.query().unwrap_or_default()),
            None => response::not_found(),
        }
    }

    fn get(&self, policy: &Arc<Policy>, uri: &Uri, headers: &HeaderMap) -> Routed {
        let path = route::plain(uri.path());
        if let Some(canonical) = route::canonical(&path) {
            let reply = ready(response::redirect(&self.state.public_path, &canonical));
            return self.state.routed(RouteKind::Composition, reply);
        }
        let grant = self.state.access.grant(self.peer, &path, uri.query(), headers);
        let request = ApiRequest { state: &self.state, policy, headers, grant: &grant };
        let seconds_left = grant.seconds_left();
        let routed = request.respond(&path).unwrap_or_else(|| {
            let waiting = self.respond_after_refresh(Arc::clone(policy), &path, headers, grant);
            let routed = self.state.routed(RouteKind::Other, waiting);
            Routed { waits_for: WaitsFor::Poll, ..routed }
        });
        match seconds_left {
            Some(seconds) => routed.map(move |reply| response::at_most_private(reply, seconds)),
            None => routed,
        }
    }

    /// Polls the store first: a client that names an unknown archive may have it from a server that
    /// opened the new map sooner.
    fn respond_after_refresh(
        &self,
        policy: Arc<Policy>,
        path: &str,
        headers: &HeaderMap,
        grant: Grant,
    ) -> PendingReply {
        let (state, path, headers) = (Arc::clone(&self.state), path.to_owned(), headers.clone());
        PendingReply::Waiting(Box::pin(async move {
            if state.map.refresh().await.is_none() {
                return response::unavailable();
            }
            let (headers, grant) = (&headers, &grant);
            let request = ApiRequest { state: &state, policy: &policy, headers, grant };
            match request.respond(&path).map(|routed| routed.reply) {
                Some(PendingReply::Ready(reply)) => reply.unwrap_or_else(response::unavailable),
                Some(PendingReply::Waiting(waiting)) => {
                    match state.admit(WaitsFor::Store, policy.max_in_flight) {
                        Some(_guard) => waiting.await,
                        None => response::overloaded(),
                    }
                }
                None => response::not_found(),
            }
        }))
    }
}

/// Completes a response as soon as it no longer waits.
fn wait(
    exchange: Exchange,
    waiting: BoxedReply,
    guard: GaugeGuard,
    metrics: Arc<RouteMetrics>,
    keys: Option<Arc<SurrogateKeys>>,
) -> PendingReply {
    let span = exchange.span().clone();
    let reply = async move {
        let _guard = guard;
        let mut reply = waiting.await;
        response::add_server_timing(&mut reply, exchange.elapsed());
        exchange.complete(reply, &metrics, keys.as_deref())
    };
    PendingReply::Waiting(Box::pin(reply.instrument(span)))
}
