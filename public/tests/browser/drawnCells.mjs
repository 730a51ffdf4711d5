// Compares the density cells that the map drew with the tiles of the server.

import assert from 'node:assert/strict';
import { expected, expectedLimits, tileJson } from './tiles.mjs';

/** The drawn cells of a tile: attributes and colour, by "column,row". */
export async function drawnIn(page, { z, x, y }, side = 'main') {
  const features = await page.evaluate((side) => {
    const map = side === 'main' ? window.foodmap.map : window.foodmap.compared();
    return map.queryRenderedFeatures({ layers: ['density-cells'] }).map(({ geometry, properties, layer }) => {
      const [ring] = geometry.coordinates;
      const middle = [0, 1].map(
        (axis) => (Math.min(...ring.map((p) => p[axis])) + Math.max(...ring.map((p) => p[axis]))) / 2,
      );
      return { middle, properties, colour: layer.paint['fill-color'] };
    });
  }, side);
  const across = 2 ** (z + 6);
  const cells = new Map();
  for (const { middle, properties, colour } of features) {
    const phi = (middle[1] * Math.PI) / 180;
    const column = Math.floor(((middle[0] + 180) / 360) * across) - x * 64;
    const row = Math.floor(((1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2) * across) - y * 64;
    if (column >= 0 && column < 64 && row >= 0 && row < 64)
      cells.set(`${column},${row}`, { properties, colour: colourOf(colour) });
  }
  return cells;
}

const colourOf = (colour) =>
  typeof colour === 'string' ? colour : [colour.r, colour.g, colour.b].map((c) => Math.round(c * 255)).join(',');

/** Asserts that every cell has the counts of the tile, and that exactly the cells of a class share a colour. */
export async function assertDrawn(page, tile, kind, lines, { side = 'main', from = tileJson } = {}) {
  const drawn = await drawnIn(page, tile, side);
  const name = `${kind} [${lines}]`;
  const limits = expectedLimits(tile.z, kind, lines, from);
  const shown = [...tile.cells].filter(([, cell]) => expected(cell, kind, lines)[0] > 0);
  assert.deepEqual([...drawn.keys()].sort(), shown.map(([key]) => key).sort(), `${name}: the cells drawn`);
  const colours = new Map();
  for (const [key, cell] of shown) {
    assert.deepEqual(drawn.get(key).properties, cell, `${name}: cell ${key}`);
    const level = limits.filter((limit) => expected(cell, kind, lines)[0] >= limit).length;
    const colour = colours.get(level) ?? drawn.get(key).colour;
    assert.equal(drawn.get(key).colour, colour, `${name}: colour of cell ${key}, class ${level}`);
    colours.set(level, colour);
  }
  assert.equal(new Set(colours.values()).size, colours.size, `${name}: each class has its own colour`);
}
