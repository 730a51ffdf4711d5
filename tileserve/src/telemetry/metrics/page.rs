//! Metrics of the page, as browsers report them.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// What one view of the page reports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageReport {
    /// Seconds until the map showed its first data.
    pub map_seconds: Option<f64>,
    /// Seconds until the largest content was painted (Web Vitals: LCP).
    pub lcp_seconds: Option<f64>,
    /// Seconds from an interaction to the next paint, the slowest (INP).
    pub inp_seconds: Option<f64>,
    /// How much the layout shifted (CLS); it has no unit.
    pub layout_shift: Option<f64>,
    /// Errors that the page showed.
    pub errors: Option<u32>,
    /// The features that were used. Unknown ones are not counted.
    pub features: Vec<String>,
}

/// The features that are counted: each is a label, so clients cannot add any.
const FEATURES: [&str; 11] = [
    "heat",
    "cells",
    "coverage",
    "vendors",
    "areas",
    "population",
    "compare",
    "search",
    "filter",
    "export",
    "share",
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FeatureLabels {
    feature: &'static str,
}

/// Upper bounds in seconds. The page promises its first data within two.
const SECONDS: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 4.0, 8.0, 15.0, 60.0];

/// Upper bounds of interactions in seconds; good is 0.2, poor is above 0.5 (Web Vitals).
const INTERACTION_SECONDS: [f64; 8] = [0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 4.0];

/// Upper bounds of layout shifts; good is 0.1, poor is above 0.25 (Web Vitals).
const SHIFTS: [f64; 6] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0];

/// Counts what pages report.
#[derive(Debug)]
pub struct PageMetrics {
    views: Counter,
    map_seconds: Histogram,
    lcp_seconds: Histogram,
    inp_seconds: Histogram,
    layout_shift: Histogram,
    errors: Counter,
    features: Family<FeatureLabels, Counter>,
}

impl Default for PageMetrics {
    fn default() -> Self {
        Self {
            views: Counter::default(),
            map_seconds: Histogram::new(SECONDS),
            lcp_seconds: Histogram::new(SECONDS),
            inp_seconds: Histogram::new(INTERACTION_SECONDS),
            layout_shift: Histogram::new(SHIFTS),
            errors: Counter::default(),
            features: Family::default(),
        }
    }
}

impl PageMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("page_views", "Views of the page that sent a report", self.views.clone());
        registry.register_with_unit(
            "page_first_data",
            "Time from the start of the page until its map showed data",
            Unit::Seconds,
            self.map_seconds.clone(),
        );
        registry.register_with_unit(
            "page_largest_contentful_paint",
            "Web Vitals: LCP of the page",
            Unit::Seconds,
            self.lcp_seconds.clone(),
        );
        registry.register_with_unit(
            "page_interaction_to_next_paint",
            "Web Vitals: INP of the page",
            Unit::Seconds,
            self.inp_seconds.clone(),
        );
        registry.register(
            "page_layout_shift",
            "Web Vitals: CLS of the page",
            self.layout_shift.clone(),
        );
        registry.register("page_errors", "Errors that pages showed", self.errors.clone());
        registry.register(
            "page_feature_uses",
            "Views of the page that used a feature",
            self.features.clone(),
        );
    }

    /// Counts one report.
    pub fn count(&self, report: &PageReport) {
        self.views.inc();
        for (histogram, value) in [
            (&self.map_seconds, report.map_seconds),
            (&self.lcp_seconds, report.lcp_seconds),
            (&self.inp_seconds, report.inp_seconds),
            (&self.layout_shift, report.layout_shift),
        ] {
            if let Some(value) = value {
                histogram.observe(value);
            }
        }
        self.errors.inc_by(report.errors.unwrap_or_default().into());
        for feature in
            FEATURES.into_iter().filter(|name| report.features.iter().any(|used| used == name))
        {
            self.features.get_or_create(&FeatureLabels { feature }).inc();
        }
    }
}
