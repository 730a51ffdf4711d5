import { cellAt, cellCentre, cellSideM, cellSquare } from './cells';

test('the cell at the centre of a cell is that cell, at every zoom', () => {
  for (let zoom = 5; zoom <= 14; zoom += 1) {
    const cell = cellAt(51.39, 35.7, zoom);
    const [lng, lat] = cellCentre(cell);
    expect(cellAt(lng, lat, zoom), `zoom ${zoom}`).toEqual(cell);
    expect(cell.level).toBe(zoom + 6);
  }
});

test('the square of a cell contains its position and touches its neighbour', () => {
  const cell = cellAt(51.39, 35.7, 11);
  const [ring = []] = cellSquare(cell).coordinates;
  const [next = []] = cellSquare({ ...cell, column: cell.column + 1 }).coordinates;
  const lngs = ring.map(([lng = 0]) => lng);
  expect(Math.min(...lngs)).toBeLessThanOrEqual(51.39);
  expect(Math.max(...lngs)).toBe(Math.min(...next.map(([lng = 0]) => lng)));
});

test('at the latitude of Tehran a cell of zoom 11 is 248 m wide', () => {
  expect(cellSideM(17, 35.7)).toBeCloseTo(248.3, 1);
  expect(cellSideM(0, 0)).toBeCloseTo(40_075_016.686, 3);
});
