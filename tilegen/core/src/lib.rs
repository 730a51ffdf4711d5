//! Tile and cell addresses, layers, slots, manifests and PMTiles archives of foodmap.
