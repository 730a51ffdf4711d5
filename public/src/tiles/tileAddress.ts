// Tile addresses, and the URL of a tile from its TileJSON template.

import type { TileAddress } from './withheld';

export function tileUrlOf(template: string, { z, x, y }: TileAddress): string {
  return template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y));
}
