// The geometry of cells: address, square, centre and size.

import type { Bounds } from '@styles/base';
import { CELL_LEVELS } from '@styles/tokens';
import type { Polygon } from 'geojson';
import type { TileAddress } from './tileAddress';

/** The address of a cell: a Web Mercator tile at the zoom of its tile + 6. */
export interface CellAddress {
  level: number;
  column: number;
  row: number;
}

const EQUATOR_M = 40_075_016.686;

export function cellAt(lng: number, lat: number, tileZoom: number): CellAddress {
  return squareAt(lng, lat, tileZoom + CELL_LEVELS);
}

/** The quadtree square at `level` that contains a position. At level z it is the tile of zoom z. */
export function squareAt(lng: number, lat: number, level: number): CellAddress {
  const across = 2 ** level;
  const phi = (lat * Math.PI) / 180;
  return {
    level,
    column: Math.floor(((lng + 180) / 360) * across),
    row: Math.floor(((1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2) * across),
  };
}

/** The longitude and latitude of a position in the grid of `level`; integers are cell corners. */
export function gridToLngLat(column: number, row: number, level: number): [lng: number, lat: number] {
  const across = 2 ** level;
  const lat = Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / across)));
  return [(column / across) * 360 - 180, (lat * 180) / Math.PI];
}

export function cellCentre({ level, column, row }: CellAddress): [lng: number, lat: number] {
  return gridToLngLat(column + 0.5, row + 0.5, level);
}

export function cellSquare({ level, column, row }: CellAddress): Polygon {
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [0, 0],
  ] as const;
  return {
    type: 'Polygon',
    coordinates: [corners.map(([dx, dy]) => gridToLngLat(column + dx, row + dy, level))],
  };
}

/** The side of a cell on the ground, in metres. */
export function cellSideM(level: number, lat: number): number {
  return (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / 2 ** level;
}

export function tileAt(lng: number, lat: number, z: number): TileAddress {
  const { column: x, row: y } = squareAt(lng, lat, z);
  return { z, x, y };
}

export function tilesOver([west, south, east, north]: Bounds, z: number): TileAddress[] {
  const [first, last] = [tileAt(west, north, z), tileAt(east, south, z)];
  const tiles: TileAddress[] = [];
  for (let y = first.y; y <= last.y; y += 1) {
    for (let x = first.x; x <= last.x; x += 1) tiles.push({ z, x, y });
  }
  return tiles;
}
