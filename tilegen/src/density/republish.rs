//! A public window that is built again after people were erased, and what they had ordered in it before.

use jiff::civil::Date;
use tilecore::manifest::LayerEntry;

use crate::density::build::DensityJob;
use crate::density::error::BuildError;
use crate::density::plan::DensitySpec;
use crate::density::public_window::gaps;
use crate::orders::order::PackedOrder;
use crate::orders::sort::radix::Selection;
use crate::orders::validate::UserIds;
use crate::orders::window::DayRange;
use crate::publish::audit::ErasedOrder;
use crate::telemetry::progress::Progress;

/// A public window in the store that no map lists yet.
pub struct RebuiltWindow {
    /// The entry of its archive.
    pub entry: LayerEntry,
    /// Its days without an order.
    pub gaps: Vec<Date>,
}

/// The orders of people that a public window counts, read as the window is.
///
/// # Errors
/// If the orders cannot be read.
pub fn orders_of(
    spec: &DensitySpec,
    window: DayRange,
    users: &UserIds,
) -> Result<Vec<ErasedOrder>, BuildError> {
    let mut job = DensityJob::start(spec, Progress::logged())?;
    let files = spec.input.open_files()?.files;
    let dataset = spec.input.dataset(&files)?;
    let registry = job.registry();
    let (plan, source, orders) = job.read_public_window(&dataset, window, &registry)?;
    let selection = Selection {
        spill: &orders.spill,
        duplicates: &orders.duplicates,
        lines: &orders.lines,
        days_back: plan.days_back(window),
    };
    let numbers = users.numbers();
    let mut found = Vec::new();
    for partition in 0..source.partitions.len() {
        let sorted = selection.sorted_partition(&source.partitions, partition);
        let sorted = sorted.map_err(|error| spec.input.temporary_error(error))?;
        let orders = sorted.packed.iter().map(|&packed| PackedOrder(packed)).zip(sorted.users);
        let theirs = orders.filter(|(order, user)| order.is_user_known() && numbers.contains(user));
        found.extend(theirs.map(|(order, user)| ErasedOrder {
            cell: order.key(),
            line: usize::from(order.line()),
            user,
        }));
    }
    Ok(found)
}

/// Builds a public window again. Returns `None` if the floor withholds every cell.
///
/// # Errors
/// If the orders cannot be read, or the archive cannot be stored.
pub fn rebuild(spec: &DensitySpec, window: DayRange) -> Result<Option<RebuiltWindow>, BuildError> {
    let mut job = DensityJob::start(spec, Progress::logged())?;
    let files = spec.input.open_files()?.files;
    let dataset = spec.input.dataset(&files)?;
    let registry = job.registry();
    let (plan, source, orders) = job.read_public_window(&dataset, window, &registry)?;
    let gaps = gaps(window, &orders.counts);
    let shown = job.shown_archive(&source, &orders, &plan)?;
    Ok(shown.map(|archive| RebuiltWindow { entry: archive.entry, gaps }))
}
