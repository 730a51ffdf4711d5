//! Each guard, on both sides of its limit.

use std::collections::BTreeMap;

use tilecore::ArchiveDigest;

use super::*;
use crate::publish::guards::areas::{AreaCounts, check_areas};
use crate::publish::guards::orders::UNKNOWN_CITY;
use crate::publish::guards::vendors::{VendorCounts, check_vendors};

const FINE: (Outcome, &str) = (Outcome::Accepted, "");

pub(super) fn expect(build: &Build, wanted: (Outcome, &str), case: &str) {
    let (outcome, guard) = build.worst();
    assert_eq!((outcome, guard.as_str()), wanted, "{case}: {:?}", build.check().findings);
}

/// A day with the orders of the first `hours` hours.
pub(super) fn until(hours: usize) -> CityDay {
    let mut cut = HOURS;
    cut[hours..].fill(0);
    city_day(cut)
}

#[test]
fn a_normal_day_is_accepted_and_the_first_build_has_nothing_to_compare() {
    expect(&Build::normal(), FINE, "a normal day");
    expect(&Build::first(), FINE, "the first build");
}

#[test]
fn a_published_day_may_grow_but_shrinks_by_at_most_20_orders_or_half_a_percent() {
    let day = NEWEST - 5.days();
    for (factor, lost, wanted) in [
        (1, 20, FINE),
        (1, 21, (Outcome::Stop, "published day")),
        (10, 103, FINE),
        (10, 104, (Outcome::Stop, "published day")),
    ] {
        let mut build = Build::normal();
        build.day(day).orders *= factor;
        build.baseline =
            Some(OrdersBaseline::updated(None, &build.days, NEWEST - 1.day(), &["Cafe".into()]));
        build.day(day).orders -= lost;
        expect(&build, wanted, &format!("{factor} × 2060 − {lost}"));
        build.day(day).orders += 5 * lost;
        expect(&build, FINE, "growth");
    }
    let mut build = Build::normal();
    build.days.remove(&day);
    expect(&build, (Outcome::Stop, "published day"), "a missing day");
    build.accepted = vec![Acceptance::of_day("tehran", day)];
    expect(&build, (Outcome::Accepted, "published day"), "accepted");
    build.cities = vec!["shiraz".to_owned()];
    expect(&build, FINE, "the city was removed from the configuration");
}

#[test]
fn days_that_were_held_back_until_they_left_the_window_are_not_missed() {
    let mut build = Build::normal();
    let days = build.days.clone();
    build.baseline =
        Some(OrdersBaseline::updated(None, &days, NEWEST - 45.days(), &["Cafe".into()]));
    assert_eq!(build.check().held_from, None, "{:?}", build.check().findings);
}

#[test]
fn a_day_is_partial_if_more_than_a_tenth_of_a_normal_day_comes_after_its_last_hour() {
    // Of 2,060 orders 92 come after hour 21 (4 %), 232 after hour 20 (11 %).
    for build in [Build::normal, Build::first] {
        expect(&build().with(until(22)), FINE, "cut at 22:00");
        let partial = build().with(until(21));
        expect(&partial, (Outcome::HoldBack, "partial day"), "cut at 21:00");
        assert_eq!(partial.check().held_from, Some(NEWEST));
    }
    let mut late = until(20);
    if let Some(hours) = &mut late.hours {
        hours[23] = 1;
    }
    expect(&Build::normal().with(late), (Outcome::HoldBack, "partial day"), "one late order");
    let mut without_morning = HOURS;
    without_morning[..11].fill(0);
    let without_morning = Build::normal().with(city_day(without_morning));
    expect(&without_morning, (Outcome::HoldBack, "partial day"), "without the morning");
    let mut gap = HOURS;
    gap[13..16].fill(0);
    expect(&Build::normal().with(city_day(gap)), (Outcome::Warn, "hours"), "a gap");
    let mut small = Build::normal();
    small.config.partial_min_orders = 233;
    expect(&small.with(until(21)), (Outcome::Warn, "hours"), "too few orders are missing");
    let mut accepted = Build::normal().with(until(21));
    accepted.accepted = vec![Acceptance::of_day("tehran", NEWEST)];
    expect(&accepted, (Outcome::Accepted, "partial day"), "accepted");
    assert_eq!(accepted.check().held_from, None);
}

/// A tenth of a day with orders in few hours, so that it is not known to be complete.
fn sparse(orders: u64) -> CityDay {
    let mut hours = [0; 24];
    hours[23] = 1 + orders / 500;
    hours[12] = orders - hours[23];
    city_day(hours)
}

/// Leaves the hours of days out of a test of their level.
fn ignore_hours(build: &mut Build) {
    build.config.hours_shift = 1.0;
    build.config.partial_share = 1.0;
    for city in build.baseline.iter_mut().flat_map(|baseline| baseline.days.values_mut()) {
        city.get_mut("tehran").unwrap().hours = None;
    }
    for cities in build.days.values_mut() {
        cities.get_mut("tehran").unwrap().hours = None;
    }
}

#[test]
fn a_low_day_warns_below_half_and_is_held_back_below_a_tenth() {
    for (orders, wanted) in [
        (1030, Outcome::Accepted),
        (1029, Outcome::Warn),
        (206, Outcome::Warn),
        (205, Outcome::HoldBack),
    ] {
        let mut build = Build::normal().with(sparse(orders));
        build.config.unusual_level = 0.0;
        ignore_hours(&mut build);
        assert_eq!(build.worst().0, wanted, "{orders} orders");
    }
    let mut quiet = Build::normal().with(sparse(100));
    ignore_hours(&mut quiet);
    quiet.source.by_city.insert((NEWEST, "tehran".to_owned()), 100);
    expect(&quiet, (Outcome::Accepted, "low day"), "the source has the same count");
    quiet.source.by_city.clear();
    quiet.source.complete_days.insert(NEWEST);
    expect(&quiet, (Outcome::Accepted, "low day"), "the file has all rows of the source");
    quiet.day(NEWEST).rejected = 50;
    quiet.day(NEWEST).rows = 150;
    expect(&quiet, (Outcome::HoldBack, "low day"), "many of its rows are rejected");
    quiet.day(NEWEST).rejected = 0;
    quiet.source.complete_days.clear();
    quiet.config = with_quiet_day(NEWEST);
    expect(&quiet, FINE, "a quiet day");
    expect(&Build::normal().with(scaled_down(9)), (Outcome::Warn, "low day"), "all hours filled");
}

/// A few percent of the orders of a normal day, but at least one in each hour. The level is that of a large
/// city, so that every hour must have orders.
fn scaled_down(percent: u64) -> CityDay {
    city_day(HOURS.map(|orders| (orders * percent / 100).max(1)))
}

fn with_quiet_day(day: Date) -> GuardsConfig {
    let text = format!("[guards]\nquiet_days = ['{day}']");
    Config::parse("test", &text).unwrap().guards
}

#[test]
fn a_small_city_without_orders_is_held_back_also_on_a_quiet_day() {
    for config in [config(), with_quiet_day(NEWEST)] {
        let mut build = Build::normal();
        build.cities.push("shiraz".to_owned());
        for cities in build.days.values_mut() {
            cities.insert("shiraz".to_owned(), scaled(5));
        }
        let lines = ["Cafe".to_owned()];
        build.baseline = Some(OrdersBaseline::updated(None, &build.days, NEWEST - 1.day(), &lines));
        build.config = config;
        expect(&build, FINE, "a normal day");
        build.days.get_mut(&NEWEST).unwrap().remove("shiraz");
        expect(&build, (Outcome::HoldBack, "no orders"), "one city is missing");
    }
}

#[test]
fn a_level_needs_two_same_weekdays_and_a_median_of_200() {
    let mut small = Build::normal();
    ignore_hours(&mut small);
    for cities in small.days.values_mut() {
        cities.insert("tehran".to_owned(), scaled(9));
    }
    small.baseline =
        Some(OrdersBaseline::updated(None, &small.days, NEWEST - 1.day(), &["Cafe".into()]));
    let mut hours = [0; 24];
    hours[22] = 1;
    *small.day(NEWEST) = city_day(hours);
    expect(&small, FINE, "a median of 180");
    small.config.level_min_orders = 100;
    expect(&small, (Outcome::HoldBack, "low day"), "a median above the minimum");
    let weekdays = |weeks: i64| {
        let mut build = Build::first().with(sparse(100));
        ignore_hours(&mut build);
        build.days.retain(|&day, _| day > NEWEST - (7 * weeks + 1).days());
        build
    };
    expect(&weekdays(1), FINE, "one same weekday");
    expect(&weekdays(2), (Outcome::HoldBack, "low day"), "two same weekdays");
}

#[test]
fn a_high_day_warns_above_two_and_a_half_and_is_held_back_above_five_times_the_median() {
    for (orders, wanted) in [
        (5150, FINE),
        (5151, (Outcome::Warn, "high day")),
        (10_300, (Outcome::Warn, "high day")),
        (10_301, (Outcome::HoldBack, "high day")),
    ] {
        let mut build = Build::normal();
        build.day(NEWEST).orders = orders;
        build.config.unusual_level = 0.0;
        ignore_hours(&mut build);
        expect(&build, wanted, &format!("{orders} orders"));
    }
}

#[test]
fn a_day_outside_the_range_of_its_same_weekdays_warns() {
    for (orders, wanted) in [
        (1442, FINE),
        (1441, (Outcome::Warn, "low day")),
        (2942, FINE),
        (2943, (Outcome::Warn, "high day")),
    ] {
        let mut build = Build::normal();
        build.day(NEWEST).orders = orders;
        ignore_hours(&mut build);
        expect(&build, wanted, &format!("{orders} orders"));
    }
}

#[test]
fn a_day_is_held_back_if_many_orders_are_at_one_position() {
    for (usual, share, wanted) in [
        (0.05, 0.2, FINE),
        (0.05, 0.21, (Outcome::HoldBack, "one position")),
        (0.1, 0.3, FINE),
        (0.1, 0.31, (Outcome::HoldBack, "one position")),
        (1.0, 1.0, FINE),
    ] {
        let mut build = Build::normal();
        for (_, cities) in build.baseline.as_mut().unwrap().days.iter_mut().rev().take(3) {
            cities.get_mut("tehran").unwrap().one_position_share = Some(usual);
        }
        build.day(NEWEST).one_position_share = Some(share);
        expect(&build, wanted, &format!("{share}, usually {usual}"));
    }
    let mut unknown = Build::normal();
    unknown.day(NEWEST).one_position_share = Some(1.0);
    expect(&unknown, FINE, "what is usual is not known");
}

#[test]
fn a_day_without_orders_is_held_back_unless_the_source_has_none() {
    let mut build = Build::normal();
    build.config.level_min_orders = 3000;
    build.days.remove(&NEWEST);
    expect(&build, (Outcome::HoldBack, "no orders"), "no file");
    assert_eq!(build.check().held_from, Some(NEWEST));
    build.days.insert(NEWEST, BTreeMap::from([("tehran".to_owned(), CityDay::default())]));
    expect(&build, (Outcome::HoldBack, "no orders"), "an empty file");
    build.source.by_city.insert((NEWEST, "tehran".to_owned()), 0);
    expect(&build, (Outcome::Accepted, "no orders"), "the source has none");
    build.source.by_city.clear();
    build.source.complete_days.insert(NEWEST);
    expect(&build, (Outcome::Accepted, "no orders"), "the file has all rows of the source");
    build.source.complete_days.clear();
    build.config.no_orders_min = 2061;
    expect(&build, FINE, "a normal day has too few orders");
}

#[test]
fn rejects_hold_a_day_back_above_50_rows_and_a_fifth() {
    for (rejected, rows, wanted) in [
        (50, 60, FINE),
        (51, 255, FINE),
        (51, 254, (Outcome::HoldBack, "rejects")),
        (412, 2060, FINE),
        (413, 2060, (Outcome::HoldBack, "rejects")),
    ] {
        let mut build = Build::normal();
        let day = build.day(NEWEST);
        (day.rejected, day.rows) = (rejected, rows);
        expect(&build, wanted, &format!("{rejected} of {rows}"));
        // Rows of an unknown city are compared with all rows of the day.
        let mut build = Build::normal();
        build.day(NEWEST).rows = rows - rejected;
        let unknown = CityDay { rejected, rows: rejected, ..CityDay::default() };
        build.days.get_mut(&NEWEST).unwrap().insert(UNKNOWN_CITY.to_owned(), unknown);
        expect(&build, wanted, &format!("{rejected} of {rows} of an unknown city"));
    }
}

#[test]
fn the_build_stops_if_20_percent_more_orders_have_no_user() {
    for (day, without_user, wanted) in [
        (NEWEST, 412, FINE),
        (NEWEST, 413, (Outcome::Stop, "identity")),
        (NEWEST - 3.days(), 412, FINE),
        (NEWEST - 3.days(), 413, (Outcome::Stop, "identity")),
    ] {
        let mut build = Build::normal();
        build.day(day).without_user = without_user;
        expect(&build, wanted, &format!("{without_user} on {day}"));
    }
}

#[test]
fn unusual_orders_per_user_warn() {
    for (per_user, wanted) in [
        (1.0, FINE),
        (0.99, (Outcome::Warn, "identity")),
        (3.0, FINE),
        (3.01, (Outcome::Warn, "identity")),
    ] {
        let mut build = Build::normal();
        for cities in build.baseline.as_mut().unwrap().days.values_mut() {
            cities.get_mut("tehran").unwrap().orders_per_user = Some(2.0);
        }
        build.days.retain(|&day, _| day == NEWEST);
        build.day(NEWEST).orders_per_user = Some(per_user);
        let mut verdict = build.check();
        verdict.findings.retain(|finding| finding.guard != "published day");
        let (outcome, guard) = worst(&verdict.findings);
        assert_eq!((outcome, guard.as_str()), wanted, "{per_user}");
    }
}

#[test]
fn unusual_hours_warn() {
    let mut shifted = HOURS;
    shifted.rotate_right(4);
    let late = Build::normal().with(city_day(shifted));
    expect(&late, (Outcome::Warn, "hours"), "four hours later");
    let message = late.check().findings[0].message.clone();
    assert!(message.contains("seem to be 4 hours late"), "{message}");
    let mut shifted = HOURS;
    shifted.rotate_right(1);
    let hour = Build::normal().with(city_day(shifted)).worst();
    assert_ne!(hour.0, Outcome::HoldBack, "one hour later: {hour:?}");
}

#[test]
fn a_new_city_is_not_checked_for_14_accepted_days() {
    for (days, wanted) in [(13, FINE), (14, (Outcome::HoldBack, "partial day"))] {
        let mut build = Build::normal();
        build.cities.push("shiraz".to_owned());
        for back in 0..=days {
            let cities = build.days.get_mut(&(NEWEST - back.days())).unwrap();
            cities.insert("shiraz".to_owned(), scaled(100));
        }
        build.baseline =
            Some(OrdersBaseline::updated(None, &build.days, NEWEST - 1.day(), &["Cafe".into()]));
        build.days.get_mut(&NEWEST).unwrap().insert("shiraz".to_owned(), until(12));
        expect(&build, wanted, &format!("{days} accepted days"));
    }
}

#[test]
fn a_new_line_warns_below_100_orders_in_its_first_3_days() {
    for (known_since, orders, wanted) in [
        (None, 99, (Outcome::Warn, "new line")),
        (None, 100, FINE),
        (Some(2), 99, (Outcome::Warn, "new line")),
        (Some(3), 99, FINE),
    ] {
        let mut build = Build::normal();
        build.lines.push(("Caffe".to_owned(), orders));
        if let Some(days) = known_since {
            let lines = &mut build.baseline.as_mut().unwrap().lines;
            lines.insert("Caffe".to_owned(), NEWEST - i64::from(days).days());
        }
        expect(&build, wanted, &format!("{orders} orders, known since {known_since:?}"));
    }
}

fn vendor_counts(tapsifood: u64, snappfood: u64) -> VendorCounts {
    let platforms = [("tapsifood", tapsifood), ("snappfood", snappfood)];
    let platforms = platforms.map(|(name, count)| (name.to_owned(), count));
    VendorCounts {
        vendors: BTreeMap::from([("tehran".to_owned(), platforms.into())]),
        graded: u64::midpoint(tapsifood, snappfood),
        covered: BTreeMap::from([("tehran".to_owned(), 1000)]),
        median_radius_m: Some(2000),
        targets: BTreeMap::from([("tehran".to_owned(), 100)]),
        ..VendorCounts::default()
    }
}

fn check_snapshot(before: &VendorCounts, now: &VendorCounts, accept: bool) -> (Outcome, String) {
    let own = Acceptance::Vendors(ArchiveDigest::of(b"vendors.csv"));
    let accepted = if accept { vec![own.clone()] } else { Vec::new() };
    let cities = ["tehran".to_owned()];
    let accepting = Accepting { config: &config(), now: &accepted, before: &[] };
    worst(&check_vendors(&cities, Some(before), now, &own, accepting))
}

#[test]
fn a_snapshot_may_lose_a_fifth_of_the_vendors_of_a_platform_in_a_city() {
    for (before, now, wanted) in
        [(50, 40, FINE), (50, 39, (Outcome::Stop, "vendors")), (49, 0, FINE), (1000, 2000, FINE)]
    {
        let (before, now) = (vendor_counts(5000, before), vendor_counts(5000, now));
        let (outcome, guard) = check_snapshot(&before, &now, false);
        assert_eq!((outcome, guard.as_str()), wanted, "{before:?} {now:?}");
    }
    let (before, now) = (vendor_counts(500, 500), vendor_counts(500, 0));
    assert_eq!(check_snapshot(&before, &now, true).0, Outcome::Accepted);
}

#[test]
fn a_snapshot_stops_if_grades_radii_coverage_or_targets_are_lost() {
    let before = vendor_counts(500, 500);
    let changed = |change: fn(&mut VendorCounts)| {
        let mut now = before.clone();
        change(&mut now);
        check_snapshot(&before, &now, false)
    };
    let stop = |guard: &str| (Outcome::Stop, guard.to_owned());
    let fine = (Outcome::Accepted, String::new());
    assert_eq!(changed(|now| now.graded = 450), fine);
    assert_eq!(changed(|now| now.graded = 449), stop("grades"));
    assert_eq!(changed(|now| now.median_radius_m = Some(4000)), fine);
    assert_eq!(changed(|now| now.median_radius_m = Some(4001)), stop("radius"));
    assert_eq!(changed(|now| now.median_radius_m = Some(2)), stop("radius"));
    assert_eq!(changed(|now| *now.covered.get_mut("tehran").unwrap() = 1), fine);
    assert_eq!(changed(|now| now.covered.clear()), stop("coverage"));
    assert_eq!(changed(|now| *now.targets.get_mut("tehran").unwrap() = 95), fine);
    assert_eq!(changed(|now| *now.targets.get_mut("tehran").unwrap() = 94), stop("targets"));
}

#[test]
fn areas_and_inhabitants_may_shrink_by_5_percent() {
    let counts = |marketing: u64, regions: u64, people: u64| {
        let kinds = [("marketing", marketing), ("region", regions)];
        let kinds = kinds.into_iter().filter(|(_, count)| *count > 0);
        let kinds = kinds.map(|(kind, count)| (kind.to_owned(), count)).collect();
        AreaCounts {
            cities: BTreeMap::from([("tehran".to_owned(), kinds)]),
            people: BTreeMap::from([("tehran".to_owned(), people)]),
            ..AreaCounts::default()
        }
    };
    let own = Acceptance::Areas(ArchiveDigest::of(b"areas"));
    for (now, wanted) in [
        (counts(380, 22, 950), FINE),
        (counts(379, 22, 1000), (Outcome::Stop, "areas")),
        (counts(400, 0, 1000), (Outcome::Stop, "areas")),
        (counts(400, 22, 949), (Outcome::Stop, "population")),
        (counts(500, 23, 2000), FINE),
    ] {
        let before = counts(400, 22, 1000);
        let check = |accepted: &[Acceptance]| {
            let accepting = Accepting { config: &config(), now: accepted, before: &[] };
            worst(&check_areas(&["tehran".to_owned()], Some(&before), &now, &own, accepting))
        };
        let (outcome, guard) = check(&[]);
        assert_eq!((outcome, guard.as_str()), wanted, "{now:?}");
        assert_eq!(check(std::slice::from_ref(&own)).0, Outcome::Accepted);
    }
}
