//! Logging: lines on standard error, their level, and the export of traces.

use std::io::IsTerminal;
use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

#[cfg(feature = "otlp")]
use super::traces;
use super::traces::TraceOptions;

/// The level that is logged now.
static LEVEL: OnceLock<Handle<EnvFilter, Registry>> = OnceLock::new();

/// Must live as long as the program logs.
#[derive(Debug, Default)]
pub struct Logging {
    #[cfg(feature = "otlp")]
    _exporter: Option<traces::Exporter>,
}

/// Starts to log at a level: text on a terminal, JSON elsewhere.
pub fn start(
    log_level: &str,
    #[cfg_attr(
        not(feature = "otlp"),
        expect(unused_variables, reason = "exported with otlp only")
    )]
    collector: Option<&TraceOptions>,
) -> anyhow::Result<Logging> {
    let (level, handle) = reload::Layer::new(filter(log_level));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if std::io::stderr().is_terminal() {
        lines.boxed()
    } else {
        lines.json().flatten_event(true).boxed()
    };
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(level));
    let _ = LEVEL.set(handle);
    #[cfg(feature = "otlp")]
    if let Some(options) = collector {
        let (layer, exporter) = traces::exporter(options)?;
        subscriber.with(layer).init();
        return Ok(Logging { _exporter: Some(exporter) });
    }
    subscriber.init();
    Ok(Logging::default())
}

/// Changes the level, if this program logs.
pub fn set_level(level: &str) {
    if let Some(handle) = LEVEL.get() {
        // It fails only for a subscriber that is gone.
        let _ = handle.reload(filter(level));
    }
}

/// `RUST_LOG` takes precedence over the configuration.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level))
}
