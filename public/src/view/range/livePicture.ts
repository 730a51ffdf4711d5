// What a picture of a range counts and how it is coloured: as the cells that it replaces.

import type { Bounds } from '@styles/base';
import { classColour, classesFor } from '@styles/classes';
import { THEMES, TOKENS } from '@styles/tokens';
import { lineIndices } from '../../data/lines';
import type { State } from '../../state/state';
import { tileAt } from '../../tiles/cells';
import type { Block, Measured, Palette } from '../../tiles/timeline/frames';
import { classesOf } from '../densityStyle';
import { densityDrawing } from '../fills';
import type { Model } from '../model';

export interface Picture {
  block: Block;
  measured: Measured;
  palette: Palette;
  opacity: number;
}

/** Zooms at which the cells of ranges are drawn. */
const ZOOMS = { min: 5, max: 13 };

/**
 * `null` where the map draws something else than the cells of all hours, or users of several lines, which are bounds. The
 * class limits stay those of the map while the range moves, so that colours can be compared.
 */
export function pictureOf(state: State, model: Model, view: Bounds, zoom: number): Picture | null {
  const { dataset, basemap } = model;
  if (!dataset || state.hours !== null || state.view !== 'cells' || densityDrawing(state) !== 'fill') return null;
  const lines = lineIndices(state.lines, dataset.lines).map((line) => dataset.lines[line] ?? '');
  if (state.compare || state.growth || (state.kind === 'users' && lines.length > 1)) return null;
  const classes = classesFor(classesOf(state, dataset, model.catalog), zoom);
  if (!classes) return null;
  const { limits } = classes;
  const ramp = THEMES[state.theme].ramps[state.kind];
  return {
    block: blockOver(view, Math.min(Math.max(Math.floor(zoom), ZOOMS.min), ZOOMS.max)),
    measured: { kind: state.kind === 'nonorganic' ? 'nonOrganic' : state.kind, lines },
    palette: { limits, colours: limits.map((_, index) => rgb(classColour(ramp, index, limits.length))) },
    opacity: TOKENS.cellOpacity[basemap ? 'custom' : 'plain'],
  };
}

function blockOver([west, south, east, north]: Bounds, z: number): Block {
  const [first, last] = [tileAt(west, north, z), tileAt(east, south, z)];
  return { z, left: first.x, top: first.y, columns: last.x - first.x + 1, rows: last.y - first.y + 1 };
}

function rgb(colour: string): [number, number, number] {
  const part = (at: number): number => Number.parseInt(colour.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}
