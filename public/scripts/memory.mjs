// Uses a page without a pause and measures the memory of its processes.
//   node scripts/memory.mjs --url URL [--actions 300]
// 300 actions are an hour in which a person does something every 12 seconds. Exit status 1 if the memory at the end, after
// garbage collection, is above the limit.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { launch, SOFTWARE_COMPOSITING } from '../tests/browser/launch.mjs';

const MAX_MB = 500;
/** An action that draws for longer is not waited for, as by a person who goes on. */
const TIMEOUT_MS = 15_000;
const REPORT_EVERY = 50;
const { values } = parseArgs({ options: { url: { type: 'string' }, actions: { type: 'string', default: '300' } } });
if (!values.url) {
  console.error('usage: node scripts/memory.mjs --url URL [--actions 300]');
  process.exit(2);
}

/** What a person does again and again, each as a link that the page follows, or an act on the map. */
const LINKS = [
  '#lang=en&kind=orders',
  '#lang=en&kind=users&view=heat',
  '#lang=en&density=off&over=coverage&line=Restaurant',
  '#lang=en&density=off&over=coverage&line=Bakery&delivery=2km',
  '#lang=fa&density=off&over=vendors&vendor-line=Cafe',
  '#lang=fa&density=off&over=vendors&over=areas&fill=vendors&table=on',
  '#lang=fa&theme=night&kind=organic&line=all',
  '#lang=en&city=shiraz',
];
const ACTS = [
  (page) => page.evaluate(() => window.foodmap.map.zoomIn({ animate: false })),
  (page) => page.evaluate(() => window.foodmap.map.panBy([300, 120], { animate: false })),
  (page) => page.mouse.click(700, 400),
  (page) => page.keyboard.press('Escape'),
  (page) => page.evaluate(() => window.foodmap.map.panBy([-300, -120], { animate: false })),
  (page) => page.evaluate(() => window.foodmap.map.zoomOut({ animate: false })),
];
const follow = (link) => (page) =>
  page.evaluate((to) => {
    location.hash = to;
  }, link);
/** Each link, then the acts on its map. */
const ROUND = LINKS.flatMap((link) => [follow(link), ...ACTS]);

const browser = await launch(SOFTWARE_COMPOSITING);
const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
await page.goto(values.url);
await rest();
const root = await browser.newBrowserCDPSession();
const inspector = await page.context().newCDPSession(page);

async function rest() {
  const isIdle = () => {
    const map = window.foodmap?.map;
    return (
      map?.loaded() && map.areTilesLoaded() && !map.isMoving() && document.querySelector('.panel:not([aria-busy])')
    );
  };
  await page.waitForFunction(isIdle, null, { timeout: TIMEOUT_MS }).catch(() => {});
}

/** The proportional set size of a process, in MB: its own pages, and its share of those that processes have together. */
const pssMb = (id) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;

/**
 * The memory of every renderer, which run the page and its workers, and of the process that draws in the place of a graphics
 * card, in MB. The browser's own processes have the same size for every page.
 */
async function memory() {
  await inspector.send('HeapProfiler.collectGarbage');
  const { processInfo } = await root.send('SystemInfo.getProcessInfo');
  const sumOf = (wanted) =>
    Math.round(processInfo.filter(({ type }) => type === wanted).reduce((sum, { id }) => sum + pssMb(id), 0));
  return { page: sumOf('renderer'), drawing: sumOf('GPU') };
}

const report = (when, size) => console.log(`${when}: page ${size.page} MB, software renderer ${size.drawing} MB`);
report('start', await memory());
const actions = Number(values.actions);
for (let done = 1; done <= actions; done += 1) {
  await ROUND[(done - 1) % ROUND.length](page);
  await rest();
  if (done % REPORT_EVERY === 0 && done < actions) report(`${done} actions`, await memory());
}
const last = await memory();
report(`end, ${actions} actions`, last);
console.log(`limit of the page: ${MAX_MB} MB`);
await browser.close();
process.exitCode = last.page > MAX_MB ? 1 : 0;
