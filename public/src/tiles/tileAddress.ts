// The address of a tile, from the template that TileJSON hands out.

import type { TileAddress } from './withheld';

export function tileUrlOf(template: string, { z, x, y }: TileAddress): string {
  return template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y));
}
