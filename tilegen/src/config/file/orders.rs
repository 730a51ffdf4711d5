//! The section `orders` of the configuration file.

use std::time::Duration;

use serde::Deserialize;

use super::columns::ColumnsFile;
use crate::config::period::Period;
use crate::config::values::{OrdersConfig, Zoneless};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrdersSection {
    zoneless_time: Option<Zoneless>,
    max_reject_share: Option<f64>,
    max_future: Option<String>,
    trust_footer_times: Option<bool>,
    unknown_users: Option<Vec<String>>,
    unknown_orders: Option<Vec<String>>,
    #[serde(default)]
    columns: ColumnsFile,
}

impl OrdersSection {
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        Self {
            zoneless_time: self.zoneless_time.or(defaults.zoneless_time),
            max_reject_share: self.max_reject_share.or(defaults.max_reject_share),
            max_future: self.max_future.or(defaults.max_future),
            trust_footer_times: self.trust_footer_times.or(defaults.trust_footer_times),
            unknown_users: self.unknown_users.or(defaults.unknown_users),
            unknown_orders: self.unknown_orders.or(defaults.unknown_orders),
            columns: self.columns.with_defaults(defaults.columns),
        }
    }

    pub(super) fn validate(self, errors: &mut Vec<String>) -> OrdersConfig {
        let max_reject_share = self.max_reject_share.unwrap_or_default();
        if !(0.0..=1.0).contains(&max_reject_share) {
            errors.push(format!(
                "orders.max_reject_share is {max_reject_share}; it must be between 0 and 1"
            ));
        }
        OrdersConfig {
            zoneless: self.zoneless_time.unwrap_or(Zoneless::Utc),
            max_reject_share,
            max_future: max_future(&self.max_future.unwrap_or_default(), errors),
            trust_footer_times: self.trust_footer_times.unwrap_or_default(),
            unknown_users: self.unknown_users.unwrap_or_default(),
            unknown_orders: self.unknown_orders.unwrap_or_default(),
            columns: self.columns.validate(errors),
        }
    }
}

/// The longest `max_future`.
const MAX_FUTURE_LIMIT: Duration = Duration::from_hours(24);

fn max_future(text: &str, errors: &mut Vec<String>) -> Duration {
    let period = text.parse::<Period>();
    let period = period.map_err(|error| errors.push(format!("orders.max_future: {error}")));
    let max_future = period.map(Period::duration).unwrap_or_default();
    if max_future > MAX_FUTURE_LIMIT {
        errors.push(format!(
            "orders.max_future is `{text}`; it must be at most 1d, which covers clocks with the wrong time zone"
        ));
    }
    max_future
}
