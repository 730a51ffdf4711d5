// The named colours, widths and zoom stops of all map styles.

import type { Kind } from './measure';

export type Theme = 'day' | 'night';

/** Seven colours, lowest first. Fewer classes are spread over the whole ramp. */
export type Ramp = readonly [string, string, string, string, string, string, string];

export interface ThemeTokens {
  /** The background outside the cities, where no data is expected. */
  background: string;
  /** The background inside a city's box. */
  cityFill: string;
  /** The background inside a city's areas. */
  land: string;
  /** The borders and names of areas on the base map. */
  border: string;
  place: string;
  graticule: string;
  boundary: string;
  label: string;
  labelHalo: string;
  /** The outline of the picked cell, with a casing that makes it visible on every colour. */
  selection: string;
  selectionCasing: string;
  ramps: Record<Kind, Ramp>;
  /** From the largest fall to the largest rise, around no change. Orange and blue differ for every kind of colour vision. */
  growth: Ramp;
  /** Cells whose counts are too low to compare. */
  few: string;
}

// The ramps are evenly spaced in OKLCH. Lightness falls (day) or rises (night) with the count, so the order of the
// classes is visible in greyscale and to colour-blind users. tokens.test.ts checks this.
const day: ThemeTokens = {
  background: '#e7e9ec',
  cityFill: '#f8f9fa',
  land: '#ffffff',
  border: '#c6cdd5',
  place: '#59636f',
  graticule: '#d3d8de',
  boundary: '#98a2ae',
  label: '#2c3640',
  labelHalo: '#f8f9fa',
  selection: '#101418',
  selectionCasing: '#ffffff',
  ramps: {
    orders: ['#fcdfa6', '#fabd6d', '#f99532', '#ea6a0e', '#d63907', '#a01e23', '#6b0621'],
    organic: ['#d5eaa7', '#aed888', '#7fc76f', '#51aa68', '#1d8c5e', '#0b634a', '#043c31'],
    nonorganic: ['#f2d3f9', '#e2b3ee', '#d093e3', '#b36ed7', '#9548cc', '#6329a0', '#380473'],
    users: ['#b3ebf9', '#8bd3ec', '#65bae1', '#3f99d2', '#2378c2', '#1b4f97', '#11296c'],
  },
  growth: ['#8a3a00', '#d97b12', '#f8c98a', '#dfe3e8', '#a5c9ea', '#4f8fcb', '#124a8c'],
  few: '#eef0ea',
};

const night: ThemeTokens = {
  background: '#0b0e13',
  cityFill: '#12161d',
  land: '#181e27',
  border: '#333d4a',
  place: '#a3aebb',
  graticule: '#232a34',
  boundary: '#56616f',
  label: '#dde4ec',
  labelHalo: '#0b0e13',
  selection: '#ffffff',
  selectionCasing: '#101418',
  ramps: {
    orders: ['#672131', '#8e2934', '#b6322d', '#d95b28', '#f78526', '#ffc05e', '#fff5c4'],
    organic: ['#064741', '#085f50', '#0d785b', '#2c9b69', '#53be70', '#a7df82', '#ecffa0'],
    nonorganic: ['#442d7d', '#6036a2', '#803fc6', '#ac5ad3', '#d875de', '#f8abe7', '#fee9f4'],
    users: ['#273d72', '#275294', '#1b6ab6', '#1090ce', '#22b5e1', '#7bddee', '#ccfffe'],
  },
  growth: ['#ffbe6a', '#d2822a', '#8f4f12', '#434b58', '#2a5685', '#4b8fd6', '#a9d4ff'],
  few: '#262c35',
};

export const THEMES: Record<Theme, ThemeTokens> = { day, night };

/** A tile is 512 px wide at its own zoom and holds 64 × 64 cells. */
export const CELL_PX = 512 / 64;
export const CELLS_PER_TILE = 64;
/** A cell of a tile at zoom z is a tile of zoom z + 6. */
export const CELL_LEVELS = 6;

export const TOKENS = {
  /** Opaque on the built-in base map, so that cells match the legend; translucent on a custom one, to show its streets. */
  cellOpacity: { plain: 1, custom: 0.75 },
  /** Pale, so that the count of a larger cell is not read with the legend of the smaller ones. */
  withheldOpacity: { plain: 0.4, custom: 0.3 },
  /** The outline of a cell of the lower of two fills. */
  outlinePx: 1.5,
  heatOpacity: 0.9,
  /** The kernel radius of the heat view: more than two cells, so that single cells merge into a surface. */
  heatRadiusPx: 22,
  boundaryPx: 1.25,
  graticulePx: 0.75,
  selectionPx: 2,
  selectionCasingPx: 5,
  /** Above this zoom the name at the centre of a city is hidden. */
  cityNameMaxzoom: 9,
  /** The spacing of the graticule in degrees, and the zoom from which it is drawn. */
  graticule: [
    { degrees: 10, minzoom: 0 },
    { degrees: 1, minzoom: 5 },
    { degrees: 0.1, minzoom: 9 },
    { degrees: 0.02, minzoom: 12 },
  ],
  font: 'Vazirmatn',
} as const;
