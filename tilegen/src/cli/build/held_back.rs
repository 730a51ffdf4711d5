//! What `--strict` makes of days that a guard held back.

use jiff::civil::Date;

use crate::publish::guards::GuardsReport;

/// With `--strict`, a build that held a day back fails after it has published the rest.
pub(crate) fn check_held_back(strict: bool, guards: &GuardsReport) -> anyhow::Result<()> {
    match guards.held_back_from {
        Some(day) if strict => Err(HeldBack { day }.into()),
        _ => Ok(()),
    }
}

/// A day was held back.
#[derive(Debug, thiserror::Error)]
#[error("the map is published without the orders from {day} on, which a guard held back")]
pub(crate) struct HeldBack {
    day: Date,
}
