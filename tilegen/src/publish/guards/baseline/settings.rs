//! Settings on which counts depend: if they were changed, data may be missing that are not lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::publish::guards::finding::{Finding, Outcome};

/// The settings of a build, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// The settings of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let mut settings = BTreeMap::from([
            ("the time zone".to_owned(), config.time_zone_name.clone()),
            ("zoneless_time".to_owned(), format!("{:?}", config.orders.zoneless).to_lowercase()),
        ]);
        for city in &config.cities {
            settings.insert(format!("the id of {}", city.key), city.id.to_string());
            settings.insert(format!("the bounds of {}", city.key), format!("{:?}", city.bounds));
        }
        Self(settings)
    }

    /// What was changed since `before`, in words. A setting that only one of both has is not compared.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Vec<String> {
        let old = self.0.iter().filter_map(|(name, now)| Some((name, before.0.get(name)?, now)));
        let changed = old.filter(|(_, before, now)| before != now);
        changed.map(|(name, before, now)| format!("{name} was {before} and is {now}")).collect()
    }

    /// A warning, if settings were changed since `before`.
    #[must_use]
    pub fn warning(&self, before: Option<&Self>) -> Option<Finding> {
        let changed = self.changed_since(before?);
        (!changed.is_empty()).then(|| {
            let changed = changed.join(" and ");
            let message = format!("the configuration was changed since the last build: {changed}");
            Finding::new(Outcome::Warn, "settings", message)
        })
    }
}
