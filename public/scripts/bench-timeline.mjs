// Measures how fast a range of days moves: --url http://127.0.0.1:8080/ [--city tehran] [--zoom 11] [--moves 60] [--no-browser]
// Counting runs in Node with the code of the page's worker, so that no renderer takes part. The browser then adds the time in
// which the main thread hands a picture to the map. What is left of a frame on the screen is the renderer's.

import { parseArgs } from 'node:util';
import { launch, SOFTWARE_COMPOSITING } from '../tests/browser/launch.mjs';
import { settle } from '../tests/browser/settle.mjs';
import { pageModule } from '../tests/modules.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    city: { type: 'string', default: 'tehran' },
    zoom: { type: 'string', default: '11' },
    moves: { type: 'string', default: '60' },
    'no-browser': { type: 'boolean', default: false },
  },
});
if (!values.url) {
  console.error('usage: node scripts/bench-timeline.mjs --url URL [--city KEY] [--zoom N] [--moves N] [--no-browser]');
  process.exit(2);
}

const [zoom, moves] = [Number(values.zoom), Number(values.moves)];
const MONTH_RUNS = 7;
const BUDGET_BYTES = 256 * 2 ** 20;
const DAY_MS = 86_400_000;
const dayNumber = (day) => Date.parse(day) / DAY_MS;

const { TimelineArchives, Frames } = await pageModule('tiles/timeline/nodeExports.ts');
const { timelineOf } = await pageModule('data/timeline.ts');
const { tileAt } = await pageModule('tiles/cells.ts');

/** Responses by URL: with all of them, no measured time waits for the network. */
const bodies = new Map();

async function body(path) {
  const { pathname } = new URL(path, values.url);
  if (!bodies.has(pathname)) {
    const response = await fetch(new URL(pathname, values.url));
    if (!response.ok) throw new Error(`${pathname}: ${response.status}`);
    bodies.set(pathname, response.status === 204 ? null : new Uint8Array(await response.arrayBuffer()));
  }
  return bodies.get(pathname);
}

const json = async (path) => JSON.parse(Buffer.from(await body(path)).toString());
const loader = { archive: async (tilejson) => ({ lines: [], ...(await json(tilejson)) }), tile: body };

const catalog = await json('/v1/catalog.json');
const timeline = timelineOf(catalog);
const city = catalog.cities.find(({ key }) => key === values.city);
if (!(timeline && city)) throw new Error(`the server lists no timeline of ${values.city}`);

/** Every drawn tile over the city. */
function blockOver([west, south, east, north]) {
  const [first, last] = [tileAt(west, north, zoom), tileAt(east, south, zoom)];
  return { z: zoom, left: first.x, top: first.y, columns: last.x - first.x + 1, rows: last.y - first.y + 1 };
}

const block = blockOver(city.bounds);
const palette = {
  limits: [1, 7, 15, 22, 37, 55, 80],
  colours: Array.from({ length: 7 }, (_, i) => [30 * i, 30 * i, 30 * i]),
};
const [first, last] = [dayNumber(timeline.from), dayNumber(timeline.to)];
const newest = timeline.months.at(-1);
const named = await loader.archive(newest.layers['timeline-orders']);
const measures = {
  'orders, all lines': { kind: 'orders', lines: [] },
  'orders, one line': { kind: 'orders', lines: named.lines.slice(0, 1) },
  'users, all lines': { kind: 'users', lines: [] },
  'users, one line': { kind: 'users', lines: named.lines.slice(0, 1) },
};

/** Wall time, and CPU time, which other load on the machine affects less. Both in milliseconds. */
async function timed(act) {
  const [cpu, begin] = [process.cpuUsage(), performance.now()];
  await act();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: performance.now() - begin, cpu: (user + system) / 1000 };
}

function quantiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)].toFixed(1);
  return `median ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}`;
}

const summary = (times) =>
  `CPU ms ${quantiles(times.map(({ cpu }) => cpu))}; wall ms ${quantiles(times.map(({ wall }) => wall))}`;

/** The longest range of up to 90 days, moved by one day at each of its ends. */
async function measureMoves(measured) {
  const frames = new Frames(new TimelineArchives(loader, BUDGET_BYTES), timeline.months);
  const draw = (question) => frames.draw({ hours: null, ...question }, block, measured, palette);
  const start = Math.max(first, last - 89);
  await draw({ first: start, last });
  const times = [];
  for (let move = 0; move < moves; move += 1) {
    times.push(await timed(() => draw({ first: start + (move % 14), last: last - ((3 * move) % 14) })));
  }
  return times;
}

/** From the bytes of the newest month to its picture: decoded, added up by day, counted and coloured. */
async function measureNewMonth(measured) {
  const question = { first: dayNumber(newest.from), last, hours: null };
  const draw = () =>
    new Frames(new TimelineArchives(loader, BUDGET_BYTES), timeline.months).draw(question, block, measured, palette);
  // Fetches the bytes.
  await draw();
  const times = [];
  for (let run = 0; run < MONTH_RUNS; run += 1) {
    times.push(await timed(draw));
  }
  return times;
}

const tiles = block.columns * block.rows;
console.log(`${tiles} drawn tiles of zoom ${zoom} over ${city.key}, ${timeline.from} to ${timeline.to}`);
for (const [name, measured] of Object.entries(measures)) {
  console.log(`a move, ${name}: ${summary(await measureMoves(measured))}`);
  console.log(`a new month, ${name}: ${summary(await measureNewMonth(measured))}`);
}
if (!values['no-browser']) console.log(`handed to the map: wall ms ${quantiles(await measureHanding())}`);

/** The time in which the main thread takes a picture and hands it to the map, while the range is dragged. */
async function measureHanding() {
  const browser = await launch(SOFTWARE_COMPOSITING);
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    const [lng, lat] = city.center;
    await page.goto(new URL(`#lang=en&line=all&window=7d&at=${zoom}/${lat}/${lng}`, values.url).href);
    await settle(page);
    await page.waitForSelector('.day[data-orders]:not([data-orders="0"])');
    const box = await page.locator('.brush').boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + 20];
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let step = 1; step <= moves; step += 1) await page.mouse.move(x - 8 * step, y);
    const drawn = await page.evaluate(() =>
      performance.getEntriesByName('range-frame').map(({ duration }) => duration),
    );
    await page.mouse.up();
    return drawn.slice(1);
  } finally {
    await browser.close();
  }
}
