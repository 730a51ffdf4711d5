// Tile addresses, and the URL of a tile from its TileJSON template.

export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

export function tileUrlOf(template: string, { z, x, y }: TileAddress): string {
  return template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y));
}
