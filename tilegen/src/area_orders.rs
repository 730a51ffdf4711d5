//! Orders of areas: orders and distinct users of each area, published as the table
//! `area-stats/orders`. It is internal: it has no privacy floor. The whole job, top to bottom.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;
use serde::Serialize;
use tilecore::manifest::{Manifest, TableNameError};
use tilecore::{Slot, Visibility};

use crate::area::{
    Area, AreaError, AreaFolders, AreaId, AreaKind, AreaSets, ImportReport, read_areas,
};
use crate::buckets::Buckets;
use crate::order::OrderWord;
use crate::order_input::{OrderInput, OrdersError, ReadOrders, Reading};
use crate::progress::Progress;
use crate::publish::{NewTable, PublishError, newest_manifest, publish, store_table};
use crate::rejects::Rejects;
use crate::report::{Stopwatch, process_costs};
use crate::runs::Runs;
use crate::store::{Store, StoreError};
use crate::window::{DayRange, Window};

/// What to count.
#[derive(Clone, Debug)]
pub struct AreaOrdersSpec {
    /// Orders to read.
    pub input: OrderInput,
    /// Where areas are read from.
    pub folders: AreaFolders,
    /// Store that the table goes to.
    pub store: String,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum AreaOrdersError {
    /// There are no orders to count.
    #[error(transparent)]
    Orders(#[from] OrdersError),
    /// Areas could not be read.
    #[error("could not read the areas")]
    Areas(#[from] AreaError),
    /// There is not a single area.
    #[error("there are no areas in any of the folders; nothing is published")]
    NoAreas,
    /// The table could not be written.
    #[error("could not write the table")]
    Table(#[from] serde_json::Error),
    /// The table could not be named.
    #[error(transparent)]
    Name(#[from] TableNameError),
    /// The store cannot be used.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// Publishing failed.
    #[error("could not publish")]
    Publish(#[from] PublishError),
}

/// What the job did.
#[derive(Clone, Debug, Serialize)]
pub struct AreaOrdersReport {
    /// Program and version.
    pub generator: &'static str,
    /// Rows read.
    pub rows: u64,
    /// Rows rejected, by reason.
    pub rejects: Rejects,
    /// Orders counted.
    pub orders: u64,
    /// Those of them that lie in no area.
    pub outside_areas: u64,
    /// What was read and mended.
    pub areas: ImportReport,
    /// Length of the stored table, in bytes.
    pub bytes: u64,
    /// Number of the manifest that lists it.
    pub manifest: u64,
    /// Seconds by step.
    pub seconds: BTreeMap<&'static str, f64>,
    /// Seconds of processor time, all threads.
    pub cpu_seconds: f64,
    /// Most memory held at once, in bytes.
    pub peak_memory_bytes: u64,
}

/// `area-stats/orders`.
#[derive(Serialize)]
struct OrderStatsTable<'a> {
    lines: &'a [String],
    windows: BTreeMap<Slot, [Date; 2]>,
    areas: Vec<AreaOrders<'a>>,
}

#[derive(Serialize)]
struct AreaOrders<'a> {
    id: AreaId,
    kind: AreaKind,
    city: i64,
    name: &'a str,
    windows: BTreeMap<Slot, OrderStats>,
}

/// Orders and the people who placed them. Somebody unknown is counted among no users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct OrderStats {
    orders: u64,
    users: u64,
    orders_by_line: Vec<u64>,
    users_by_line: Vec<u64>,
}

/// An order as far as areas need it. They sort by user, then line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    user: Option<u64>,
    line: u8,
    days_back: u16,
}

/// Counts the orders of the last 30 days and of all time in every area, and publishes the table.
pub fn build_area_orders(
    spec: &AreaOrdersSpec,
    progress: Progress,
) -> Result<AreaOrdersReport, AreaOrdersError> {
    let mut watch = Stopwatch::start();
    let input = &spec.input;
    let store = Store::open(&spec.store, true)?;
    let published = newest_manifest(&store)?;
    let (areas, imported) = read_areas(&spec.folders, &input.config.cities)?;
    if areas.is_empty() {
        return Err(AreaOrdersError::NoAreas);
    }
    let sets = AreaSets::new(&areas);
    watch.lap("read areas");

    let files = input.open()?;
    let open = input.dated(&files)?;
    let days = DayRange::of(Window::All, open.newest, open.oldest);
    let reading = Reading {
        days,
        buckets: &Buckets::covering(&input.config.cities),
        runs: Runs::in_memory(),
        areas: Some(&sets),
        known_lines: published.as_ref().map(Manifest::lines).unwrap_or_default(),
        progress,
    };
    let read = input.read(&open.of(days), reading, &mut watch)?;
    let first = read.counts.first_day.unwrap_or(days.first).max(days.first);
    let windows = [Window::Days(30), Window::All]
        .map(|window| (window.slot(), DayRange::of(window, days.last, first)));

    let of_areas = orders_by_area(&read, &sets.met(), areas.len())
        .map_err(|source| input.temporary_failed(source))?;
    let outside_areas = read.counts.orders() - of_areas.orders_inside;
    let line_count = read.lines.names().len();
    let stats: Vec<_> = of_areas
        .orders
        .into_par_iter()
        .zip(&areas)
        .map(|(orders, area)| describe(area, orders, &windows, days, line_count))
        .collect();
    watch.lap("count");

    let table = OrderStatsTable {
        lines: read.lines.names(),
        windows: windows
            .iter()
            .map(|(slot, days)| (slot.clone(), [days.first.date(), days.last.date()]))
            .collect(),
        areas: stats,
    };
    let table = NewTable {
        name: "area-stats/orders".parse()?,
        slot: Slot::now(),
        visibility: Visibility::Internal,
        data_at: end_of(days.last.date(), input),
        rows: areas.len() as u64,
        json: &serde_json::to_vec(&table)?,
    };
    let table = store_table(&store, table)?;
    let bytes = table.bytes;
    let manifest = publish(&store, &input.config.cities, &[], &[table])?;
    watch.lap("publish");

    let (cpu, peak_memory_bytes) = process_costs();
    Ok(AreaOrdersReport {
        generator: crate::publish::GENERATOR,
        rows: read.counts.rows,
        orders: read.counts.orders(),
        rejects: read.counts.rejects,
        outside_areas,
        areas: imported,
        bytes,
        manifest: manifest.number,
        seconds: watch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

/// When a day ends, or now if that is still to come.
fn end_of(day: Date, input: &OrderInput) -> Timestamp {
    let midnight = day.tomorrow().and_then(|next| next.in_tz(&input.config.time_zone_name));
    let now = Timestamp::now();
    midnight.map_or(now, |midnight| midnight.timestamp().min(now))
}

struct OrdersByArea {
    /// For each area the orders in it, in any order.
    orders: Vec<Vec<Placed>>,
    /// Orders that lie in some area.
    orders_inside: u64,
}

fn orders_by_area(
    read: &ReadOrders,
    sets: &[Box<[u32]>],
    areas: usize,
) -> io::Result<OrdersByArea> {
    let mut orders = vec![Vec::new(); areas];
    let mut orders_inside = 0;
    for (index, run) in read.runs.runs().iter().enumerate() {
        let (mut words, mut users, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for part in read.repeats.parts_without(index, 0..run.len()) {
            read.runs.append_words(run, part.clone(), &mut words)?;
            read.runs.append_users(run, part.clone(), &mut users)?;
            read.runs.append_area_sets(run, part, &mut places)?;
        }
        for ((word, user), set) in words.into_iter().zip(users).zip(places) {
            let word = OrderWord(word);
            let order = Placed {
                user: word.is_user_known().then_some(user),
                line: read.lines.index(word.line()),
                days_back: word.days_back(),
            };
            let set: &[u32] = &sets[set as usize];
            orders_inside += u64::from(!set.is_empty());
            for &area in set {
                orders[area as usize].push(order);
            }
        }
    }
    Ok(OrdersByArea { orders, orders_inside })
}

fn describe<'a>(
    area: &'a Area,
    mut orders: Vec<Placed>,
    windows: &[(Slot, DayRange)],
    all: DayRange,
    lines: usize,
) -> AreaOrders<'a> {
    orders.sort_unstable();
    let stats = windows.iter().map(|(slot, days)| {
        let most_back = (all.last.0 - days.first.0).cast_unsigned();
        let inside = orders.iter().filter(|order| u32::from(order.days_back) <= most_back);
        (slot.clone(), count(inside, lines))
    });
    AreaOrders {
        id: area.id,
        kind: area.kind,
        city: area.city,
        name: &area.name,
        windows: stats.collect(),
    }
}

/// Counts orders that come sorted.
fn count<'a>(orders: impl Iterator<Item = &'a Placed>, lines: usize) -> OrderStats {
    let mut stats = OrderStats {
        orders_by_line: vec![0; lines],
        users_by_line: vec![0; lines],
        ..OrderStats::default()
    };
    let mut before: Option<&Placed> = None;
    for order in orders {
        let line = usize::from(order.line);
        stats.orders += 1;
        stats.orders_by_line[line] += 1;
        if order.user.is_some() {
            let is_known = before.is_some_and(|before| before.user == order.user);
            let is_known_of_line =
                is_known && before.is_some_and(|before| before.line == order.line);
            stats.users += u64::from(!is_known);
            stats.users_by_line[line] += u64::from(!is_known_of_line);
        }
        before = Some(order);
    }
    stats
}

impl std::fmt::Display for AreaOrdersReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, orders, outside_areas, bytes, manifest, .. } = self;
        let areas: u64 = self.areas.areas.values().sum();
        writeln!(f, "read      {rows} rows, {} rejected", self.rejects.total())?;
        writeln!(f, "counted   {orders} orders in {areas} areas, {outside_areas} in none")?;
        writeln!(f, "area-stats/orders  {bytes} bytes")?;
        let total: f64 = self.seconds.values().sum();
        writeln!(
            f,
            "published manifest {manifest} after {total:.2} s ({:.2} s of processor time, {} MB at most)",
            self.cpu_seconds,
            self.peak_memory_bytes / 1_000_000,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn users_are_those_of_a_set(
            orders in proptest::collection::vec((proptest::option::of(0u64..9), 0u8..3, 0u16..60), 0..200)
        ) {
            let mut placed: Vec<_> = orders
                .iter()
                .map(|&(user, line, days_back)| Placed { user, line, days_back })
                .collect();
            placed.sort_unstable();
            let counted = count(placed.iter().filter(|order| order.days_back < 30), 3);
            let inside: Vec<_> = orders.iter().filter(|(_, _, days_back)| *days_back < 30).collect();
            let users: BTreeSet<_> = inside.iter().filter_map(|(user, _, _)| *user).collect();
            prop_assert_eq!(counted.orders, inside.len() as u64);
            prop_assert_eq!(counted.users, users.len() as u64);
            for line in 0..3 {
                let of_line: Vec<_> = inside.iter().filter(|order| order.1 == line).collect();
                let users: BTreeSet<_> = of_line.iter().filter_map(|(user, _, _)| *user).collect();
                prop_assert_eq!(counted.orders_by_line[usize::from(line)], of_line.len() as u64);
                prop_assert_eq!(counted.users_by_line[usize::from(line)], users.len() as u64);
            }
        }
    }
}
