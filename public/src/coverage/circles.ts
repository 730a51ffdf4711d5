// Delivery radii as line features: circles on the sphere, clipped to a tile.

import { VENDOR_CATEGORIES, type VendorCategory } from '@styles/vendors';
import { LayerWriter } from '../tiles/layerWriter';
import { LINE, MOVE_ONCE, zigzag } from '../tiles/mvt';
import type { TileAddress } from '../tiles/tileAddress';
import type { DeliveryArea } from './deliveryAreas';
import { type Circle, EARTH_RADIUS_M, radians } from './rule';

export const RADIUS_LAYER = 'radii';
const EXTENT = 4096;
/** Lines continue this far beyond the edge of the tile, so that their ends are invisible. */
const BUFFER = 32;
/** Tiles of `MAX_ZOOM` are overzoomed up to `LAST_ZOOM`. */
const MAX_ZOOM = 14;
const LAST_ZOOM = 18;
/** The largest distance between a chord and its arc, in pixels. */
const SAGITTA_PX = 0.25;
/** Below this radius the projected shape differs from a circle by less than 1 %. */
const LOCAL_M = 50_000;

type Line = number[];

/** One feature for each category of vendor; the attribute `category` is its index in `VENDOR_CATEGORIES`. */
export function radiusTile(deliveryAreas: readonly DeliveryArea[], tile: TileAddress): ArrayBuffer {
  const lines = new Map<VendorCategory, Line[]>();
  for (const { vendor, circle } of deliveryAreas) {
    const own = linesIn(circle, tile);
    if (own.length > 0) listOf(lines, categoryOf(vendor)).push(...own);
  }
  if (lines.size === 0) return new ArrayBuffer(0);
  const writer = new LayerWriter(RADIUS_LAYER, EXTENT, 1 << 16);
  for (const [category, own] of lines) {
    writer.feature(LINE, [['category', VENDOR_CATEGORIES.indexOf(category)]], commandsOf(own));
  }
  return writer.finish();
}

/** Determines the colour of a vendor and of its circle. */
function categoryOf({ platform, is_dual }: DeliveryArea['vendor']): VendorCategory {
  return is_dual === 1 ? 'dual' : platform === 'snappfood' ? 'snappfood' : 'tapsifood';
}

function listOf(lines: Map<VendorCategory, Line[]>, category: VendorCategory): Line[] {
  const list = lines.get(category) ?? [];
  lines.set(category, list);
  return list;
}

/** The parts of a circle inside a tile, as x, y, x, y … in tile units. */
export function linesIn(circle: Circle, { z, x, y }: TileAddress): Line[] {
  const scale = 2 ** z * EXTENT;
  const [left, top] = [x * EXTENT, y * EXTENT];
  const centre = project(radians(circle.lng), radians(circle.lat));
  const radius = circle.radiusM / (2 * Math.PI * EARTH_RADIUS_M * Math.cos(radians(circle.lat)));
  // A circle that crosses the antimeridian continues on the other side.
  const turns = [-1, 0, 1].filter(
    (turn) => circle.radiusM >= LOCAL_M || !misses([centre[0] + turn, centre[1]], radius, { scale, left, top }),
  );
  if (turns.length === 0) return [];
  const ring = ringOf(circle, pointsFor(radius * 512 * 2 ** (z === MAX_ZOOM ? LAST_ZOOM : z + 1)));
  return turns.flatMap((turn) =>
    clip(
      ring,
      (px) => (px + turn) * scale - left,
      (py) => py * scale - top,
    ),
  );
}

/** Whether no part of the circle line crosses the tile: it is outside, or encloses the tile. */
function misses(
  [cx, cy]: readonly [number, number],
  radius: number,
  { scale, left, top }: { scale: number; left: number; top: number },
): boolean {
  const [x, y, r] = [cx * scale - left, cy * scale - top, radius * scale];
  const [low, high] = [-BUFFER, EXTENT + BUFFER];
  const near = Math.hypot(Math.max(low - x, 0, x - high), Math.max(low - y, 0, y - high));
  const far = Math.hypot(Math.max(high - x, x - low), Math.max(high - y, y - low));
  return near > r * 1.02 || far < r * 0.98;
}

function pointsFor(radiusPx: number): number {
  return Math.min(Math.max(Math.ceil(Math.PI * Math.sqrt(radiusPx / (2 * SAGITTA_PX))), 16), 720);
}

/** Points on the circle as a closed ring, in Web Mercator coordinates from 0 to 1. */
function ringOf({ lng, lat, radiusM }: Circle, points: number): Float64Array {
  const [lambda, phi, delta] = [radians(lng), radians(lat), radiusM / EARTH_RADIUS_M];
  const [sinPhi, cosPhi, sinDelta, cosDelta] = [Math.sin(phi), Math.cos(phi), Math.sin(delta), Math.cos(delta)];
  const ring = new Float64Array(2 * (points + 1));
  for (let i = 0; i <= points; i += 1) {
    const bearing = (2 * Math.PI * (i % points)) / points;
    const sinLat = sinPhi * cosDelta + cosPhi * sinDelta * Math.cos(bearing);
    const east = Math.atan2(Math.sin(bearing) * sinDelta * cosPhi, cosDelta - sinPhi * sinLat);
    ring.set(project(lambda + east, Math.asin(sinLat)), 2 * i);
  }
  return ring;
}

/** Projects radians to Web Mercator coordinates from 0 to 1. */
export function project(lambda: number, phi: number): [x: number, y: number] {
  return [lambda / (2 * Math.PI) + 0.5, 0.5 - Math.atanh(Math.sin(phi)) / (2 * Math.PI)];
}

/** Clips each chord to the buffered tile and joins the pieces to lines. */
function clip(ring: Float64Array, toX: (x: number) => number, toY: (y: number) => number): Line[] {
  const lines: Line[] = [];
  let line: Line = [];
  const end = (): void => {
    if (line.length > 2) lines.push(line);
    line = [];
  };
  let [fromX, fromY] = [toX(ring[0] as number), toY(ring[1] as number)];
  for (let i = 2; i < ring.length; i += 2) {
    const [x, y] = [toX(ring[i] as number), toY(ring[i + 1] as number)];
    const [enter, leave] = inside(fromX, fromY, x - fromX, y - fromY);
    if (enter <= leave) {
      if (enter > 0) end();
      if (line.length === 0) add(line, fromX + enter * (x - fromX), fromY + enter * (y - fromY));
      add(line, fromX + leave * (x - fromX), fromY + leave * (y - fromY));
      if (leave < 1) end();
    } else end();
    [fromX, fromY] = [x, y];
  }
  end();
  return lines;
}

/** The part of a chord inside the buffered tile, from 0 to 1; empty if `enter > leave` (Liang–Barsky). */
function inside(x: number, y: number, dx: number, dy: number): [enter: number, leave: number] {
  let [enter, leave] = [0, 1];
  for (const [start, step] of [
    [x, dx],
    [y, dy],
  ] as const) {
    const [a, b] = [(-BUFFER - start) / step, (EXTENT + BUFFER - start) / step];
    if (step === 0) {
      if (start < -BUFFER || start > EXTENT + BUFFER) return [1, 0];
      continue;
    }
    enter = Math.max(enter, Math.min(a, b));
    leave = Math.min(leave, Math.max(a, b));
  }
  return [enter, leave];
}

/** Drops points that are equal after rounding. */
function add(line: Line, x: number, y: number): void {
  const [px, py] = [Math.round(x), Math.round(y)];
  if (line.at(-2) !== px || line.at(-1) !== py) line.push(px, py);
}

const LINE_TO = 2;

function commandsOf(lines: readonly Line[]): number[] {
  const commands: number[] = [];
  let [x, y] = [0, 0];
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      if (i === 0) commands.push(MOVE_ONCE);
      if (i === 2) commands.push((line.length / 2 - 1) * 8 + LINE_TO);
      commands.push(zigzag((line[i] as number) - x), zigzag((line[i + 1] as number) - y));
      [x, y] = [line[i] as number, line[i + 1] as number];
    }
  }
  return commands;
}
