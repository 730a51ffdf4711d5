// The style document of the map, computed from the state and the model.

import type { StyleSpecification } from '@maplibre/maplibre-gl-style-spec';
import { mapStyle } from '@styles/document';
import fontUrl from 'vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2?url';
import { cellSquare } from '../tiles/cells';
import { basemapAreasOf } from './areaView';
import { densityOf } from './densityStyle';
import { overlaysOf } from './overlayStyle';
import type { Scene } from './scene';

export function styleOf(scene: Scene, isDataOnly = false): StyleSpecification {
  const { state, model } = scene;
  const { catalog, basemap, picked } = model;
  return mapStyle({
    isDataOnly,
    theme: state.theme,
    lang: state.lang,
    cities: catalog?.cities ?? [],
    density: densityOf(scene, isDataOnly),
    overlays: overlaysOf(scene),
    basemapAreas: basemapAreasOf(state, model),
    selection: picked && cellSquare(picked.cell.address),
    basemap,
    fontUrl: new URL(fontUrl, location.href).href,
  });
}
