// Draws pictures of a range over the map in place of its density cells, while the range is dragged or played.

import type { CanvasSource, Map as MapLibreMap } from 'maplibre-gl';
import { gridToLngLat } from '../tiles/cells';
import type { Block, Frame } from '../tiles/timeline/frames';
import { LIVE_RANGE } from '../view/densityStyle';

const ID = LIVE_RANGE;
const CELLS = 'density-cells';

export interface LiveRange {
  draw(frame: Frame, block: Block, opacity: number): void;
  /** Shows the tiles again, as soon as those of the new range are drawn. */
  settle(): void;
}

export function createLiveRange(map: MapLibreMap): LiveRange {
  const canvas = document.createElement('canvas');
  /** An animated source would repaint without end, and the map would never be idle. */
  const upload = (): void => {
    const source = map.getSource<CanvasSource>(ID);
    source?.play();
    source?.pause();
  };
  let shown: { block: Block; opacity: number } | null = null;
  /** The cells of the new range load while the picture is still shown. */
  let isSettling = false;
  const remove = (): void => {
    shown = null;
    delete document.documentElement.dataset.live;
    map.off('styledata', add);
    if (map.getLayer(ID)) map.removeLayer(ID);
    if (map.getSource(ID)) map.removeSource(ID);
    if (map.getLayer(CELLS)) map.setLayoutProperty(CELLS, 'visibility', 'visible');
  };
  /** A new style document removes the picture, which stays until its tiles are drawn. */
  const add = (): void => {
    if (!shown || map.getSource(ID)) return;
    map.addSource(ID, { type: 'canvas', canvas, animate: false, coordinates: cornersOf(shown.block) });
    const before = map.getLayer(CELLS) ? CELLS : undefined;
    const paint = {
      'raster-resampling': 'nearest',
      'raster-fade-duration': 0,
      'raster-opacity': shown.opacity,
    } as const;
    map.addLayer({ id: ID, type: 'raster', source: ID, paint }, before);
    if (before && !isSettling) map.setLayoutProperty(CELLS, 'visibility', 'none');
  };
  return {
    draw({ width, height, pixels }, block, opacity) {
      const isOther = !shown || JSON.stringify(shown.block) !== JSON.stringify(block);
      if (isOther || isSettling) {
        if (shown) remove();
        Object.assign(canvas, { width, height });
      }
      canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
      if (!isOther && !isSettling) return upload();
      isSettling = false;
      shown = { block, opacity };
      // What is said of the chosen range is dimmed, because the map shows another one.
      document.documentElement.dataset.live = 'true';
      add();
      map.on('styledata', add);
    },
    settle() {
      if (!shown) return;
      isSettling = true;
      if (map.getLayer(CELLS)) map.setLayoutProperty(CELLS, 'visibility', 'visible');
      // The tiles of the new range load after its style document is set.
      setTimeout(() => {
        map.once('idle', () => isSettling && remove());
        map.triggerRepaint();
      }, SETTLE_MS);
    },
  };
}

const SETTLE_MS = 150;

function cornersOf({ z, left, top, columns, rows }: Block): [Place, Place, Place, Place] {
  const at = (column: number, row: number): Place => gridToLngLat(left + column, top + row, z);
  return [at(0, 0), at(columns, 0), at(columns, rows), at(0, rows)];
}

type Place = [lng: number, lat: number];
