//! Small losses that add up, and losses that an acceptance, a shorter window or a pause would hide.

use tilecore::ArchiveDigest;

use super::table::expect;
use super::*;
use crate::publish::guards::areas::{AreaCounts, check_areas};
use crate::publish::guards::orders::DaysRead;
use crate::publish::guards::vendors::{VendorCounts, check_vendors};

const PUBLISHED_DAY: (Outcome, &str) = (Outcome::Stop, "published day");

#[test]
fn an_acceptance_does_not_accept_worse_data_of_the_same_day() {
    let day = NEWEST - 5.days();
    let mut build = Build::normal();
    build.day(day).orders = 1500;
    build.accepted = vec![Acceptance::of_day("tehran", day)];
    let verdict = build.check();
    assert_eq!(worst(&verdict.findings).0, Outcome::Accepted);
    build.publish(NEWEST - 1.day(), &verdict.findings);
    build.accepted.clear();
    expect(&build, (Outcome::Accepted, ""), "the same data");
    build.day(day).orders = 1480;
    expect(&build, (Outcome::Accepted, ""), "as many as a published day may lose");
    build.day(day).orders = 1479;
    expect(&build, PUBLISHED_DAY, "worse data");
    // The other job, which still has the older counts, accepts the same data and no worse ones.
    let mut other = Build::normal();
    other.accepted_before = build.accepted_before.clone();
    other.day(day).orders = 1500;
    expect(&other, (Outcome::Accepted, "published day"), "the same data in the other job");
    other.day(day).orders = 1479;
    expect(&other, PUBLISHED_DAY, "worse data in the other job");
}

#[test]
fn a_published_day_that_shrinks_a_little_in_each_build_is_noticed() {
    let day = NEWEST - 5.days();
    let mut build = Build::normal();
    build.day(day).orders -= 20;
    expect(&build, (Outcome::Accepted, ""), "the first 20 orders");
    build.publish(NEWEST - 1.day(), &[]);
    build.day(day).orders -= 20;
    expect(&build, PUBLISHED_DAY, "the next 20");
    // Growth is the new reference.
    build.day(day).orders = 3000;
    build.publish(NEWEST - 1.day(), &[]);
    build.day(day).orders = 2979;
    expect(&build, PUBLISHED_DAY, "21 of 3,000");
}

#[test]
fn days_that_a_shorter_window_did_not_read_are_not_forgotten() {
    let build = Build::normal();
    let (config, all) = (&build.config, build.days.clone());
    let lines = ["Cafe".to_owned()];
    let read = |first: Date, first_order: Date| DaysRead {
        first,
        last: NEWEST,
        first_order: Some(first_order),
    };
    let (month, week) = (NEWEST - 29.days(), NEWEST - 6.days());
    let mut wide = OrdersBaseline::updated(None, &all, NEWEST, &lines);
    wide.follow_start(None, config, read(month, month));
    let last_days = all.range(week..).map(|(day, all)| (*day, all.clone())).collect();
    let mut short = OrdersBaseline::updated(Some(&wide), &last_days, NEWEST, &lines);
    short.follow_start(Some(&wide), config, read(week, week));
    assert_eq!(short.days.len(), all.len());
    assert_eq!(short.first_compared(config, read(month, month + 10.days())), month);
    assert_eq!(short.first_compared(config, read(week, week)), week);
    // Older days that no build has read are not missed.
    let older = read(NEWEST - 300.days(), month);
    assert_eq!(short.first_compared(config, older), month);
}

/// The start of the data in successive builds of all days.
struct Starts {
    config: GuardsConfig,
    baseline: OrdersBaseline,
    first: Date,
    last: Date,
}

impl Starts {
    /// After a build of 60 days up to [`NEWEST`].
    fn new() -> Self {
        let (config, first) = (config(), NEWEST - 59.days());
        let mut baseline = OrdersBaseline::default();
        let read = DaysRead { first: Date::MIN, last: NEWEST, first_order: Some(first) };
        baseline.days.insert(NEWEST, BTreeMap::new());
        baseline.follow_start(None, &config, read);
        Self { config, baseline, first, last: NEWEST }
    }

    /// A build after some newer days have come and some at the start are gone. Returns whether the days that are
    /// gone are missed.
    fn build(&mut self, came: i64, gone: i64) -> bool {
        (self.first, self.last) = (self.first + gone.days(), self.last + came.days());
        let (first, last) = (self.first, self.last);
        let read = DaysRead { first: Date::MIN, last, first_order: Some(first) };
        if self.baseline.first_compared(&self.config, read) < first {
            return true;
        }
        let before = self.baseline.clone();
        self.baseline.days.insert(last, BTreeMap::new());
        self.baseline.follow_start(Some(&before), &self.config, read);
        false
    }
}

#[test]
fn a_source_may_keep_a_fixed_number_of_days() {
    let mut starts = Starts::new();
    for day in 0..40 {
        assert!(!starts.build(1, 1), "day {day}");
    }
    assert!(!starts.build(0, 0), "the same data");
    assert!(!starts.build(10, 10), "after a pause");
    assert!(!starts.build(0, 1), "the newest day is held back");
    assert!(!starts.build(2, 1), "and is published with the next one");
    assert!(starts.build(1, 4), "three days more are gone than came");
}

#[test]
fn days_that_are_lost_from_the_start_one_by_one_are_missed() {
    let mut starts = Starts::new();
    assert!(!starts.build(0, 1), "one day");
    assert!(starts.build(0, 1), "another one");
}

#[test]
fn a_pause_does_not_explain_that_the_first_days_are_gone() {
    assert!(Starts::new().build(10, 10), "nothing was ever removed before");
    let mut configured = Starts::new();
    configured.config.retention_days = Some(60);
    assert!(!configured.build(10, 10), "the source keeps 60 days");
    assert!(configured.build(0, 2), "two days of them are gone");
    let mut keeps_all = Starts::new();
    keeps_all.config.retention_days = Some(1000);
    assert!(!keeps_all.build(1, 1), "one day in all");
    assert!(keeps_all.build(1, 1), "and another one");
}

#[test]
fn an_accepted_loss_at_the_start_is_accepted_once() {
    let mut starts = Starts::new();
    assert!(starts.build(0, 5));
    let before = starts.baseline.clone();
    let (first, last) = (starts.first, starts.last);
    let read = DaysRead { first: Date::MIN, last, first_order: Some(first) };
    starts.baseline.follow_start(Some(&before), &starts.config, read);
    assert!(!starts.build(1, 0), "the days stay gone");
    assert!(starts.build(0, 2), "others are missed");
}

fn vendors(snappfood: u64, covered: u64, radius_m: u32) -> VendorCounts {
    let platforms = BTreeMap::from([("snappfood".to_owned(), snappfood)]);
    VendorCounts {
        vendors: BTreeMap::from([("tehran".to_owned(), platforms)]),
        covered: BTreeMap::from([("tehran".to_owned(), covered)]),
        median_radius_m: Some(radius_m),
        ..VendorCounts::default()
    }
}

fn check_snapshot(
    before: &VendorCounts,
    now: &VendorCounts,
    accepted: &[Acceptance],
) -> Vec<Finding> {
    let own = Acceptance::Vendors(ArchiveDigest::of(b"vendors.csv"));
    let accepting = Accepting { config: &config(), now: accepted, before: &[] };
    check_vendors(&["tehran".to_owned()], Some(before), now, &own, accepting)
}

#[test]
fn vendors_that_are_lost_a_few_at_a_time_are_noticed() {
    let first = vendors(1000, 500, 2000).after(None, NEWEST, &[]);
    let second = vendors(850, 500, 3000);
    assert_eq!(check_snapshot(&first, &second, &[]), []);
    let second = second.after(Some(&first), NEWEST, &[]);
    let third = vendors(725, 500, 4500);
    let found = check_snapshot(&second, &third, &[]);
    let guards: Vec<_> = found.iter().map(|one| (one.outcome, &*one.guard)).collect();
    assert_eq!(guards, [(Outcome::Stop, "vendors"), (Outcome::Stop, "radius")]);
    // Acceptance is the new reference, for this file and these findings only.
    let accepted = [Acceptance::Vendors(ArchiveDigest::of(b"vendors.csv"))];
    let found = check_snapshot(&second, &third, &accepted);
    let third = third.after(Some(&second), NEWEST, &found);
    assert_eq!(check_snapshot(&third, &vendors(600, 500, 5000), &[]), []);
    assert_eq!(check_snapshot(&third, &vendors(570, 500, 5000), &[]).len(), 1);
    assert_eq!(check_snapshot(&third, &vendors(725, 0, 4500), &[])[0].guard, "coverage");
    // After a week the older counts do not count any more.
    let later = NEWEST + 8.days();
    let kept = vendors(850, 500, 3000).after(Some(&first), NEWEST + 1.day(), &[]);
    let week = vendors(850, 500, 3000).after(Some(&kept), later, &[]);
    assert_eq!(check_snapshot(&week, &vendors(725, 500, 4500), &[]), []);
}

#[test]
fn an_accepted_file_is_checked_again_if_something_else_is_wrong() {
    let before = vendors(1000, 500, 2000).after(None, NEWEST, &[]);
    let own = Acceptance::Vendors(ArchiveDigest::of(b"vendors.csv"));
    let (config, cities) = (config(), ["tehran".to_owned()]);
    let now = vendors(700, 500, 2000);
    let accepted = check_snapshot(&before, &now, std::slice::from_ref(&own));
    let nothing = accept_nothing(&config);
    let record = nothing.to_record(&accepted);
    let accepting = Accepting { before: &record, ..nothing };
    let check =
        |now: &VendorCounts| worst(&check_vendors(&cities, Some(&before), now, &own, accepting));
    assert_eq!(check(&now), (Outcome::Accepted, "vendors".to_owned()));
    assert_eq!(check(&vendors(699, 500, 2000)).0, Outcome::Stop, "fewer vendors");
    assert_eq!(check(&vendors(700, 0, 2000)), (Outcome::Stop, "coverage".to_owned()));
}

#[test]
fn areas_that_are_lost_a_few_at_a_time_are_noticed() {
    let counts = |marketing: u64| {
        let kinds = BTreeMap::from([("marketing".to_owned(), marketing)]);
        let cities = BTreeMap::from([("tehran".to_owned(), kinds)]);
        AreaCounts { cities, ..AreaCounts::default() }
    };
    let (config, own) = (config(), Acceptance::Areas(ArchiveDigest::of(b"areas")));
    let check = |before: &AreaCounts, now: u64, accepted: &[Acceptance]| {
        let accepting = Accepting { config: &config, now: accepted, before: &[] };
        check_areas(&["tehran".to_owned()], Some(before), &counts(now), &own, accepting)
    };
    let first = counts(400).after(None, &[]);
    assert_eq!(check(&first, 385, &[]), []);
    let second = counts(385).after(Some(&first), &[]);
    assert_eq!(worst(&check(&second, 370, &[])).0, Outcome::Stop);
    let accepted = check(&second, 370, std::slice::from_ref(&own));
    let third = counts(370).after(Some(&second), &accepted);
    assert_eq!(check(&third, 355, &[]), []);
}
