//! A replayed year: few false alarms.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::orders::calendar::Day;
use crate::orders::read::{OrderInput, ReadOptions};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::SpillWriter;
use crate::orders::window::{DayRange, ReadRange};
use crate::publish::guards::orders::days_of;
use crate::sample::year::{YEAR_DAYS, year};
use crate::sample::{SampleSpec, write_sample};
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// The first day of the year that is replayed.
const FIRST: Date = date(2025, 10, 19);

/// Days that a build reads.
const WINDOW: i64 = 30;

/// Days that the first build reads.
const INSTALLED: usize = 60;

/// Days of a year with events, with users and orders per user.
pub(super) fn days() -> Days {
    let days = year(FIRST, YEAR_DAYS, 1).into_iter();
    days.map(|(day, cities)| {
        let cities = cities.into_iter().map(|counts| {
            let city = city_day(counts.hours);
            let without_user = city.orders / 50;
            let per_user = Some(1.2);
            let one_position_share = Some(0.02);
            let city =
                CityDay { without_user, orders_per_user: per_user, one_position_share, ..city };
            (counts.city.to_owned(), city)
        });
        (day, cities.collect())
    })
    .collect()
}

/// Orders in the files of a small year.
const FILE_ORDERS: u64 = 2_000_000;

/// Counts of the files of `tilegen sample --year`, read and validated as builds do it.
pub(super) fn days_of_files() -> Days {
    let folder = tempfile::tempdir().unwrap();
    let last_day = FIRST + (i64::from(YEAR_DAYS) - 1).days();
    let sample = SampleSpec {
        out: folder.path().join("demo"),
        orders: FILE_ORDERS,
        days: YEAR_DAYS,
        seed: 1,
        last_day,
        has_events: true,
    };
    write_sample(&sample).unwrap();
    let config = Config::load(None).unwrap();
    let input = OrderInput {
        orders: sample.out.join("orders").display().to_string(),
        now: (last_day + 1.day()).in_tz(&config.time_zone_name).unwrap().timestamp(),
        config,
        as_of: None,
        include_today: false,
        memory_bytes: 4_000_000_000,
        temp_dir: folder.path().to_owned(),
    };
    let files = input.open_files().unwrap().files;
    let dataset = input.dataset(&files).unwrap();
    let first = last_day - (i64::from(YEAR_DAYS) - 1).days();
    let days = DayRange { first: Day::from_date(first), last: Day::from_date(last_day) };
    let range = ReadRange { days, rejects_older: false };
    let groups: Vec<_> = dataset.overlapping(range).iter().map(|group| group.group).collect();
    let options = ReadOptions {
        range,
        partitions: &Partitions::covering(&input.config.cities),
        spill: SpillWriter::new(None).unwrap(),
        areas: None,
        keeps_details: false,
        published_lines: &[],
        progress: Progress::logged(),
    };
    let read = input.read(&groups, options, &mut Stopwatch::start()).unwrap();
    let mut days = days_of(&read.counts.by_day, &input.config.cities, last_day);
    // A build knows the users and positions of its last day; here one build has read all days.
    for city in days.values_mut().flat_map(BTreeMap::values_mut) {
        city.orders_per_user.get_or_insert(1.2);
        city.one_position_share.get_or_insert(0.02);
    }
    days
}

/// The defaults with the quiet days of Iran.
pub(super) fn iran() -> GuardsConfig {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tilegen.toml");
    std::fs::write(&path, "[guards]\nquiet_days_file = 'quiet.toml'\n").unwrap();
    let quiet = include_str!("../../../../../data/quiet-days-iran.toml");
    std::fs::write(folder.path().join("quiet.toml"), quiet).unwrap();
    Config::load(Some(&path)).unwrap().guards
}

pub(super) fn cities() -> Vec<String> {
    ["tehran", "mashhad", "shiraz"].map(str::to_owned).into()
}

/// Replays the builds of a year. Returns what was held back or stopped, and the baseline after day `until`.
pub(super) fn replay(days: &Days, until: usize) -> (Vec<Finding>, OrdersBaseline) {
    let (config, cities) = (iran(), cities());
    let lines = [("Cafe".to_owned(), 10_000)];
    let mut alarms = Vec::new();
    let mut baseline: Option<OrdersBaseline> = None;
    for (&today, _) in days.iter().take(until).skip(INSTALLED) {
        let first = if baseline.is_some() { today - (WINDOW - 1).days() } else { FIRST };
        let read: Days = days.range(first..=today).map(|(day, all)| (*day, all.clone())).collect();
        let context = OrdersContext {
            config: &config,
            cities: &cities,
            accepting: accept_nothing(&config),
            baseline: baseline.as_ref(),
            source: &SourceCounts::default(),
        };
        let data = OrderData {
            days: &read,
            first,
            newest: today,
            expected: today,
            checked_until: None,
            lines: &lines,
        };
        let verdict = check_orders(context, data);
        let found = verdict.findings.into_iter();
        alarms.extend(found.filter(|finding| finding.outcome >= Outcome::HoldBack));
        let last = verdict.held_from.map_or(today, |day| day - 1.day());
        let names = ["Cafe".to_owned()];
        baseline = Some(OrdersBaseline::updated(baseline.as_ref(), &read, last, &names));
    }
    (alarms, baseline.unwrap())
}

#[test]
fn a_year_with_holidays_a_strike_an_outage_and_changes_of_cities_has_at_most_2_false_alarms() {
    expect_few_alarms(&days());
}

#[test]
fn a_small_year_of_files_has_at_most_2_false_alarms_and_every_planted_fault_is_noticed() {
    let days = days_of_files();
    expect_few_alarms(&days);
    super::faults::expect_every_fault_noticed(&days);
}

fn expect_few_alarms(days: &Days) {
    let (alarms, baseline) = replay(days, days.len());
    // Several guards may hold back the same day of a city, and a day stays held back until the next one.
    let held: BTreeSet<_> = alarms.iter().map(|alarm| (&alarm.city, alarm.day)).collect();
    assert!(held.len() <= 2, "{alarms:#?}");
    // The map is up to date at the end: no alarm keeps days back for good.
    assert_eq!(baseline.last_day(), days.last_key_value().map(|(&day, _)| day));
    let given_up = |alarm: &Finding| alarm.city.as_deref() == Some("mashhad");
    assert!(alarms.iter().all(given_up), "{alarms:#?}");
}
