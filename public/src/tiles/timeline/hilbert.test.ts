import { cellPlaces, curvePosition, squareAt, TIMELINE_SIDE } from './hilbert';

test('positions follow the curve of PMTiles', () => {
  // Tile ids of PMTiles, less those of the zooms above.
  for (const [level, column, row, position] of [
    [1, 0, 0, 0],
    [1, 0, 1, 1],
    [1, 1, 1, 2],
    [1, 1, 0, 3],
    [2, 0, 0, 0],
    [2, 1, 0, 1],
    [2, 3, 0, 15],
    [19, 337000, 206000, curvePosition(19, 337000, 206000)],
  ] as const) {
    expect(curvePosition(level, column, row), `${level}/${column}/${row}`).toBe(position);
    expect(squareAt(level, position)).toEqual([column, row]);
  }
});

test('cells lie where the curve of their level has them', () => {
  for (const [z, x, y] of [
    [6, 41, 25],
    [9, 328, 201],
    [10, 657, 403],
    [14, 10534, 6451],
    [3, 0, 0],
    [3, 7, 7],
    [3, 7, 0],
    [3, 0, 7],
  ] as const) {
    const first = curvePosition(z, x, y) * TIMELINE_SIDE ** 2;
    const expected = Array.from({ length: TIMELINE_SIDE ** 2 }, (_, cell) => {
      const [column, row] = squareAt(z + 5, first + cell);
      return (row - y * TIMELINE_SIDE) * TIMELINE_SIDE + column - x * TIMELINE_SIDE;
    });
    expect([...cellPlaces({ z, x, y })], `${z}/${x}/${y}`).toEqual(expected);
  }
});

test('the cells of a tile lie side by side, each at its own place', () => {
  for (const tile of [
    { z: 6, x: 41, y: 25 },
    { z: 14, x: 10534, y: 6451 },
  ]) {
    const places = cellPlaces(tile);
    expect(new Set(places).size).toBe(TIMELINE_SIDE ** 2);
    for (let cell = 1; cell < places.length; cell++) {
      const [a, b] = [places[cell - 1] ?? 0, places[cell] ?? 0];
      const step = Math.abs((a % 32) - (b % 32)) + Math.abs(Math.floor(a / 32) - Math.floor(b / 32));
      expect(step, `cell ${cell} of ${tile.z}`).toBe(1);
    }
  }
});
