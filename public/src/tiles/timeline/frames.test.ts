import vectors from '../../../../data/timeline-columns.json';
import type { TimelineLoader } from './archives';
import { TimelineArchives } from './archives';
import { countTile } from './cellCounts';
import { Frames } from './frames';

const MONTH = {
  slot: '2026-11',
  from: '2026-11-01',
  to: '2026-11-30',
  layers: { 'timeline-orders': 'timeline-orders', 'timeline-line-users': 'timeline-line-users' },
  tables: {},
};
const LINES = ['a', 'b', 'c', 'd', 'e'];
const BLOCK = { z: 9, left: 328, top: 201, columns: 2, rows: 1 };
const PALETTE = {
  limits: [1, 3],
  colours: [
    [10, 20, 30],
    [40, 50, 60],
  ],
} as const;

/** Every tile is the longest test vector of its layer. */
const loader: TimelineLoader = {
  archive: async (layer) => ({ tiles: [`${layer}/{z}/{x}/{y}`], minzoom: 6, maxzoom: 14, lines: LINES }),
  async tile(url) {
    const own = vectors.filter(({ layer }) => url.startsWith(`${layer}/`));
    const hex = own.toSorted((a, b) => b.rows.length - a.rows.length)[0]?.tile ?? '';
    return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  },
};

const START = Date.parse('2026-11-01') / 86_400_000;

test('a picture has the counts of the tiles of the same range, by class', async () => {
  const archives = new TimelineArchives(loader, 2 ** 20);
  const frames = new Frames(archives, [MONTH]);
  for (const [first, last] of [
    [0, 29],
    [0, 0],
    [2, 9],
    [5, 20],
  ] as const) {
    const question = { first: START + first, last: START + last, hours: null };
    const frame = await frames.draw(question, BLOCK, { kind: 'orders', lines: [] }, PALETTE);
    expect([frame.width, frame.height]).toEqual([128, 64]);
    // Without totals, a tile of a whole month has nothing to count.
    if (last - first === 29) continue;
    for (const side of [0, 1]) {
      const counts = await countTile(archives, [MONTH], LINES, question, { z: 9, x: 328 + side, y: 201 }, false);
      for (let cell = 0; cell < 4096; cell++) {
        const orders = counts.ofAll('orders', cell);
        const at = 4 * (Math.floor(cell / 64) * 128 + side * 64 + (cell % 64));
        const colour = orders === 0 ? [0, 0, 0, 0] : [...PALETTE.colours[orders < 3 ? 0 : 1], 255];
        expect([...frame.pixels.slice(at, at + 4)], `cell ${cell}, days ${first} to ${last}`).toEqual(colour);
      }
    }
  }
});

test('users of one line are counted, and those of several lines are refused', async () => {
  const frames = new Frames(new TimelineArchives(loader, 2 ** 20), [MONTH]);
  const question = { first: START, last: START + 20, hours: null };
  const counted = await Promise.all(
    LINES.map((line) => frames.draw(question, BLOCK, { kind: 'users', lines: [line] }, PALETTE)),
  );
  expect(counted.some(({ pixels }) => pixels.some((part) => part > 0))).toBe(true);
  await expect(frames.draw(question, BLOCK, { kind: 'users', lines: ['a', 'b'] }, PALETTE)).rejects.toThrow('several');
});
