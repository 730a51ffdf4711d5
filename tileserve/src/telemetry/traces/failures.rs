//! Failed requests are exported whatever the sample rate: an error tracker needs each of them.

use std::time::Duration;

use opentelemetry::trace::{Link, SpanKind, Status, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Sampler, SamplingDecision, SamplingResult, ShouldSample, Span, SpanData,
    SpanProcessor,
};

/// Samples as another sampler, and records all other spans until it is known how they end.
#[derive(Clone, Debug)]
pub(super) struct RecordAll(pub(super) Sampler);

impl ShouldSample for RecordAll {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result = self.0.should_sample(parent, trace, name, kind, attributes, links);
        if result.decision == SamplingDecision::Drop {
            result.decision = SamplingDecision::RecordOnly;
        }
        result
    }
}

/// Exports the spans that are sampled, and those that failed.
#[derive(Debug)]
pub(super) struct SampledOrFailed(pub(super) BatchSpanProcessor);

impl SpanProcessor for SampledOrFailed {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() || is_failure(&span) {
            self.0.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Health probes fail on purpose until a map is loaded.
fn is_failure(span: &SpanData) -> bool {
    let is_probe = |attribute: &KeyValue| {
        attribute.key.as_str() == "http.route" && attribute.value.as_str() == "health"
    };
    matches!(span.status, Status::Error { .. }) && !span.attributes.iter().any(is_probe)
}
