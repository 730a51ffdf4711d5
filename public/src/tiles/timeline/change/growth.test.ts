import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import vectors from '../../../../../data/timeline-columns.json';
import { type EngineLoader, TimelineEngine } from '../engine';
import type { Measured } from '../frames';
import { limitsOf } from './growth';

const LINES = ['a', 'b', 'c', 'd', 'e'];
const MONTH = {
  slot: '2026-11',
  from: '2026-11-01',
  to: '2026-11-30',
  layers: {
    'timeline-orders': 'timeline-orders',
    'timeline-users': 'timeline-users',
    'timeline-line-users': 'timeline-line-users',
  },
  tables: {},
};
const HOME = { z: 9, x: 328, y: 201 };

/** The longest test vector of a layer. */
function vectorOf(layer: string) {
  const found = vectors.filter((one) => one.layer === layer).toSorted((a, b) => b.rows.length - a.rows.length)[0];
  if (!found) throw new Error(`no vector of ${layer}`);
  return found;
}

/** One of the four tiles below the drawn one has orders: the longest test vector of its layer. */
const loader: EngineLoader = {
  archive: async (layer) => ({ tiles: [`${layer} {z}/{x}/{y}`], minzoom: 6, maxzoom: 14, lines: LINES }),
  async tile(url) {
    const [layer = '', tile] = url.split(' ');
    if (tile !== `${HOME.z + 1}/${2 * HOME.x}/${2 * HOME.y}`) return null;
    return Uint8Array.from(vectorOf(layer).tile.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  },
  places: () => Promise.reject(new Error('no tables')),
};

const engine = new TimelineEngine(loader, [MONTH], LINES);
const day = (number: number) => `2026-11-${String(number + 1).padStart(2, '0')}`;
const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);

/** Over all cells, from the rows as the file lists them. */
function counted({ kind, lines }: Measured, first: number, last: number): number {
  const isChosen = (line: number) => lines.length === 0 || lines.includes(LINES[line] ?? '');
  if (kind === 'users') {
    const rows = vectorOf(lines.length === 0 ? 'timeline-users' : 'timeline-line-users').rows;
    return sumOf(
      rows.map((row) => {
        const [own = 0, since = 0, users = 0] = row.slice(-3);
        const isFirst = since === 0 || own - since < first;
        const isOfLine = lines.length === 0 || isChosen(row[1] ?? 0);
        return own >= first && own <= last && isFirst && isOfLine ? users : 0;
      }),
    );
  }
  return sumOf(
    vectorOf('timeline-orders').rows.map(([, line = 0, own = 0, orders = 0, organic = 0, unknown = 0]) => {
      if (own < first || own > last || !isChosen(line)) return 0;
      return kind === 'nonOrganic' ? orders - organic - unknown : { orders, organic, unknown }[kind];
    }),
  );
}

function cellsOf(tile: ArrayBuffer) {
  const layer = new VectorTile(new PbfReader(new Uint8Array(tile))).layers.density;
  return Array.from({ length: layer?.length ?? 0 }, (_, i) => layer?.feature(i).properties ?? {});
}

test('a growth tile has the counts of both periods, of the chosen kind and lines', async () => {
  const measures: Measured[] = [
    { kind: 'orders', lines: [] },
    { kind: 'nonOrganic', lines: ['a', 'e'] },
    { kind: 'organic', lines: ['c'] },
    { kind: 'users', lines: [] },
    { kind: 'users', lines: ['e'] },
  ];
  for (const measured of measures) {
    for (const [first, last, earlier, later] of [
      [7, 13, 0, 6],
      [10, 28, 2, 5],
    ] as const) {
      const range = { from: day(first), to: day(last), hours: null };
      const before = { from: day(earlier), to: day(later) };
      const cells = cellsOf(await engine.growthTile(range, { before, measured }, HOME));
      const name = `${JSON.stringify(measured)} in days ${first} to ${last}`;
      const of = (attribute: string) => sumOf(cells.map((cell) => Number(cell[attribute] ?? 0)));
      expect(of('now'), name).toBe(counted(measured, first, last));
      expect(of('was'), name).toBe(counted(measured, earlier, later));
    }
  }
});

test('users of several lines are refused', async () => {
  const against = { before: { from: day(0), to: day(6) }, measured: { kind: 'users', lines: ['a', 'b'] } } as const;
  await expect(engine.growthTile({ from: day(7), to: day(13), hours: null }, against, HOME)).rejects.toThrow('several');
});

test('limits rise, whatever the differences', () => {
  expect(limitsOf([])).toEqual([1, 2, 5]);
  expect(limitsOf([0.5, -0.5, 0.5])).toEqual([0.5, 0.75, 1.1]);
  expect(limitsOf(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? i : -i)))).toEqual([50, 80, 95]);
});

test('the limits of a zoom are those of the cells of the city that have enough orders', async () => {
  const range = { from: day(7), to: day(13), hours: null };
  const against = { before: { from: day(0), to: day(6) }, measured: { kind: 'orders', lines: [] } } as const;
  const base = {
    probabilities: [0.9],
    byZoom: { 11: { orders: [8] }, 12: { orders: [4] }, 13: { orders: [2] } },
    minzoom: 5,
    maxzoom: 13,
  };
  const { zooms, minzoom, maxzoom } = await engine.growthZooms(range, against, [0, 0, 0.01, 0.01], base, 10);
  expect([minzoom, maxzoom]).toEqual([5, 13]);
  expect(zooms.map(({ zoom }) => zoom)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13]);
  expect(zooms[6]?.limits, 'no cell of this city has orders').toEqual([1, 2, 5]);
  expect(zooms[8]?.limits, 'busy cells have a quarter of the orders').toEqual([0.25, 0.5, 1.3]);
});
