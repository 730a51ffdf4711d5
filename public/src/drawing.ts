// What the map draws: from state and model to a measure, its classes, and one style document.

import type { SourceSpecification, StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import { type ZoomClasses, zoomClasses } from '@styles/classes';
import { isWithheldDrawn } from '@styles/density';
import { type DocumentState, mapStyle } from '@styles/document';
import type { Measure } from '@styles/measure';
import fontUrl from 'vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2?url';
import { groundOf } from './areaView';
import { cellSquare } from './cells';
import { lineIndices } from './lines';
import type { Model } from './model';
import { overlaysOf } from './overlayDrawing';
import type { Dataset } from './published';
import type { Side } from './sides';
import type { State } from './state';
import { squaresUrl, withheldUrl } from './tileProtocols';

export const DENSITY_SOURCES = { points: 'density', squares: 'density-squares' } as const;
const WITHHELD_SOURCE = 'density-withheld';

/** Only a layer under the privacy floor withholds anything, and what has no parent has none to be drawn at. */
function hasWithheld({ minUsers, quantiles }: Dataset): boolean {
  return minUsers > 1 && quantiles.minzoom < quantiles.maxzoom;
}

/** Whether what is withheld is on the map, and so in the legend. */
export function drawsWithheld(state: State, dataset: Dataset): boolean {
  return hasWithheld(dataset) && isWithheldDrawn(state.view, measureOf(state, dataset));
}

export function measureOf(state: State, dataset: Dataset): Measure {
  return { kind: state.kind, lines: lineIndices(state.lines, dataset.lines) };
}

export function classesOf(state: State, dataset: Dataset): ZoomClasses[] {
  return zoomClasses(dataset.quantiles, measureOf(state, dataset));
}

/** A change of these asks for a new document; the camera, for one, does not. */
const STATE_KEYS = [
  'showsDensity',
  'kind',
  'lines',
  'view',
  'heat',
  'overlays',
  'areaKinds',
  'areaFill',
  'areaTint',
  'areaPart',
  'dotStep',
  'vendorFilter',
  'radiusMode',
  'showsRadii',
  'markerSize',
  'coverageLook',
  'city',
  'lang',
  'theme',
] as const;
const MODEL_KEYS = [
  'config',
  'catalog',
  'dataset',
  'heatFits',
  'overlays',
  'areaList',
  'areaOrders',
  'vendorTable',
  'basemap',
  'picked',
] as const;

export interface Scene {
  /** Of a comparison the side that state and data are of; else the map itself. */
  side: Side;
  state: State;
  model: Model;
}

export function looksTheSame(a: Scene, b: Scene): boolean {
  return (
    STATE_KEYS.every((key) => a.state[key] === b.state[key]) && MODEL_KEYS.every((key) => a.model[key] === b.model[key])
  );
}

export function styleOf(scene: Scene, isBare = false): StyleSpecification {
  const { state, model } = scene;
  const { catalog, basemap, picked } = model;
  return mapStyle({
    isBare,
    theme: state.theme,
    lang: state.lang,
    cities: catalog?.cities ?? [],
    density: densityOf(scene, isBare),
    overlays: overlaysOf(scene),
    ground: groundOf(state, model),
    selection: picked && cellSquare(picked.cell.address),
    basemap,
    fontUrl: new URL(fontUrl, location.href).href,
  });
}

function densityOf({ side, state, model }: Scene, isBare: boolean): DocumentState['density'] {
  const { dataset, basemap, heatFits } = model;
  if (!(dataset && state.showsDensity)) return null;
  return {
    sources: densitySources(dataset),
    source: { ...DENSITY_SOURCES, withheld: !isBare && hasWithheld(dataset) ? WITHHELD_SOURCE : null },
    state: {
      view: state.view,
      measure: measureOf(state, dataset),
      classes: classesOf(state, dataset),
      heat: state.heat,
      heatFits: heatFits[side],
      ground: basemap ? 'overBasemap' : 'plain',
    },
  };
}

/** The same tiles twice, as points and as squares; the map fetches only what a layer draws. */
function densitySources(dataset: Dataset): Record<string, SourceSpecification> {
  const { tileUrl, bounds, quantiles } = dataset;
  const { minzoom, maxzoom } = quantiles;
  const source = (url: string, from = minzoom): SourceSpecification => ({
    type: 'vector',
    tiles: [url],
    bounds,
    minzoom: from,
    maxzoom,
  });
  return {
    [DENSITY_SOURCES.points]: source(tileUrl),
    [DENSITY_SOURCES.squares]: source(squaresUrl(tileUrl)),
    ...(hasWithheld(dataset) ? { [WITHHELD_SOURCE]: source(withheldUrl(tileUrl, minzoom), minzoom + 1) } : {}),
  };
}
