// Answers questions about ranges of days with the code of the page's worker: `scripts/check timeline` compares the answers
// with those of DuckDB. Usage: node scripts/ask-timeline.mjs URL < questions.json > answers.json

import { json } from 'node:stream/consumers';
import { pageModule } from '../tests/modules.mjs';

const [base] = process.argv.slice(2);
const questions = await json(process.stdin);
const { TimelineArchives, TimelineEngine, countTile } = await pageModule('tiles/timeline/nodeExports.ts');
const { timelineOf } = await pageModule('data/timeline.ts');

/** Cells on one side of a tile that the page draws. */
const SIDE = 64;
const BUDGET_BYTES = 512 * 2 ** 20;

async function get(path) {
  const response = await fetch(new URL(path, base));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

const loader = {
  // Archives of users of all lines name no lines.
  archive: async (tilejson) => ({ lines: [], ...(await (await get(tilejson)).json()) }),
  places: async (url) => (await get(url)).json(),
  async tile(url) {
    const response = await get(new URL(url).pathname);
    return response.status === 204 ? null : new Uint8Array(await response.arrayBuffer());
  },
};

const { months } = timelineOf(await loader.archive('/v1/catalog.json'));
const named = await Promise.all(months.map(({ layers }) => loader.archive(layers['timeline-orders'])));
const lines = [...new Set(named.flatMap((archive) => archive.lines))];
const engine = new TimelineEngine(loader, months, lines);
const archives = new TimelineArchives(loader, BUDGET_BYTES);

const dayNumber = (day) => Date.parse(day) / 86_400_000;

/** The counts of a cell or place, of all lines and of each. */
async function countsOf({ where, from, to, hours = null }, hasUsers) {
  if ('city' in where) {
    const { byLine, ...all } = (await engine.places(where.city, { from, to })).get(where.id) ?? { byLine: [] };
    return { all, byLine };
  }
  const tile = { z: where.zoom - 1, x: Math.floor(where.column / SIDE), y: Math.floor(where.row / SIDE) };
  const question = { first: dayNumber(from), last: dayNumber(to), hours };
  const counts = await countTile(archives, months, lines, question, tile, hasUsers);
  const cell = (where.row % SIDE) * SIDE + (where.column % SIDE);
  const read = (of) => Object.fromEntries(['orders', 'organic', 'unknown', 'users'].map((name) => [name, of(name)]));
  return {
    all: read((name) => counts.ofAll(name, cell)),
    byLine: lines.map((_, line) => read((name) => counts.of(name, line, cell))),
  };
}

const MARKS = {
  all: ({ orders }) => orders,
  organic: ({ organic }) => organic,
  not: ({ orders, organic, unknown }) => orders - organic - unknown,
  unknown: ({ unknown }) => unknown,
};

const ASK = {
  async orders(question) {
    const { all, byLine } = await countsOf(question, false);
    const chosen = question.lines === null ? [all] : question.lines.map((line) => byLine[lines.indexOf(line)] ?? {});
    return [chosen.reduce((sum, counts) => sum + (MARKS[question.mark](counts) || 0), 0)];
  },
  hours: (question) => ASK.orders(question),
  async users(question) {
    const { all, byLine } = await countsOf(question, true);
    const counts = question.line === null ? all : byLine[lines.indexOf(question.line)];
    return [counts?.users ?? 0];
  },
  async retention({ where, before, after, line }) {
    const found = (await engine.retention(where.city, before, after, line)).get(where.id);
    return [found?.retained ?? 0, found?.lost ?? 0, found?.gained ?? 0, found?.fresh ?? 0];
  },
};

const answers = [];
for (const question of questions) answers.push(await ASK[question.kind](question));
console.log(JSON.stringify(answers));
