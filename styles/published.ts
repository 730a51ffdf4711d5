// Style documents for other maps: density as points, over the built-in base map.

import type { StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import { type Quantiles, zoomClasses } from './classes';
import { mapStyle } from './document';
import { AUTOMATIC_HEAT } from './heat';
import type { Theme } from './tokens';

/** The URL of the label font on tileserve; `public/vite.config.ts` puts it there. */
export const FONT_URL = '/v1/styles/Vazirmatn.woff2';

const ZOOMS = { minzoom: 5, maxzoom: 14 };

/**
 * A document is written before any data is known, so its limits are typical ones: a cell two zooms lower has about
 * seven times the orders. A map that reads the TileJSON can use its quantiles.
 */
function typicalQuantiles(): Quantiles {
  const atDeepest = [1, 1, 1, 2, 4, 8, 13, 30, 300];
  const byZoom: Record<string, Record<string, number[]>> = {};
  for (let zoom = ZOOMS.minzoom; zoom <= ZOOMS.maxzoom; zoom += 1) {
    const growth = 7 ** ((ZOOMS.maxzoom - zoom) / 2);
    byZoom[zoom] = { orders: atDeepest.map((n) => Number((n * growth).toPrecision(2))).map(Math.round) };
  }
  return { probabilities: [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1], byZoom, ...ZOOMS };
}

export function densityDocument(theme: Theme): StyleSpecification {
  const measure = { kind: 'orders', lines: [] } as const;
  const style = mapStyle({
    theme,
    lang: 'fa',
    cities: [],
    density: {
      sources: { density: { type: 'vector', url: '/v1/tiles/density-public/28d/tilejson.json' } },
      source: { points: 'density', squares: null, withheld: null },
      state: {
        view: 'cells',
        measure,
        classes: zoomClasses(typicalQuantiles(), measure),
        heat: AUTOMATIC_HEAT,
        heatFits: [],
        basemap: 'plain',
        isOutlined: false,
        shownClasses: [],
        lineCount: 0,
      },
    },
    selection: null,
    basemap: null,
    fontUrl: FONT_URL,
  });
  return withoutText(style);
}

/** Without the names of cities, which only the page knows. MapLibre 4 rejects a style with text and without glyphs. */
function withoutText(style: StyleSpecification): StyleSpecification {
  return { ...style, layers: style.layers.filter(({ type }) => type !== 'symbol') };
}

export const DOCUMENTS: Record<string, () => StyleSpecification> = {
  'density-day.json': () => densityDocument('day'),
  'density-night.json': () => densityDocument('night'),
};
