//! Measurements of foodmap against its own floor and its peers.
