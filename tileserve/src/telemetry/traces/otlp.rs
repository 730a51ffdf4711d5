//! The exporter: sends spans by OTLP over HTTP, in batches, from its own thread.

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Sampler, SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing::{Span, Subscriber, warn};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

use super::failures::{RecordAll, SampledOrFailed};
use super::options::{TARGET, TraceOptions};

/// Sends spans; flushes those that wait when it is dropped.
#[derive(Debug)]
pub struct Exporter(SdkTracerProvider);

/// A layer that receives the spans, and the exporter that sends them.
pub fn exporter<S>(
    options: &TraceOptions,
) -> Result<(impl Layer<S> + use<S>, Exporter), ExporterBuildError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let exporter = SpanExporter::builder().with_http().with_endpoint(&options.endpoint).build()?;
    let share = Sampler::TraceIdRatioBased(1.0 / options.sample_rate.max(1) as f64);
    let provider = SdkTracerProvider::builder()
        .with_span_processor(SampledOrFailed(BatchSpanProcessor::builder(exporter).build()))
        .with_sampler(RecordAll(Sampler::ParentBased(Box::new(share))))
        .with_resource(Resource::builder().with_service_name("tileserve").build())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tileserve"));
    let ours = Targets::new().with_target(TARGET, LevelFilter::TRACE);
    Ok((layer.with_filter(ours), Exporter(provider)))
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            warn!(%error, "last traces could not be sent");
        }
    }
}

/// Makes a span part of the trace that its request names (W3C Trace Context, section 3.2).
pub(super) fn join(span: &Span, headers: &HeaderMap) {
    if !span.is_disabled() {
        let caller = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        // It fails only if the subscriber has no OpenTelemetry layer.
        let _ = span.set_parent(caller);
    }
}

struct HeaderExtractor<'a>(&'a HeaderMap);

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
