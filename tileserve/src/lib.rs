//! Tile server of foodmap.
