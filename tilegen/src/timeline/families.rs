//! Families: the layers that are counted together, because they need the same orders in the same order.
//!
//! `family` says what a family is, `orders` and `users` are the two families, and `visits` finds the previous
//! day of each user in a cell. `key_maker` makes the keys of rows, with the `lines` of each month, and
//! `zoom_out` turns the sorted rows of a level into those of the level above.

mod family;
mod key_maker;
mod lines;
mod orders;
mod users;
mod visits;
mod zoom_out;

pub(super) use family::{Family, LAYERS, RowSink};
pub(super) use key_maker::KeyMaker;
pub(super) use lines::MonthLines;
pub(super) use orders::Orders;
pub(super) use users::Users;
pub(super) use zoom_out::zoom_out;
