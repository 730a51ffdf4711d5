//! Area files: imported as valid polygons, and indexed by position.
//!
//! Read `area` first: it is the value that everything else creates or uses. `import` reads the files,
//! `validity` checks them (with `box_tree` and `outline`), `name` normalises names, `index` finds the areas that contain a position, and `area_sets` numbers
//! the combinations of areas that contain a position.

mod area;
mod area_sets;
mod box_tree;
mod error;
mod import;
mod index;
mod name;
mod outline;
mod validity;

pub use area::{Area, AreaAttributes, AreaId, AreaKind};
pub(crate) use area_sets::AreaSetCache;
pub use area_sets::AreaSets;
pub(crate) use box_tree::BoxTree;
pub use error::{AreaError, AreaFault};
pub use import::{AreaFolders, ImportReport, read_areas};
pub use index::AreaIndex;
pub use name::normalise_name;
pub(crate) use validity::is_simple;
