//! Days that are on the map: they may grow, and nothing else. A day is compared with the most orders that
//! were published of it.

use tilecore::text::counted;

use super::super::acceptance::Acceptance;
use super::super::finding::{Finding, Outcome};
use super::days::{CityDay, OrderData, OrdersContext, PUBLISHED_DAY};

/// Compares the days that were read with those that are published.
pub(super) fn check(context: OrdersContext<'_>, data: OrderData<'_>) -> Vec<Finding> {
    let Some(baseline) = context.baseline else { return Vec::new() };
    let mut findings = Vec::new();
    let missing = CityDay::default();
    for (&day, cities) in baseline.days.range(data.first..=data.expected.max(data.first)) {
        // A city that was removed from the configuration is not checked.
        let cities = cities.iter().filter(|(city, _)| context.cities.contains(*city));
        for (city, before) in cities {
            let now = data.days.get(&day).and_then(|now| now.get(city)).unwrap_or(&missing);
            let found = check_city(context, before, now).map(|(guard, count, message)| Finding {
                day: Some(day),
                city: Some(city.clone()),
                count: Some(count),
                ..Finding::new(Outcome::Stop, guard, format!("{city} on {day} {message}"))
            });
            findings.extend(found.map(|found| found.acceptable_by(Acceptance::of_day(city, day))));
        }
    }
    findings
}

fn check_city(
    context: OrdersContext<'_>,
    before: &CityDay,
    now: &CityDay,
) -> Option<(&'static str, u64, String)> {
    let config = context.config;
    let published = before.reference();
    let allowed = config.allowed_shrink(published);
    if published.saturating_sub(now.orders) as f64 > allowed {
        let verb = if published > before.orders { "were" } else { "are" };
        let message = format!(
            "has {}, but {published} {verb} published: a published day may lose {allowed:.0}",
            counted(now.orders, "order")
        );
        return Some((PUBLISHED_DAY, now.orders, message));
    }
    let rise = now.share_without_user() - before.share_without_user();
    let is_large = now.orders >= config.reject_rows;
    (is_large && rise > config.max_users_missing_rise).then(|| {
        let with_user = now.orders.saturating_sub(now.without_user);
        let [before, now] = [before, now].map(|day| day.share_without_user() * 100.0);
        (
            "identity",
            with_user,
            format!("has no user in {now:.0} % of orders, but {before:.0} % before"),
        )
    })
}
