// Combines maps and page into one picture: the maps as drawn, surrounded by the rest of the sheet.

import type { Map as MapLibreMap } from 'maplibre-gl';
import { dividerX } from '../map/compareMap';
import type { MapView } from '../map/mapView';
import type { Comparison } from '../state/slices/compare';
import { paint } from './paint';

/** The longest wait for tiles. After that the picture shows what the screen shows. */
const TIMEOUT_MS = 5000;

/** A PNG of `sheet`, with the maps of `view` in the element reserved for them. */
export async function takePicture(sheet: HTMLElement, view: MapView, compare: Comparison | null): Promise<Blob> {
  await document.fonts.ready;
  const maps = [view.map, ...[view.compared()].filter((map) => map !== null)];
  await Promise.all(maps.map(whenIdle));
  const [main, compared] = await Promise.all(maps.map(frameOf));
  const origin = sheet.getBoundingClientRect();
  const ratio = view.map.getPixelRatio();
  const canvas = document.createElement('canvas');
  // Whole pixels only: a partly covered row would be translucent.
  canvas.width = Math.floor(origin.width * ratio);
  canvas.height = Math.floor(origin.height * ratio);
  const ctx = canvas.getContext('2d');
  const place = sheet.querySelector('[data-place="map"]')?.getBoundingClientRect();
  if (!ctx || !main || !place) throw new Error('a 2D canvas context is unavailable');
  ctx.scale(ratio, ratio);
  ctx.translate(-origin.x, -origin.y);
  paint(ctx, sheet);
  ctx.drawImage(main, place.x, place.y, place.width, place.height);
  if (compared) {
    ctx.save();
    ctx.beginPath();
    const x = dividerX(view, compare);
    ctx.rect(place.x + x, place.y, place.width - x, place.height);
    ctx.clip();
    ctx.drawImage(compared, place.x, place.y, place.width, place.height);
    ctx.restore();
  }
  for (const over of sheet.querySelectorAll('[data-place="map"] > *')) paint(ctx, over);
  return blobOf(canvas);
}

function whenIdle(map: MapLibreMap): Promise<unknown> {
  if (map.loaded() && map.areTilesLoaded()) return Promise.resolve();
  return Promise.race([map.once('idle'), new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS))]);
}

/** The canvas of a map is cleared after each frame, so it is copied during one. */
function frameOf(map: MapLibreMap): Promise<ImageBitmap> {
  return new Promise((resolve, reject) => {
    map.once('render', () => createImageBitmap(map.getCanvas()).then(resolve, reject));
    map.triggerRepaint();
  });
}

function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large'))), 'image/png');
  });
}
