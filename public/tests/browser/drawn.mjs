// What the map says it drew of density.

/** What the map says it drew in a tile: attributes and colour of each cell, by "column,row". */
export async function drawnIn(page, { z, x, y }) {
  const features = await page.evaluate(() =>
    window.foodmap.map.queryRenderedFeatures({ layers: ['density-cells'] }).map(({ geometry, properties, layer }) => {
      const [ring] = geometry.coordinates;
      const middle = [0, 1].map(
        (axis) => (Math.min(...ring.map((p) => p[axis])) + Math.max(...ring.map((p) => p[axis]))) / 2,
      );
      return { middle, properties, colour: layer.paint['fill-color'] };
    }),
  );
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
