// The named colours, widths and zoom stops of every map style: the one place where they are chosen.

import type { Kind } from './measure';

export type Theme = 'day' | 'night';

/** Seven colours, quietest first. A class list shorter than seven spreads over the whole ramp. */
export type Ramp = readonly [string, string, string, string, string, string, string];

export interface ThemeTokens {
  /** The ground outside every city's box, where no data is expected. */
  desk: string;
  /** The ground inside a city's box. */
  paper: string;
  graticule: string;
  boundary: string;
  label: string;
  labelHalo: string;
  /** The outline of the picked cell, with a casing so that it shows on every ramp colour. */
  selection: string;
  selectionCasing: string;
  ramps: Record<Kind, Ramp>;
}

// The ramps are evenly spaced in OKLCH: lightness falls (day) or rises (night) with the count, so
// the order of the classes survives grey printing and colour-blind eyes. tokens.test.ts checks it.
const day: ThemeTokens = {
  desk: '#e7e9ec',
  paper: '#f8f9fa',
  graticule: '#d3d8de',
  boundary: '#98a2ae',
  label: '#2c3640',
  labelHalo: '#f8f9fa',
  selection: '#101418',
  selectionCasing: '#ffffff',
  ramps: {
    orders: ['#fee5b3', '#fac074', '#f99532', '#ea6a0e', '#d63907', '#a01e23', '#6b0621'],
    organic: ['#e5f3be', '#badf96', '#85cd75', '#56ae6c', '#228f61', '#02654b', '#043c31'],
    nonorganic: ['#f4e0f9', '#e3bcee', '#d198e3', '#b471d7', '#9548cc', '#6329a0', '#380473'],
    users: ['#c3f1fd', '#95d8f0', '#68bde4', '#419bd4', '#2378c2', '#1b4f97', '#11296c'],
  },
};

const night: ThemeTokens = {
  desk: '#0b0e13',
  paper: '#12161d',
  graticule: '#232a34',
  boundary: '#56616f',
  label: '#dde4ec',
  labelHalo: '#0b0e13',
  selection: '#ffffff',
  selectionCasing: '#101418',
  ramps: {
    orders: ['#571a28', '#7d222e', '#a5292b', '#cb512a', '#ef7926', '#fbb95a', '#fff3b8'],
    organic: ['#0a3831', '#0a5142', '#106b51', '#249163', '#46b86e', '#a1db80', '#eafd9f'],
    nonorganic: ['#352661', '#512f8b', '#7137b6', '#a053c9', '#d16ed8', '#f4a6e3', '#fde7f3'],
    users: ['#192f58', '#1d467d', '#175fa4', '#0886c1', '#12aedb', '#77d8e9', '#c3fffe'],
  },
};

export const THEMES: Record<Theme, ThemeTokens> = { day, night };

/** A tile is 512 px wide at its own zoom and holds 64 × 64 cells. */
export const CELL_PX = 512 / 64;
export const CELLS_PER_TILE = 64;
/** A cell of a tile at zoom z is a tile of zoom z + 6. */
export const CELL_LEVELS = 6;

export const TOKENS = {
  /** Opaque on the plain ground, so that a cell has its legend's very colour; streets of a real base map show through. */
  cellOpacity: { plain: 1, overBasemap: 0.75 },
  heatOpacity: 0.9,
  /** Kernel radius of the heat view; above 2 cells, so that single cells melt into a surface. */
  heatRadiusPx: 22,
  /** Above 1 the hot spots saturate earlier: a lone busy cell still reaches the upper colours. */
  heatStrength: 1.5,
  boundaryPx: 1.25,
  graticulePx: 0.75,
  selectionPx: 2,
  selectionCasingPx: 5,
  /** The name of a city at its centre gives way to its cells above this zoom. */
  cityNameMaxzoom: 9,
  /** The graticule's step in degrees, and the zoom from which it is drawn. */
  graticule: [
    { degrees: 10, minzoom: 0 },
    { degrees: 1, minzoom: 5 },
    { degrees: 0.1, minzoom: 9 },
    { degrees: 0.02, minzoom: 12 },
  ],
  font: 'Vazirmatn',
} as const;
