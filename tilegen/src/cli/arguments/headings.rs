//! Headings of the options of the commands that build layers.

pub(crate) const INPUT: &str = "Input options";
pub(crate) const OUTPUT: &str = "Output options";
pub(crate) const LAYERS: &str = "Layer options";
pub(crate) const RUN: &str = "Run options";
