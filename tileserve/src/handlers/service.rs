//! The service: one request in, one response out.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::HeaderMap;
use http::{Method, Request, Uri};
use tracing::Instrument;

use super::exchange::Exchange;
use super::pending::{BoxedReply, PendingReply, Routed, ready};
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
        let reply = match *request.method() {
            Method::GET | Method::HEAD => {
                return self.get(policy, request.uri(), request.headers());
            }
            Method::OPTIONS => response::options(),
            _ => response::method_not_allowed(),
        };
        self.state.routed(RouteKind::Other, ready(reply))
    }

    /// Completes a response that is ready, sheds one that would wait when too many wait already, or
    /// waits for it.
    fn respond(&self, exchange: Exchange, routed: Routed) -> PendingReply {
        let Routed { reply, metrics, keys } = routed;
        let reply = match reply {
            PendingReply::Ready(reply) => reply.unwrap_or_else(response::unavailable),
            PendingReply::Waiting(_)
                if self.state.is_overloaded(exchange.policy().max_in_flight) =>
            {
                self.shed()
            }
            PendingReply::Waiting(waiting) => return self.wait(exchange, waiting, metrics, keys),
        };
        ready(exchange.complete(reply, &metrics, keys.as_deref()))
    }

    /// 503 for a request that would be one too many waiting for the store.
    fn shed(&self) -> Reply {
        self.state.metrics.reject("max-in-flight");
        response::overloaded()
    }

    /// Completes a response as soon as the store has answered.
    fn wait(
        &self,
        exchange: Exchange,
        waiting: BoxedReply,
        metrics: Arc<RouteMetrics>,
        keys: Option<Arc<SurrogateKeys>>,
    ) -> PendingReply {
        let guard = GaugeGuard::begin(&self.state.metrics.requests_in_flight);
        let span = exchange.span().clone();
        let reply = async move {
            let _guard = guard;
            let mut reply = waiting.await;
            response::add_server_timing(&mut reply, exchange.elapsed());
            exchange.complete(reply, &metrics, keys.as_deref())
        };
        PendingReply::Waiting(Box::pin(reply.instrument(span)))
    }

    fn get(&self, policy: &Arc<Policy>, uri: &Uri, headers: &HeaderMap) -> Routed {
        let path = route::plain(uri.path());
        let grant = self.state.access.grant(&path, uri.query(), headers);
        let request = ApiRequest { state: &self.state, policy, headers, grant: &grant };
        request.respond(&path).unwrap_or_else(|| {
            let waiting = self.respond_after_refresh(Arc::clone(policy), &path, headers, grant);
            self.state.routed(RouteKind::Other, waiting)
        })
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
                Some(PendingReply::Waiting(waiting)) => waiting.await,
                None => response::not_found(),
            }
        }))
    }
}
