//! Orders that passed every check of a row.

use super::batch::OrderIds;

/// Orders that passed every check except the one for duplicates. Only [`Validator`](super::Validator) creates them.
#[derive(Debug, Default)]
pub struct ValidOrders {
    /// The packed orders.
    pub(crate) packed: Vec<u64>,
    /// The user of each order; 0 if the packed order says that it is unknown.
    pub(crate) users: Vec<u64>,
    /// The id of each order, if the data have ids.
    pub(crate) ids: OrderIds,
    /// The number of the set of areas that contain each order; empty unless areas are requested.
    pub(crate) area_sets: Vec<u32>,
    /// The [`OrderDetail`](crate::orders::order::OrderDetail) of each order; empty unless details are requested.
    pub(crate) details: Vec<u32>,
    /// Whether the users come from a column of integers.
    pub(crate) has_integer_users: bool,
}
