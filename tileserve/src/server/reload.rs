//! Files that are read again while the server runs: settings of the server and of the page, tokens, keys and
//! certificates.

use std::sync::Arc;
use std::time::Duration;

use tracing::warn;

use super::tls::Tls;
use crate::config::{Config, ConfigError, ConfigSource};
use crate::handlers::state::AppState;
use crate::http::policy::Policy;
use crate::telemetry::logging;
use crate::values::reloaded::Reloaded;

/// Everything that is read from files and may change.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) state: Arc<AppState>,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) source: ConfigSource,
}

/// The policy of a configuration, read again when its file changes.
pub(super) fn policy(config: &Config) -> Reloaded<Policy> {
    let files = config.source.file().cloned().into_iter().collect();
    Reloaded::new(files, Policy::new(&config.policy, None))
}

/// Time between two reads of keys from the identity provider.
const KEYS_INTERVAL: Duration = Duration::from_mins(5);

/// Reads the keys of signed tokens again and again, at every poll until there are some.
pub(super) async fn fetch_keys(files: Files, poll: Duration) {
    loop {
        files.state.access.fetch_keys().await;
        let wait = if files.state.access.has_keys() { KEYS_INTERVAL } else { poll };
        tokio::time::sleep(wait).await;
    }
}

impl Files {
    /// Reads every file that changed since, or all of them if it is `forced`.
    pub(super) fn refresh(&self, forced: bool) {
        self.refresh_policy(forced);
        self.state.access.refresh(forced);
        if let Some(page) = &self.state.page {
            page.refresh_config(forced);
        }
        if let Some(tls) = &self.tls {
            tls.refresh(forced);
        }
        self.report_certificate();
    }

    /// Reads the configuration again. Changed settings that need a restart are listed in the log.
    fn refresh_policy(&self, forced: bool) {
        let current = &self.state.policy;
        current.refresh("configuration", forced, || {
            let config = self.source.read()?;
            let waiting = config.changes_needing_restart(&self.source);
            if !waiting.is_empty() {
                warn!(keys = waiting.join(", "), "changed settings need a restart");
            }
            logging::set_level(&config.log_level);
            Ok::<_, ConfigError>(Policy::new(&config.policy, Some(&current.get())))
        });
    }

    /// Sets the metric of the certificate's expiry.
    pub(super) fn report_certificate(&self) {
        if let Some(tls) = &self.tls {
            self.state.metrics.certificate_expiry.set(tls.expires_at());
        }
    }
}
