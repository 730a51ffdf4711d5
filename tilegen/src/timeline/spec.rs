//! What a build of the timeline needs.

use super::error::TimelineError;
use super::places::MAX_PLACES;
use crate::config::period::Period;
use crate::orders::read::OrderInput;
use crate::polygons::{Area, AreaFolders, ImportReport, read_areas};
use crate::publish::guards::job::OrderGuardOptions;

/// What to build.
#[derive(Clone, Debug)]
pub struct TimelineSpec {
    /// Orders to read.
    pub input: OrderInput,
    /// The folders of area files; without marketing areas, only whole cities are counted.
    pub folders: AreaFolders,
    /// Store that the archives go to.
    pub store: String,
    /// The operator's options for the guards of the orders.
    pub guards: OrderGuardOptions,
    /// How often such a build runs, if that is known.
    pub every: Option<Period>,
    /// Days of the look-back, at least. It begins with a whole month.
    pub look_back: u16,
}

impl TimelineSpec {
    /// Reads the areas, if there are any, and reports what the import changed.
    pub(super) fn read_areas(&self) -> Result<(Vec<Area>, ImportReport), TimelineError> {
        let config = &self.input.config;
        let (areas, import) = read_areas(&self.folders, &config.cities, self.input.now)?;
        match config.cities.len() + areas.len() {
            places if places > MAX_PLACES => Err(TimelineError::TooManyPlaces { places }),
            _ => Ok((areas, import)),
        }
    }
}
