//! The section `[guards]`: the limits beyond which data are reported, held back or refused.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde::Deserialize;
use tilecore::manifest::Holiday;
use tilecore::text::parse_date;

/// The limits of the guards. `docs/inputs.md` explains each of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuardsConfig {
    /// Share of its orders that a published day of a city may lose, 0 to 1.
    pub max_shrink_share: f64,
    /// Number of orders that it may lose in any case.
    pub max_shrink_orders: u64,
    /// Days at the start of the data that may be gone, because the source keeps a fixed number of days.
    pub max_removed_days: u64,
    /// Days that the source keeps, if it removes older ones.
    pub retention_days: Option<u64>,
    /// Share of a normal day that may be missing at the start or the end of the newest day, 0 to 1.
    pub partial_share: f64,
    /// Smallest number of missing orders that makes a day partial.
    pub partial_min_orders: u64,
    /// Smallest median, in orders, with which the level of a day is compared.
    pub level_min_orders: u64,
    /// Share of the median below which a day is reported.
    pub low_warn: f64,
    /// Share of the median below which a day is held back.
    pub low_hold: f64,
    /// Multiple of the median above which a day is reported.
    pub high_warn: f64,
    /// Multiple of the median above which a day is held back.
    pub high_hold: f64,
    /// Share of the lowest same weekday below which a day is reported, 0 to 1; as a divisor of the highest,
    /// the level above which it is.
    pub unusual_level: f64,
    /// Share of a day's orders at one position above which the day is held back, 0 to 1.
    pub one_position_share: f64,
    /// Smallest ratio of two days of a similar level, 0 to 1.
    pub similar_level: f64,
    /// Smallest median, in orders, that makes a day without orders suspicious.
    pub no_orders_min: u64,
    /// Share of rejected rows above which a day of a city is held back, 0 to 1.
    pub reject_share: f64,
    /// Number of rejected rows above which a day of a city is held back.
    pub reject_rows: u64,
    /// Most that the share of orders without a user may rise, 0 to 1.
    pub max_users_missing_rise: f64,
    /// Lowest and highest multiple of the median of orders per user.
    pub orders_per_user: [f64; 2],
    /// Share of a day's orders in unusual hours above which the day is reported, 0 to 1.
    pub hours_shift: f64,
    /// Accepted days before a city is checked.
    pub new_city_days: u64,
    /// Orders below which a new business line is reported.
    pub new_line_orders: u64,
    /// Days for which a business line is new.
    pub new_line_days: u64,
    /// Share of its vendors that a platform may lose in a city, 0 to 1.
    pub max_vendor_shrink_share: f64,
    /// Smallest number of vendors that is checked.
    pub vendors_min: u64,
    /// Most that the share of vendors with a known grade may fall, 0 to 1.
    pub max_grade_drop: f64,
    /// Largest factor by which the median delivery radius may change, at least 1.
    pub max_radius_factor: f64,
    /// Share of areas, inhabitants or targets that may disappear, 0 to 1.
    pub max_area_shrink_share: f64,
    /// Days on which a low level is expected.
    pub quiet_days: QuietDays,
    /// A file with more of them, relative to the configuration.
    pub quiet_days_file: Option<String>,
}

impl GuardsConfig {
    /// Number of orders that a day with this number may lose.
    #[must_use]
    pub fn allowed_shrink(&self, orders: u64) -> f64 {
        (self.max_shrink_orders as f64).max(self.max_shrink_share * orders as f64)
    }
}

/// Days on which a low level is expected, with their occasions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuietDays(Vec<Holiday>);

impl QuietDays {
    /// Whether a day is one of them.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.0.iter().any(|span| (span.from..=span.to).contains(&day))
    }

    /// The spans that share days with a range, cut to it, earliest first.
    #[must_use]
    pub fn within(&self, range: RangeInclusive<Date>) -> Vec<Holiday> {
        let cut = |span: &Holiday| {
            let (from, to) = (span.from.max(*range.start()), span.to.min(*range.end()));
            (from <= to).then(|| Holiday { from, to, name: span.name.clone() })
        };
        let mut spans: Vec<_> = self.0.iter().filter_map(cut).collect();
        spans.sort_unstable();
        spans.dedup();
        spans
    }

    /// Adds the dates and spans of an occasion, such as `2026-11-29` and `2026-03-20..2026-04-02`. Reports every
    /// invalid one.
    pub(super) fn add(
        &mut self,
        key: &str,
        occasion: Option<&str>,
        written: &[String],
        errors: &mut Vec<String>,
    ) {
        for text in written {
            match parse_span(text) {
                Some(span) => {
                    let (from, to) = span.into_inner();
                    self.0.push(Holiday { from, to, name: occasion.map(str::to_owned) });
                }
                None => errors.push(format!(
                    "{key} contains `{text}`; write a date such as 2026-11-29, or a span such as 2026-03-20..2026-04-02"
                )),
            }
        }
    }
}

/// The days of a date, or of a span of dates `FIRST..LAST`.
#[must_use]
pub fn parse_span(text: &str) -> Option<RangeInclusive<Date>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (parse_date(first.trim()).ok()?, parse_date(last.trim()).ok()?);
    (first <= last).then_some(first..=last)
}

/// A file of quiet days: spans by the name of the occasion.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuietDaysFile {
    #[serde(default)]
    pub(super) quiet_days: BTreeMap<String, Vec<String>>,
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GuardsFile {
    max_shrink_share: Option<f64>,
    max_shrink_orders: Option<u64>,
    max_removed_days: Option<u64>,
    retention_days: Option<u64>,
    partial_share: Option<f64>,
    partial_min_orders: Option<u64>,
    level_min_orders: Option<u64>,
    low_warn: Option<f64>,
    low_hold: Option<f64>,
    high_warn: Option<f64>,
    high_hold: Option<f64>,
    unusual_level: Option<f64>,
    one_position_share: Option<f64>,
    similar_level: Option<f64>,
    no_orders_min: Option<u64>,
    reject_share: Option<f64>,
    reject_rows: Option<u64>,
    max_users_missing_rise: Option<f64>,
    orders_per_user: Option<[f64; 2]>,
    hours_shift: Option<f64>,
    new_city_days: Option<u64>,
    new_line_orders: Option<u64>,
    new_line_days: Option<u64>,
    max_vendor_shrink_share: Option<f64>,
    vendors_min: Option<u64>,
    max_grade_drop: Option<f64>,
    max_radius_factor: Option<f64>,
    max_area_shrink_share: Option<f64>,
    quiet_days: Option<Vec<String>>,
    quiet_days_file: Option<String>,
}

impl GuardsFile {
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        Self {
            max_shrink_share: self.max_shrink_share.or(defaults.max_shrink_share),
            max_shrink_orders: self.max_shrink_orders.or(defaults.max_shrink_orders),
            max_removed_days: self.max_removed_days.or(defaults.max_removed_days),
            retention_days: self.retention_days.or(defaults.retention_days),
            partial_share: self.partial_share.or(defaults.partial_share),
            partial_min_orders: self.partial_min_orders.or(defaults.partial_min_orders),
            level_min_orders: self.level_min_orders.or(defaults.level_min_orders),
            low_warn: self.low_warn.or(defaults.low_warn),
            low_hold: self.low_hold.or(defaults.low_hold),
            high_warn: self.high_warn.or(defaults.high_warn),
            high_hold: self.high_hold.or(defaults.high_hold),
            unusual_level: self.unusual_level.or(defaults.unusual_level),
            one_position_share: self.one_position_share.or(defaults.one_position_share),
            similar_level: self.similar_level.or(defaults.similar_level),
            no_orders_min: self.no_orders_min.or(defaults.no_orders_min),
            reject_share: self.reject_share.or(defaults.reject_share),
            reject_rows: self.reject_rows.or(defaults.reject_rows),
            max_users_missing_rise: self.max_users_missing_rise.or(defaults.max_users_missing_rise),
            orders_per_user: self.orders_per_user.or(defaults.orders_per_user),
            hours_shift: self.hours_shift.or(defaults.hours_shift),
            new_city_days: self.new_city_days.or(defaults.new_city_days),
            new_line_orders: self.new_line_orders.or(defaults.new_line_orders),
            new_line_days: self.new_line_days.or(defaults.new_line_days),
            max_vendor_shrink_share: self
                .max_vendor_shrink_share
                .or(defaults.max_vendor_shrink_share),
            vendors_min: self.vendors_min.or(defaults.vendors_min),
            max_grade_drop: self.max_grade_drop.or(defaults.max_grade_drop),
            max_radius_factor: self.max_radius_factor.or(defaults.max_radius_factor),
            max_area_shrink_share: self.max_area_shrink_share.or(defaults.max_area_shrink_share),
            quiet_days: self.quiet_days.or(defaults.quiet_days),
            quiet_days_file: self.quiet_days_file.or(defaults.quiet_days_file),
        }
    }

    pub(super) fn validate(self, errors: &mut Vec<String>) -> GuardsConfig {
        let mut quiet_days = QuietDays::default();
        quiet_days.add("guards.quiet_days", None, &self.quiet_days.unwrap_or_default(), errors);
        let mut share = |key: &str, value: Option<f64>| {
            let share = value.unwrap_or_default();
            if !(0.0..=1.0).contains(&share) {
                errors.push(format!("guards.{key} is {share}; it must be between 0 and 1"));
            }
            share
        };
        let config = GuardsConfig {
            max_shrink_share: share("max_shrink_share", self.max_shrink_share),
            max_shrink_orders: self.max_shrink_orders.unwrap_or_default(),
            max_removed_days: self.max_removed_days.unwrap_or_default(),
            retention_days: self.retention_days,
            partial_share: share("partial_share", self.partial_share),
            partial_min_orders: self.partial_min_orders.unwrap_or_default(),
            level_min_orders: self.level_min_orders.unwrap_or_default(),
            low_warn: share("low_warn", self.low_warn),
            low_hold: share("low_hold", self.low_hold),
            high_warn: self.high_warn.unwrap_or_default(),
            high_hold: self.high_hold.unwrap_or_default(),
            unusual_level: share("unusual_level", self.unusual_level),
            one_position_share: share("one_position_share", self.one_position_share),
            similar_level: share("similar_level", self.similar_level),
            no_orders_min: self.no_orders_min.unwrap_or_default(),
            reject_share: share("reject_share", self.reject_share),
            reject_rows: self.reject_rows.unwrap_or_default(),
            max_users_missing_rise: share("max_users_missing_rise", self.max_users_missing_rise),
            orders_per_user: self.orders_per_user.unwrap_or_default(),
            hours_shift: share("hours_shift", self.hours_shift),
            new_city_days: self.new_city_days.unwrap_or_default(),
            new_line_orders: self.new_line_orders.unwrap_or_default(),
            new_line_days: self.new_line_days.unwrap_or_default(),
            max_vendor_shrink_share: share("max_vendor_shrink_share", self.max_vendor_shrink_share),
            vendors_min: self.vendors_min.unwrap_or_default(),
            max_grade_drop: share("max_grade_drop", self.max_grade_drop),
            max_radius_factor: self.max_radius_factor.unwrap_or_default(),
            max_area_shrink_share: share("max_area_shrink_share", self.max_area_shrink_share),
            quiet_days,
            quiet_days_file: self.quiet_days_file,
        };
        for (key, value) in [
            ("high_warn", config.high_warn),
            ("high_hold", config.high_hold),
            ("max_radius_factor", config.max_radius_factor),
        ] {
            if value.is_nan() || value < 1.0 {
                errors.push(format!("guards.{key} is {value}; it must be at least 1"));
            }
        }
        config
    }
}
