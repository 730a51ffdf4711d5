// Measures how soon the page is usable, with Chromium's performance API: --url URL [--runs N]. Prints JSON.
// Each run is a fresh browser with an empty profile. Exits with 1 if a median misses its target.

import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { launch } from '../tests/browser/launch.mjs';
import { CONTROLS_HASH, restyleTimes } from '../tests/browser/restyleTimes.mjs';
import { settle } from '../tests/browser/settle.mjs';

const BARS = { tile_ms: 1500, lcp_ms: 1500, tbt_ms: 200, cls: 0.02, filter_ms: 100 };
/** The duration from which a task counts as blocking, as in the definition of total blocking time. */
const FREE_MS = 50;
/** How long to observe after the first tile, while the controls and the rest of the base map load. */
const QUIET_MS = 4000;

const { values } = parseArgs({ options: { url: { type: 'string' }, runs: { type: 'string', default: '5' } } });
if (!values.url) {
  console.error('usage: node scripts/measure.mjs --url URL [--runs N]');
  process.exit(2);
}
const runs = [];
for (let run = 0; run < Number(values.runs); run += 1) runs.push(await measure(values.url));
const medians = Object.fromEntries(Object.keys(runs[0]).map((name) => [name, median(runs.map((one) => one[name]))]));
const missed = Object.keys(BARS).filter((name) => !(medians[name] < BARS[name]));
console.log(JSON.stringify({ medians, bars: BARS, missed, runs }, null, 1));
process.exit(missed.length > 0 ? 1 : 0);

async function measure(url) {
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    await page.addInitScript(watch);
    await page.goto(url);
    await page.waitForFunction(() => performance.getEntriesByName('first-density-tile').length > 0);
    await page.waitForSelector('.panel:not([aria-busy])');
    await page.waitForTimeout(QUIET_MS);
    return { ...(await page.evaluate(figures, FREE_MS)), ...(await measureFilters(browser, url)) };
  } finally {
    await browser.close();
  }
}

/** The time from a control change to the drawn map, as the median over the controls, with and without rendering. */
async function measureFilters(browser, url) {
  const times = async (prepare) => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    await page.addInitScript(watch);
    await page.goto(new URL(CONTROLS_HASH, url).href);
    await settle(page);
    await prepare();
    const all = Object.values(await restyleTimes(page));
    const { drawing } = await page.evaluate(() => window.measured);
    await page.close();
    return all.map(({ changed, drawn, waited }) => {
      const within = drawing.filter(([at]) => at >= changed && at < drawn).reduce((sum, [, took]) => sum + took, 0);
      return { whole: drawn - changed, own: drawn - changed - waited - within };
    });
  };
  const alongside = await times(() => {});
  const before = await times(() => yieldRenderer(browser));
  return {
    filter_ms: Math.ceil(median(before.map(({ own }) => own))),
    filter_with_drawing_ms: Math.ceil(median(alongside.map(({ whole }) => whole))),
  };
}

/** With a graphics card rendering takes no CPU time; here the software renderer competes with the page and its workers. */
async function yieldRenderer(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  for (const { id } of processInfo.filter(({ type }) => type === 'GPU')) {
    for (const thread of readdirSync(`/proc/${id}/task`)) setPriority(Number(thread), constants.priority.PRIORITY_LOW);
  }
  await session.detach();
}

/**
 * Runs in the page before its own scripts. Records long tasks, paints, layout shifts, and the time inside WebGL calls
 * and inside `getContext`; both wait for the renderer, the second for hundreds of milliseconds.
 */
function watch() {
  const seen = { tasks: [], drawing: [], lcp: 0, cls: 0 };
  window.measured = seen;
  const observe = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  observe('longtask', ({ startTime, duration }) => seen.tasks.push([startTime, duration]));
  observe('largest-contentful-paint', ({ startTime }) => {
    seen.lcp = startTime;
  });
  observe('layout-shift', ({ value, hadRecentInput }) => {
    if (!hadRecentInput) seen.cls += value;
  });
  for (const [owner, names] of [
    [WebGL2RenderingContext.prototype, Object.getOwnPropertyNames(WebGL2RenderingContext.prototype)],
    [OffscreenCanvasRenderingContext2D.prototype, ['clearRect']],
    [HTMLCanvasElement.prototype, ['getContext']],
  ]) {
    for (const name of names) {
      const { value } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
      if (typeof value !== 'function' || name === 'constructor') continue;
      owner[name] = function (...all) {
        const began = performance.now();
        try {
          return value.apply(this, all);
        } finally {
          const took = performance.now() - began;
          if (took > 0) seen.drawing.push([began, took]);
        }
      };
    }
  }
}

function figures(free) {
  const { tasks, drawing, lcp, cls } = window.measured;
  const drawnIn = (from, long) =>
    drawing.filter(([at]) => at >= from && at < from + long).reduce((sum, [, took]) => sum + took, 0);
  const blocking = (own) => tasks.reduce((sum, [at, long]) => sum + Math.max(own(at, long) - free, 0), 0);
  const up = (ms) => Math.ceil(ms);
  return {
    tile_ms: up(performance.getEntriesByName('first-density-tile')[0].startTime),
    lcp_ms: up(lcp),
    lcp_without_drawing_ms: up(lcp - drawnIn(0, lcp)),
    tbt_ms: up(blocking((at, long) => long - drawnIn(at, long))),
    tbt_with_drawing_ms: up(blocking((_, long) => long)),
    drawing_ms: up(drawnIn(0, Number.POSITIVE_INFINITY)),
    cls: Number(cls.toFixed(4)),
  };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
