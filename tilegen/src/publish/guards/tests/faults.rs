//! Planted faults: every one of them is noticed. The data are those of the replayed year, on a normal day
//! on which all cities are open. A stale snapshot and coordinates that are out of range are tested with
//! files, in `tests/integration/guards.rs` and `snapshot.rs`.

use std::collections::BTreeMap;

use tilecore::ArchiveDigest;

use super::year::{cities, days, iran, replay};
use super::*;
use crate::publish::guards::areas::{AreaCounts, check_areas};
use crate::publish::guards::orders::UNKNOWN_CITY;
use crate::publish::guards::vendors::{VendorCounts, check_vendors};

/// Days of the year before the newest day.
const DAYS: usize = 300;

/// Damages the orders of a build whose newest day is the second argument.
type OrderFault = fn(&mut Days, Date);

fn each(days: &mut Days, day: Date, change: impl Fn(&mut CityDay)) {
    if let Some(cities) = days.get_mut(&day) {
        cities.values_mut().for_each(change);
    }
}

fn city<'a>(days: &'a mut Days, day: Date, key: &str) -> &'a mut CityDay {
    days.get_mut(&day).unwrap().get_mut(key).unwrap()
}

fn set_hours(city: &mut CityDay, hours: [u64; 24]) {
    let orders: u64 = hours.iter().sum();
    city.without_user = city.without_user * orders / city.orders.max(1);
    (city.orders, city.rows, city.hours) = (orders, orders, Some(hours));
}

fn cut_from(city: &mut CityDay, hour: usize) {
    let mut hours = city.hours.unwrap();
    hours[hour..].fill(0);
    set_hours(city, hours);
}

fn keep_percent(city: &mut CityDay, percent: u64) {
    set_hours(city, city.hours.unwrap().map(|orders| orders * percent / 100));
}

/// `percent` of the rows are rejected.
fn reject(city: &mut CityDay, percent: u64) {
    let rows = city.rows;
    keep_percent(city, 100 - percent);
    (city.rejected, city.rows) = (rows * percent / 100, rows);
}

/// Hours that are later by some hours, where the orders of the day before would be on the next day.
fn shift(city: &mut CityDay, later: isize) {
    let mut hours = city.hours.unwrap();
    if later > 0 {
        hours.rotate_right(later.unsigned_abs());
        hours[..later.unsigned_abs()].fill(0);
    } else {
        hours.rotate_left(later.unsigned_abs());
        hours[24 - later.unsigned_abs()..].fill(0);
    }
    set_hours(city, hours);
}

/// Hours that are later by some hours, and half an hour more, and wrap around midnight.
fn wrap(city: &mut CityDay, later: usize, half: bool) {
    let hours = city.hours.unwrap();
    let at = |hour: usize, back: usize| hours[(hour + 48 - later - back) % 24];
    let wrapped = |hour| if half { u64::midpoint(at(hour, 0), at(hour, 1)) } else { at(hour, 0) };
    set_hours(city, std::array::from_fn(wrapped));
}

/// Name, worst outcome at least, and the fault.
const ORDER_FAULTS: [(&str, Outcome, OrderFault); 45] = [
    ("all cities end at noon", Outcome::HoldBack, |days, day| {
        each(days, day, |city| cut_from(city, 12));
    }),
    ("all cities end at 18:00", Outcome::HoldBack, |days, day| {
        each(days, day, |city| cut_from(city, 18));
    }),
    ("all cities end at 21:00", Outcome::HoldBack, |days, day| {
        each(days, day, |city| cut_from(city, 21));
    }),
    ("Tehran ends at 20:00", Outcome::HoldBack, |days, day| {
        cut_from(city(days, day, "tehran"), 20);
    }),
    ("Mashhad ends at 16:00", Outcome::HoldBack, |days, day| {
        cut_from(city(days, day, "mashhad"), 16);
    }),
    ("Shiraz ends at 3:00", Outcome::HoldBack, |days, day| cut_from(city(days, day, "shiraz"), 3)),
    ("no file of the newest day", Outcome::HoldBack, |days, day| drop(days.remove(&day))),
    ("empty files", Outcome::HoldBack, |days, day| each(days, day, |city| keep_percent(city, 0))),
    ("no file of Tehran", Outcome::HoldBack, |days, day| {
        days.get_mut(&day).unwrap().remove("tehran");
    }),
    ("no file of Mashhad", Outcome::HoldBack, |days, day| {
        days.get_mut(&day).unwrap().remove("mashhad");
    }),
    ("no file of Shiraz", Outcome::HoldBack, |days, day| {
        days.get_mut(&day).unwrap().remove("shiraz");
    }),
    ("six of ten files lost", Outcome::Warn, |days, day| {
        each(days, day, |city| keep_percent(city, 40));
    }),
    ("nineteen of twenty files lost", Outcome::Warn, |days, day| {
        each(days, day, |city| keep_percent(city, 5));
    }),
    ("a test file with a few orders", Outcome::HoldBack, |days, day| {
        each(days, day, |city| {
            set_hours(city, {
                let mut hours = [0; 24];
                hours[12] = 70;
                hours[23] = 1;
                hours
            });
        });
    }),
    ("an export of one hour", Outcome::HoldBack, |days, day| {
        each(days, day, |city| {
            let noon = city.hours.unwrap()[12];
            let mut hours = [0; 24];
            hours[12] = noon;
            set_hours(city, hours);
        });
    }),
    ("a published day is lost", Outcome::Stop, |days, day| drop(days.remove(&(day - 5.days())))),
    ("yesterday's published day is lost", Outcome::Stop, |days, day| {
        drop(days.remove(&(day - 1.day())));
    }),
    ("29 of 30 days are lost", Outcome::Stop, |days, day| days.retain(|&other, _| other == day)),
    ("a city is lost on every day", Outcome::Stop, |days, _| {
        for all in days.values_mut() {
            all.remove("mashhad");
        }
    }),
    ("one of ten files of a published day is lost", Outcome::Stop, |days, day| {
        each(days, day - 9.days(), |city| keep_percent(city, 90));
    }),
    ("one percent of a published day is lost", Outcome::Stop, |days, day| {
        each(days, day - 9.days(), |city| keep_percent(city, 99));
    }),
    ("200 orders over all published days", Outcome::Stop, |days, day| {
        days.retain(|&other, _| other == day);
        each(days, day, |city| {
            set_hours(city, {
                let mut hours = [0; 24];
                hours[12] = 70;
                hours
            });
        });
    }),
    ("files twice, with order ids", Outcome::HoldBack, |days, day| {
        each(days, day, |city| (city.rejected, city.rows) = (city.orders, 2 * city.orders));
    }),
    ("files twice, without order ids", Outcome::Warn, |days, day| {
        each(days, day, |city| {
            keep_percent(city, 200);
            city.orders_per_user = Some(2.4);
        });
    }),
    ("files three times, without order ids", Outcome::Warn, |days, day| {
        each(days, day, |city| keep_percent(city, 300));
    }),
    ("a week in one day", Outcome::HoldBack, |days, day| {
        each(days, day, |city| keep_percent(city, 700));
    }),
    ("coordinates of all cities swapped", Outcome::HoldBack, |days, day| {
        each(days, day, |city| reject(city, 100));
    }),
    ("coordinates of Mashhad swapped", Outcome::HoldBack, |days, day| {
        reject(city(days, day, "mashhad"), 100);
    }),
    ("a third of the positions are zero", Outcome::HoldBack, |days, day| {
        reject(city(days, day, "shiraz"), 33);
    }),
    ("a third of the city ids are unknown", Outcome::HoldBack, |days, day| {
        let mut lost = 0;
        for city in days.get_mut(&day).unwrap().values_mut() {
            lost += city.orders / 3;
            keep_percent(city, 67);
        }
        let unknown = CityDay { rejected: lost, rows: lost, ..CityDay::default() };
        days.get_mut(&day).unwrap().insert(UNKNOWN_CITY.to_owned(), unknown);
    }),
    ("times are 3 hours late", Outcome::Warn, |days, day| each(days, day, |city| shift(city, 3))),
    ("times are 3 hours early", Outcome::HoldBack, |days, day| {
        each(days, day, |city| shift(city, -3));
    }),
    ("times are 12 hours late", Outcome::Warn, |days, day| each(days, day, |city| shift(city, 12))),
    ("no user on the newest day", Outcome::Stop, |days, day| {
        each(days, day, |city| city.without_user = city.orders);
    }),
    ("a quarter of the users is lost", Outcome::Stop, |days, day| {
        each(days, day, |city| city.without_user = city.orders / 4);
    }),
    ("no user on a published day", Outcome::Stop, |days, day| {
        each(days, day - 9.days(), |city| city.without_user = city.orders);
    }),
    ("the first six hours of the morning are lost", Outcome::HoldBack, |days, day| {
        each(days, day, |city| {
            let mut hours = city.hours.unwrap();
            hours[..12].fill(0);
            set_hours(city, hours);
        });
    }),
    ("a file of the middle of the day is lost", Outcome::Warn, |days, day| {
        each(days, day, |city| {
            let mut hours = city.hours.unwrap();
            hours[12..16].fill(0);
            set_hours(city, hours);
        });
    }),
    ("45 percent of the files are lost", Outcome::Warn, |days, day| {
        each(days, day, |city| keep_percent(city, 55));
    }),
    ("the day twice, with other ids and users", Outcome::Warn, |days, day| {
        each(days, day, |city| keep_percent(city, 200));
    }),
    ("times are 3.5 hours early, and wrap around midnight", Outcome::Warn, |days, day| {
        each(days, day, |city| wrap(city, 20, true));
    }),
    ("times are 3.5 hours late, and wrap around midnight", Outcome::Warn, |days, day| {
        each(days, day, |city| wrap(city, 3, true));
    }),
    ("all orders at one position", Outcome::HoldBack, |days, day| {
        each(days, day, |city| city.one_position_share = Some(1.0));
    }),
    ("a third of the orders at the middle of the city", Outcome::HoldBack, |days, day| {
        each(days, day, |city| city.one_position_share = Some(0.33));
    }),
    ("one guest account for all", Outcome::Warn, |days, day| {
        each(days, day, |city| city.orders_per_user = Some(20.0));
    }),
];

#[test]
fn every_planted_fault_of_orders_is_noticed() {
    expect_every_fault_noticed(&days());
}

pub(super) fn expect_every_fault_noticed(all: &Days) {
    let (config, cities) = (iran(), cities());
    let (_, baseline) = replay(all, DAYS);
    let newest = *all.keys().nth(DAYS).unwrap();
    let first = newest - 29.days();
    let lines = [("Cafe".to_owned(), 10_000)];
    let check = |read: &Days, lines: &[(String, u64)]| {
        let context = OrdersContext {
            config: &config,
            cities: &cities,
            accepting: accept_nothing(&config),
            baseline: Some(&baseline),
            source: &SourceCounts::default(),
        };
        let last = read.iter().rev().find(|(_, all)| all.values().any(|city| city.orders > 0));
        let newest_read = last.map_or(first, |(&day, _)| day);
        let data = OrderData {
            days: read,
            first,
            newest: newest_read,
            expected: newest,
            checked_until: None,
            lines,
        };
        check_orders(context, data).findings
    };
    let good: Days = all.range(first..=newest).map(|(day, all)| (*day, all.clone())).collect();
    assert_eq!(check(&good, &lines), [], "without a fault");
    for (name, least, fault) in ORDER_FAULTS {
        let mut damaged = good.clone();
        fault(&mut damaged, newest);
        let findings = check(&damaged, &lines);
        assert!(worst(&findings).0 >= least, "{name}: {findings:#?}");
    }
    let typo = [lines[0].clone(), ("Resturant".to_owned(), 40)];
    assert_eq!(worst(&check(&good, &typo)), (Outcome::Warn, "new line".to_owned()));
}

type VendorFault = fn(&mut VendorCounts);

const VENDOR_FAULTS: [(&str, VendorFault); 9] = [
    ("a quarter of a platform is lost", |now| {
        *now.vendors.get_mut("tehran").unwrap().get_mut("snappfood").unwrap() = 2900;
    }),
    ("a platform is lost in a city", |now| {
        *now.vendors.get_mut("shiraz").unwrap().get_mut("tapsifood").unwrap() = 0;
    }),
    ("the grades are lost", |now| now.graded = 0),
    ("one of twenty grades files is lost", |now| now.graded = now.graded * 92 / 100),
    ("the radius is in metres, not kilometres", |now| now.median_radius_m = Some(2_500_000)),
    ("nothing is covered, because the status changed", |now| {
        *now.covered.get_mut("tehran").unwrap() = 0;
    }),
    ("the targets of a city are lost", |now| now.targets.clear()),
    ("the regions of a city are lost", |now| {
        now.areas.get_mut("tehran").unwrap().remove("region");
    }),
    ("the area files of a city are lost", |now| {
        now.areas.remove("shiraz");
    }),
];

fn area_kinds(marketing: u64, regions: u64) -> BTreeMap<String, u64> {
    BTreeMap::from([("marketing".to_owned(), marketing), ("region".to_owned(), regions)])
}

#[test]
fn every_planted_fault_of_vendors_and_areas_is_noticed() {
    let platforms =
        |a, b| BTreeMap::from([("tapsifood".to_owned(), a), ("snappfood".to_owned(), b)]);
    let city = |key: &str, count: u64| (key.to_owned(), count);
    let before = VendorCounts {
        vendors: [
            ("tehran".to_owned(), platforms(3400, 3900)),
            ("shiraz".to_owned(), platforms(600, 700)),
        ]
        .into(),
        graded: 7000,
        covered: BTreeMap::from([city("tehran", 50_000), city("shiraz", 9000)]),
        median_radius_m: Some(2500),
        targets: BTreeMap::from([city("tehran", 1500)]),
        areas: [
            ("tehran".to_owned(), area_kinds(431, 22)),
            ("shiraz".to_owned(), area_kinds(60, 11)),
        ]
        .into(),
        ..VendorCounts::default()
    };
    let (config, own) = (config(), Acceptance::Vendors(ArchiveDigest::of(b"vendors")));
    let check = |now: &VendorCounts| {
        worst(&check_vendors(&cities(), Some(&before), now, &own, accept_nothing(&config))).0
    };
    assert_eq!(check(&before), Outcome::Accepted);
    for (name, fault) in VENDOR_FAULTS {
        let mut now = before.clone();
        fault(&mut now);
        assert_eq!(check(&now), Outcome::Stop, "{name}");
    }
    let counts = |marketing, regions, people| AreaCounts {
        cities: BTreeMap::from([("tehran".to_owned(), area_kinds(marketing, regions))]),
        people: BTreeMap::from([city("tehran", people)]),
        ..AreaCounts::default()
    };
    let areas = Acceptance::Areas(ArchiveDigest::of(b"areas"));
    let before = counts(431, 22, 9_000_000);
    for now in [counts(3, 22, 9_000_000), counts(431, 0, 9_000_000), counts(431, 22, 0)] {
        let accepting = accept_nothing(&config);
        let found = check_areas(&cities(), Some(&before), &now, &areas, accepting);
        assert_eq!(worst(&found).0, Outcome::Stop, "{now:?}");
    }
}
