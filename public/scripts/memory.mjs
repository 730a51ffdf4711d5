// Uses a page without a pause and measures the memory of its renderer process.
//   node scripts/memory.mjs --url URL [--minutes 10]
// Ten minutes of it have about as many actions as an hour in which a person does something every 15 seconds. Exit status 1
// if the memory at the end, after garbage collection, is above the limit.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { launch, SOFTWARE_COMPOSITING } from '../tests/browser/launch.mjs';

const MAX_MB = 500;
const PAUSE_MS = 1500;
const { values } = parseArgs({ options: { url: { type: 'string' }, minutes: { type: 'string', default: '10' } } });
if (!values.url) {
  console.error('usage: node scripts/memory.mjs --url URL [--minutes 10]');
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

const browser = await launch(SOFTWARE_COMPOSITING);
const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
await page.goto(values.url);
await page.waitForFunction(() => window.foodmap?.map.loaded());
const inspector = await page.context().newCDPSession(page);
const root = await browser.newBrowserCDPSession();

/** The resident memory of the largest renderer, in MB; the page is the only one that is used. */
async function memory() {
  await inspector.send('HeapProfiler.collectGarbage');
  const { processInfo } = await root.send('SystemInfo.getProcessInfo');
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0));
  return Math.round(Math.max(...sizes) / 1000);
}

const start = Date.now();
const end = start + Number(values.minutes) * 60_000;
let [actions, reported] = [0, start];
console.log(`start: ${await memory()} MB`);
while (Date.now() < end) {
  await page.evaluate(
    (to) => {
      location.hash = to;
    },
    LINKS[Math.floor(actions / (ACTS.length + 1)) % LINKS.length],
  );
  await page.waitForTimeout(PAUSE_MS);
  for (const act of ACTS) {
    await act(page);
    await page.waitForTimeout(PAUSE_MS);
  }
  actions += ACTS.length + 1;
  if (Date.now() - reported < 60_000) continue;
  reported = Date.now();
  console.log(`${Math.round((reported - start) / 60_000)} min, ${actions} actions: ${await memory()} MB`);
}
const last = await memory();
console.log(`end, ${actions} actions: ${last} of ${MAX_MB} MB`);
await browser.close();
process.exitCode = last > MAX_MB ? 1 : 0;
