//! When people order: relative numbers of orders by weekday and by time of day, Tehran time.

use std::f64::consts::TAU;

use jiff::civil::Weekday;

/// Relative number of orders on a weekday. The weekend is Thursday and Friday.
pub(super) fn weight(weekday: Weekday) -> f64 {
    match weekday {
        Weekday::Saturday => 0.90,
        Weekday::Sunday => 0.92,
        Weekday::Monday => 0.94,
        Weekday::Tuesday => 0.96,
        Weekday::Wednesday => 1.02,
        Weekday::Thursday => 1.24,
        Weekday::Friday => 1.28,
    }
}

/// Relative number of orders per minute: peaks at 13:00 and 20:30, a smaller one at 17:30, and hardly
/// any orders at dawn.
pub(super) fn orders_per_minute(hour: f64) -> f64 {
    let around = |middle: f64, hours: f64| {
        let off = ((hour - middle + 36.0) % 24.0 - 12.0) / hours;
        (-off * off / 2.0).exp()
    };
    let day = 0.06 + 0.05 * (1.0 - (TAU * (hour - 5.0) / 24.0).cos());
    day + 1.0 * around(13.0, 1.1) + 1.25 * around(20.5, 1.5) + 0.2 * around(17.5, 1.5)
}
