//! Gauges of what the manifest of the served map says about each layer and table.

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tilecore::manifest::{Hold, Job};

use crate::values::map_facts::{ACCEPTED_INPUTS, LayerFacts, MapFacts};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LayerLabels {
    layer: String,
    slot: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RejectLabels {
    layer: String,
    slot: String,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TableLabels {
    table: String,
    slot: String,
}

/// The label is not `job`, because Prometheus sets that one itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HoldLabels {
    hold: &'static str,
}

/// A tilegen command, as the metrics of builds name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    build: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InputLabels {
    inputs: &'static str,
}

/// A source whose rows layers join.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabels {
    source: String,
}

/// Gauges of the facts of a map. Slots that left the map are removed from them.
#[derive(Debug, Default)]
pub(super) struct FactGauges {
    published: Gauge,
    built: Family<LayerLabels, Gauge>,
    data: Family<LayerLabels, Gauge>,
    due: Family<LayerLabels, Gauge>,
    days: Family<LayerLabels, Gauge>,
    orders: Family<LayerLabels, Gauge>,
    rows: Family<LayerLabels, Gauge>,
    rejected: Family<RejectLabels, Gauge>,
    pinned: Family<LayerLabels, Gauge>,
    table_data: Family<TableLabels, Gauge>,
    table_due: Family<TableLabels, Gauge>,
    source_data: Family<SourceLabels, Gauge>,
    source_max_age: Family<SourceLabels, Gauge>,
    held_back: Family<BuildLabels, Gauge>,
    accepted: Family<InputLabels, Gauge>,
    hold_start: Family<HoldLabels, Gauge>,
    hold_end: Family<HoldLabels, Gauge>,
}

impl FactGauges {
    pub(super) fn register(&self, registry: &mut Registry) {
        let published = self.published.clone();
        let help = "When the served map was published, 0 without one";
        registry.register_with_unit("map_published_timestamp", help, Unit::Seconds, published);
        for (name, help, family) in [
            ("layer_built_timestamp", "When the archive was built", &self.built),
            ("layer_data_timestamp", "When the newest of its data were written", &self.data),
            ("layer_next_due_timestamp", "When the next build is due", &self.due),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
        self.register_counts(registry);
        for (name, help, family) in [
            ("table_data_timestamp", "When the source of the table was written", &self.table_data),
            ("table_next_due_timestamp", "When the next build is due", &self.table_due),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
        for (name, help, family) in [
            ("source_data_timestamp", "When the rows of a source were current", &self.source_data),
            ("source_max_age", "Age at which they are too old", &self.source_max_age),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
        for (name, help, family) in [
            ("hold_start_timestamp", "When each job's hold was set, or 0", &self.hold_start),
            ("hold_end_timestamp", "When each job's hold ends, or 0", &self.hold_end),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, family.clone());
        }
    }

    fn register_counts(&self, registry: &mut Registry) {
        for (name, help, family) in [
            ("layer_dates", "Calendar days of its data", &self.days),
            ("layer_orders", "Orders that it shows", &self.orders),
            ("layer_rows", "Rows that its build read", &self.rows),
            ("layer_pinned", "1 if builds leave it unchanged", &self.pinned),
        ] {
            registry.register(name, help, family.clone());
        }
        let rejected = self.rejected.clone();
        registry.register("layer_rejected_rows", "Rows that its build rejected", rejected);
        let held_back = self.held_back.clone();
        registry.register("held_back", "1 if its last build left out the newest days", held_back);
        let accepted = self.accepted.clone();
        registry.register("guards_accepted", "Accepted findings of guards", accepted);
    }

    /// Sets all gauges; without a map there are only those of jobs.
    pub(super) fn measure(&self, facts: &MapFacts) {
        self.clear();
        self.published.set(facts.published_at);
        for layer in &facts.layers {
            self.measure_layer(layer);
        }
        for facts in &facts.tables {
            let labels = TableLabels { table: facts.table.clone(), slot: facts.slot.clone() };
            self.table_data.get_or_create(&labels).set(facts.data_at);
            if let Some(due) = facts.next_due {
                self.table_due.get_or_create(&labels).set(due);
            }
        }
        for facts in &facts.sources {
            let labels = SourceLabels { source: facts.name.clone() };
            self.source_data.get_or_create(&labels).set(facts.data_at.as_second());
            self.source_max_age.get_or_create(&labels).set(whole(facts.max_age_seconds));
        }
        for &build in Job::Orders.commands() {
            let is_held_back = facts.held_back.iter().any(|command| command == build);
            self.held_back.get_or_create(&BuildLabels { build }).set(is_held_back.into());
        }
        for inputs in ACCEPTED_INPUTS {
            let accepted = whole(facts.accepted_for(inputs));
            self.accepted.get_or_create(&InputLabels { inputs }).set(accepted);
        }
        self.measure_holds(&facts.holds);
    }

    fn clear(&self) {
        let Self { built, data, due, days, orders, rows, pinned, .. } = self;
        for family in [built, data, due, days, orders, rows, pinned] {
            family.clear();
        }
        for family in [&self.table_data, &self.table_due] {
            family.clear();
        }
        for family in [&self.source_data, &self.source_max_age] {
            family.clear();
        }
        self.rejected.clear();
    }

    fn measure_layer(&self, facts: &LayerFacts) {
        let labels = LayerLabels { layer: facts.layer.clone(), slot: facts.slot.clone() };
        let set = |family: &Family<LayerLabels, Gauge>, value: Option<i64>| {
            if let Some(value) = value {
                family.get_or_create(&labels).set(value);
            }
        };
        set(&self.built, Some(facts.built_at));
        set(&self.data, facts.data_at);
        set(&self.due, facts.next_due);
        set(&self.days, Some(facts.days));
        set(&self.orders, Some(whole(facts.orders)));
        set(&self.rows, facts.rows.map(whole));
        set(&self.pinned, Some(facts.is_pinned.into()));
        for (reason, &rows) in &facts.rejects {
            let LayerLabels { layer, slot } = labels.clone();
            let labels = RejectLabels { layer, slot, reason: reason.clone() };
            self.rejected.get_or_create(&labels).set(whole(rows));
        }
    }

    /// Sets the gauges of every job, so that queries find them before there is a hold.
    fn measure_holds(&self, holds: &[Hold]) {
        let now = Timestamp::now();
        for job in Job::ALL {
            let hold = holds.iter().find(|hold| hold.holds(job, now));
            let labels = HoldLabels { hold: job.as_str() };
            let seconds = |time: Option<Timestamp>| time.map_or(0, Timestamp::as_second);
            self.hold_start.get_or_create(&labels).set(seconds(hold.map(|hold| hold.since)));
            self.hold_end.get_or_create(&labels).set(seconds(hold.map(|hold| hold.until)));
        }
    }
}

/// A count as the value of a gauge.
fn whole(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
