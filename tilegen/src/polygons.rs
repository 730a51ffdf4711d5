//! Area files: imported as valid polygons, and indexed by position.
//!
//! Read `area` first: it is the value that everything else makes or uses. `import` reads the files,
//! `name` normalises names, `index` finds the areas that hold a position, and `sets` numbers the
//! combinations of areas that positions lie in.

mod area;
mod error;
mod import;
mod index;
mod name;
mod area_sets;

pub use area::{Area, AreaAttributes, AreaId, AreaKind};
pub use error::{AreaError, AreaFault};
pub use import::{AreaFolders, ImportReport, read_areas};
pub use index::AreaIndex;
pub use name::normalise_name;
pub(crate) use area_sets::AreaSetCache;
pub use area_sets::AreaSets;
