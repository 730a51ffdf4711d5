// Complete style documents: base map below, data in the middle, names and the picked cell on top.

import type { LayerSpecification, SourceSpecification, StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import type { Polygon } from 'geojson';
import {
  backgroundLayer,
  baseSources,
  boundaryLayers,
  type City,
  type Lang,
  layersBelowData,
  nameLayers,
} from './base';
import { type BasemapAreas, basemapAreaLayers, basemapNameLayers } from './basemapAreas';
import { type DensitySource, type DensityState, densityLayers } from './density';
import { type OverlayState, overlayLayers, overlayNameLayers } from './overlays';
import { THEMES, type Theme, type ThemeTokens, TOKENS } from './tokens';

export interface DocumentState {
  theme: Theme;
  lang: Lang;
  cities: readonly City[];
  /** `null` until the catalog has loaded; the base map can be drawn before. */
  density: { sources: Record<string, SourceSpecification>; source: DensitySource; state: DensityState } | null;
  /** The overlays and their sources. */
  overlays?: { sources: Record<string, SourceSpecification>; state: OverlayState } | null;
  /** The areas of the base map; `null` where none are published or loaded. */
  basemapAreas?: BasemapAreas | null;
  selection: Polygon | null;
  /** The style of a configured base map, which replaces the built-in one. */
  basemap: StyleSpecification | null;
  /** Draws only the background and the data, to make the first frame fast. */
  isDataOnly?: boolean;
  /** The URL of the label font; absent where the embedding page provides the font. */
  fontUrl?: string;
}

export function mapStyle(state: DocumentState): StyleSpecification {
  const tokens = THEMES[state.theme];
  const density = state.density ? densityLayers(state.density.source, state.density.state, tokens) : [];
  const over = state.overlays ? overlayLayers(state.overlays.state, tokens) : [];
  const data = state.density?.state.isOutlined ? aboveFills(density, over) : [...density, ...over];
  const names = state.overlays ? overlayNameLayers(state.overlays.state, tokens) : [];
  const top = [...names, ...selectionLayers(tokens)];
  const sources: Record<string, SourceSpecification> = {
    ...state.density?.sources,
    ...state.overlays?.sources,
    selection: { type: 'geojson', data: state.selection ?? { type: 'FeatureCollection', features: [] } },
  };
  if (state.basemap) return onBasemap(state.basemap, sources, data, top);
  const name = `foodmap ${state.theme}`;
  if (state.isDataOnly) {
    return { version: 8, name, sources: { ...state.density?.sources }, layers: [backgroundLayer(tokens), ...density] };
  }
  return {
    version: 8,
    name,
    ...(state.fontUrl ? { 'font-faces': { [TOKENS.font]: state.fontUrl } } : {}),
    sources: { ...baseSources(state.cities, state.lang), ...sources },
    layers: [
      ...layersBelowData(tokens, state.basemapAreas ? basemapAreaLayers(state.basemapAreas, tokens) : []),
      ...data,
      ...boundaryLayers(tokens),
      ...(state.basemapAreas ? basemapNameLayers(state.basemapAreas, tokens) : []),
      ...nameLayers(tokens),
      ...top,
    ],
  };
}

/** Outlines of density are drawn on the fill that took its place, below lines and points. */
function aboveFills(density: LayerSpecification[], over: LayerSpecification[]): LayerSpecification[] {
  const last = over.findLastIndex(({ id }) => id === 'coverage' || id === 'areas-fill');
  return [...over.slice(0, last + 1), ...density, ...over.slice(last + 1)];
}

/** The data goes below the first label of the base map, so that street names stay readable. */
function onBasemap(
  basemap: StyleSpecification,
  sources: Record<string, SourceSpecification>,
  data: LayerSpecification[],
  top: LayerSpecification[],
): StyleSpecification {
  const label = basemap.layers.findIndex((layer) => layer.type === 'symbol');
  const at = label === -1 ? basemap.layers.length : label;
  return {
    ...basemap,
    sources: { ...basemap.sources, ...sources },
    layers: [...basemap.layers.slice(0, at), ...data, ...basemap.layers.slice(at), ...top],
  };
}

function selectionLayers(tokens: ThemeTokens): LayerSpecification[] {
  const outline = (id: string, colour: string, width: number): LayerSpecification => ({
    id,
    type: 'line',
    source: 'selection',
    layout: { 'line-join': 'round' },
    paint: { 'line-color': colour, 'line-width': width },
  });
  return [
    outline('selection-casing', tokens.selectionCasing, TOKENS.selectionCasingPx),
    outline('selection', tokens.selection, TOKENS.selectionPx),
  ];
}
