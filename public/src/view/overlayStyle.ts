// The style of the overlays: their state, and their sources, published or computed in the page.

import type { SourceSpecification } from '@maplibre/maplibre-gl-style-spec';
import { isDrawnAsPoints } from '@styles/coverage';
import type { DocumentState } from '@styles/document';
import type { OverlayState } from '@styles/overlays';
import { FAR_VENDORS, SINGLE_MINZOOM } from '@styles/vendors';
import { coverageUrl, radiiUrl, vendorsUrl } from '../coverage/client';
import { type CoverageSettings, isPublished } from '../coverage/settings';
import type { Catalog } from '../data/catalog';
import { gradeRadiiOf } from '../data/gradeRadii';
import { lineIndices } from '../data/lines';
import type { OverlayTiles } from '../data/tileJson';
import { i18nFor } from '../i18n/i18n';
import type { State } from '../state/state';
import { squaresUrl } from '../tiles/protocols';
import { keysInside, shownFilter } from '../vendors/activeFilter';
import { radiiOf } from '../vendors/radius';
import { shownVendorsOf } from '../vendors/shownVendors';
import { areaStyle } from './areaView';
import type { Model } from './model';
import type { Scene } from './scene';

/** Sources whose tiles may be computed in the page. */
export const COMPUTED_SOURCES = ['coverage', 'radii', FAR_VENDORS] as const;

export function overlaysOf(scene: Scene): NonNullable<DocumentState['overlays']> {
  return { sources: overlaySources(scene), state: overlayState(scene) };
}

/** The index of the business line whose targets coverage is compared with: the chosen line, if it is only one. */
export function coverageLine(state: Pick<State, 'lines'>, overlays: readonly OverlayTiles[]): number | null {
  const coverage = overlays.find(({ overlay }) => overlay === 'coverage');
  const [chosen, ...others] = state.lines;
  const line = chosen === undefined || others.length > 0 ? -1 : (coverage?.lines.indexOf(chosen) ?? -1);
  return line < 0 ? null : line;
}

/** The indices of the business lines whose vendors coverage counts. An empty list counts all vendors. */
export function coverageLines(state: Pick<State, 'lines'>, overlays: readonly OverlayTiles[]): number[] {
  return lineIndices(state.lines, overlays.find(({ overlay }) => overlay === 'coverage')?.lines ?? []);
}

/** The state of the overlays that are shown and loaded. */
function overlayState({ state, model }: Scene): OverlayState {
  const { overlays, vendorTable } = model;
  const vendorFilter = shownFilter(state.vendorFilter, vendorTable);
  return {
    ...areaStyle(state, model, i18nFor(state.lang, model.config).format.figure),
    shown: state.overlays.filter((overlay) => overlays.some((loaded) => loaded.overlay === overlay)),
    theme: state.theme,
    dotStep: state.dotStep,
    vendorFilter,
    vendorsInside: keysInside(vendorTable?.vendors ?? [], vendorFilter),
    shownVendors: vendorTable ? shownVendorsOf(vendorTable, state.vendorFilter).vendors.length : 0,
    hasFarVendors: vendorTable !== null,
    showsRadii: state.showsRadii && vendorTable !== null,
    markerSize: state.markerSize,
    coverage: {
      line: coverageLine(state, overlays),
      lines: coverageLines(state, overlays),
      shownClasses: state.shownClasses.coverage ?? [],
      appearance: state.coverageAppearance,
      maxzoom: overlays.find(({ overlay }) => overlay === 'coverage')?.maxzoom ?? 0,
    },
  };
}

/** The input of computed coverage and circles. */
export function coverageSettings(state: State, model: CoverageModel): CoverageSettings {
  const { vendorTable } = model;
  return {
    tableUrl: vendorTable?.url ?? '',
    filter: shownFilter(state.vendorFilter, vendorTable),
    radii: radiiOf(state.radiusMode, gradeRadiiOf(model)),
  };
}

/** The parts of the model that `coverageSettings` depends on. */
type CoverageModel = Pick<Model, 'vendorTable' | 'config'>;

/** Whether coverage is computed in the page, because the published tiles count other vendors or radii. */
export function isCoverageComputed(state: State, model: CoverageModel): boolean {
  return model.vendorTable !== null && !isPublished(coverageSettings(state, model));
}

function overlaySources(scene: Scene): Record<string, SourceSpecification> {
  const { overlays, catalog, vendorTable } = scene.model;
  const sources = overlays.map(({ overlay, tileUrl, bounds, minzoom, maxzoom }): [string, SourceSpecification] =>
    overlay === 'coverage'
      ? [
          overlay,
          { type: 'vector', tiles: [coverageTiles(scene, tileUrl)], bounds: boundsOf(catalog), minzoom, maxzoom },
        ]
      : [overlay, { type: 'vector', tiles: [tileUrl], bounds: [...bounds], minzoom, maxzoom }],
  );
  return { ...Object.fromEntries(sources), ...(vendorTable ? computedSources(scene) : {}) };
}

/** Published coverage has points at cell centres, like density. */
function coverageTiles({ state, model }: Scene, tileUrl: string): string {
  const isPoints = isDrawnAsPoints(state.coverageAppearance);
  if (isCoverageComputed(state, model)) {
    const lines = coverageLine(state, model.overlays) === null ? coverageLines(state, model.overlays) : [];
    return coverageUrl(coverageSettings(state, model), isPoints ? 'points' : 'squares', lines);
  }
  return isPoints ? tileUrl : squaresUrl(tileUrl);
}

const RADII_ZOOMS = { minzoom: 9, maxzoom: 14 } as const;
const FAR_ZOOMS = { minzoom: 0, maxzoom: SINGLE_MINZOOM - 1 } as const;

function computedSources({ state, model }: Scene): Record<string, SourceSpecification> {
  const settings = coverageSettings(state, model);
  const source = (url: string, zooms: { minzoom: number; maxzoom: number }): SourceSpecification => ({
    type: 'vector',
    tiles: [url],
    bounds: boundsOf(model.catalog),
    ...zooms,
  });
  return {
    radii: source(radiiUrl(settings), RADII_ZOOMS),
    [FAR_VENDORS]: source(vendorsUrl(settings), FAR_ZOOMS),
  };
}

/** The bounding box of all cities. The same for published and computed tiles, so that they can replace one another. */
function boundsOf(catalog: Catalog | null): [number, number, number, number] {
  const boxes = catalog?.cities.map(({ bounds }) => bounds) ?? [];
  const edge = (of: (...edges: number[]) => number, i: 0 | 1 | 2 | 3): number =>
    of(...boxes.map((bounds) => bounds[i]));
  return boxes.length > 0 ? [edge(Math.min, 0), edge(Math.min, 1), edge(Math.max, 2), edge(Math.max, 3)] : WORLD;
}

const WORLD: [number, number, number, number] = [-180, -85, 180, 85];
