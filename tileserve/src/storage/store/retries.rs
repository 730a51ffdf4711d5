//! Counts the retries that the client of a store makes.

use std::cell::RefCell;
use std::pin::Pin;

use http::{Method, Uri};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use prometheus_client::metrics::counter::Counter;

tokio::task_local! {
    /// The last HTTP request of the current store operation.
    static LAST: RefCell<Option<(Method, Uri)>>;
}

/// Runs a store operation and counts its retries: HTTP requests with the method and URL of the one
/// before. The pages of a listing have different URLs.
pub(super) async fn count_retries<T>(response: impl Future<Output = T>) -> T {
    match LAST.try_with(|_| ()) {
        // The operation is part of another one.
        Ok(()) => response.await,
        Err(_) => LAST.scope(RefCell::default(), response).await,
    }
}

/// Makes clients that count retries.
#[derive(Clone, Debug)]
pub(super) struct CountRetries(pub(super) Counter);

impl HttpConnector for CountRetries {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(CountingClient { client, retries: self.0.clone() }))
    }
}

#[derive(Debug)]
struct CountingClient {
    client: HttpClient,
    retries: Counter,
}

type Response<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for CountingClient {
    fn call<'a, 'b>(&'a self, request: HttpRequest) -> Response<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        let current = Some((request.method().clone(), request.uri().clone()));
        // Requests for credentials are outside of operations; they are not counted.
        let is_retry = LAST.try_with(|last| last.replace(current.clone()) == current);
        if is_retry.unwrap_or(false) {
            self.retries.inc();
        }
        Box::pin(self.client.execute(request))
    }
}
