//! A lasting change costs one alert, and a partial day is never published by itself.

use super::table::{expect, until};
use super::*;

#[test]
fn a_partial_day_stays_held_back_when_a_normal_day_follows() {
    let yesterday = NEWEST - 1.day();
    let held = |next: CityDay| {
        let mut build = Build::normal().with(next);
        *build.day(yesterday) = until(21);
        build.baseline =
            Some(OrdersBaseline::updated(None, &build.days, NEWEST - 2.days(), &["Cafe".into()]));
        build
    };
    for (next, case) in [(scaled(100), "normal"), (until(21), "partial too"), (until(11), "low")] {
        assert_eq!(held(next).check().held_from, Some(yesterday), "the next day is {case}");
    }
    let mut accepted = held(scaled(100));
    accepted.accepted = vec![Acceptance::of_day("tehran", yesterday)];
    assert_eq!(accepted.check().held_from, None);
}

#[test]
fn a_new_closing_time_is_accepted_once() {
    let yesterday = NEWEST - 1.day();
    let mut build = Build::normal().with(until(21));
    *build.day(yesterday) = until(21);
    build.baseline = None;
    build.publish(NEWEST - 2.days(), &[]);
    build.accepted = vec![Acceptance::of_day("tehran", yesterday)];
    let verdict = build.check();
    assert_eq!(verdict.held_from, None, "{:?}", verdict.findings);
    build.publish(yesterday, &verdict.findings);
    build.accepted.clear();
    expect(&build, (Outcome::Warn, "partial day"), "the day after the accepted one");
    expect(&build.with(until(17)), (Outcome::HoldBack, "partial day"), "an earlier end");
}

#[test]
fn a_lasting_change_costs_one_alert() {
    for late_orders in [0, 1, 20] {
        expect_one_day_held_back(late_orders);
    }
}

/// A city is shut down: one day is held back, then all of them are accepted. `late_orders` of the last evening arrive
/// after midnight.
fn expect_one_day_held_back(late_orders: u64) {
    let mut build = Build::normal();
    build.cities.push("shiraz".to_owned());
    for cities in build.days.values_mut() {
        cities.insert("shiraz".to_owned(), scaled(100));
    }
    build.baseline = None;
    build.publish(NEWEST - 3.days(), &[]);
    let close = |build: &mut Build, day: Date| {
        build.days.get_mut(&day).unwrap().remove("shiraz");
    };
    let mut later = build.days.split_off(&(NEWEST - 1.day()));
    close(&mut build, NEWEST - 2.days());
    if late_orders > 0 {
        let mut hours = [0; 24];
        hours[0] = late_orders;
        let cities = build.days.get_mut(&(NEWEST - 2.days())).unwrap();
        cities.insert("shiraz".to_owned(), city_day(hours));
    }
    assert_eq!(build.check_until(NEWEST - 2.days()).held_from, Some(NEWEST - 2.days()));
    build.days.append(&mut later);
    close(&mut build, NEWEST - 1.day());
    close(&mut build, NEWEST);
    assert_eq!(build.check_until(NEWEST - 1.day()).held_from, None);
    build.publish(NEWEST - 1.day(), &[]);
    assert_eq!(build.check_until(NEWEST).held_from, None);
}

/// A build of two cities, in which Shiraz has about 250 orders a day.
fn with_small_city() -> Build {
    let mut build = Build::normal();
    build.cities.push("shiraz".to_owned());
    for cities in build.days.values_mut() {
        cities.insert("shiraz".to_owned(), scaled(13));
    }
    build
}

#[test]
fn a_strike_in_a_small_city_costs_one_alert() {
    let strike = |orders: [usize; 3]| {
        let mut build = with_small_city();
        build.baseline = None;
        build.publish(NEWEST - 3.days(), &[]);
        for (back, orders) in orders.into_iter().enumerate() {
            let mut hours = [0; 24];
            (0..orders).for_each(|order| hours[8 + (order * 7) % 15] += 1);
            let day = NEWEST - i64::try_from(back).unwrap().days();
            build.days.get_mut(&day).unwrap().insert("shiraz".to_owned(), city_day(hours));
        }
        build
    };
    let mut build = strike([14, 18, 20]);
    assert_eq!(build.check_until(NEWEST - 2.days()).held_from, Some(NEWEST - 2.days()));
    assert_eq!(build.check_until(NEWEST - 1.day()).held_from, None, "the second day of it");
    build.publish(NEWEST - 1.day(), &[]);
    assert_eq!(build.check().held_from, None, "the third day of it");
    let ended = strike([250, 250, 20]).check();
    assert_eq!(ended.held_from, Some(NEWEST - 2.days()), "one low day, then a normal one");
}

#[test]
fn a_strike_in_a_large_city_needs_all_hours() {
    let mut build = Build::normal();
    for back in [1, 2] {
        let mut hours = [0; 24];
        (hours[9], hours[22]) = (40, 40);
        *build.day(NEWEST - i64::from(back).days()) = city_day(hours);
    }
    build.baseline = None;
    build.publish(NEWEST - 3.days(), &[]);
    assert_eq!(build.check_until(NEWEST - 1.day()).held_from, Some(NEWEST - 2.days()));
}

#[test]
fn a_count_of_the_source_is_remembered_with_the_day() {
    for orders in [0, 70] {
        let mut build = Build::normal();
        let mut hours = [0; 24];
        hours[12] = orders;
        *build.day(NEWEST) = city_day(hours);
        build.source.by_city.insert((NEWEST, "tehran".to_owned()), orders);
        let verdict = build.check();
        assert_eq!((verdict.held_from, worst(&verdict.findings).0), (None, Outcome::Accepted));
        build.publish(NEWEST - 1.day(), &verdict.findings);
        build.source.by_city.clear();
        assert_eq!(build.check().held_from, None, "the next build has no count");
        if orders > 0 {
            hours[12] = orders - 21;
            *build.day(NEWEST) = city_day(hours);
            assert_eq!(build.check().held_from, Some(NEWEST), "fewer than the source said");
        }
    }
}
