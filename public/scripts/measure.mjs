// How soon the page is of use, by Chromium's own performance API: --url URL [--runs N]. Prints JSON.
// Each run is a fresh browser with an empty profile. Exit status 1 if a median misses its bar.

import { parseArgs } from 'node:util';
import { launch } from '../tests/browser/launch.mjs';
import { CONTROLS_HASH, restyleTimes } from '../tests/browser/restyled.mjs';

const BARS = { tile_ms: 1500, lcp_ms: 1500, tbt_ms: 200, cls: 0.02, filter_ms: 100 };
/** What a task may take before it counts as blocking, as in the definition of total blocking time. */
const FREE_MS = 50;
/** Watched for this long after the first tile: controls and the rest of the ground come in then. */
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

/** From the change of a control to the drawn map, the median of the controls; with the renderer's share, and without. */
async function measureFilters(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  await page.addInitScript(watch);
  await page.goto(new URL(CONTROLS_HASH, url).href);
  const times = Object.values(await restyleTimes(page));
  const drawing = await page.evaluate((all) => {
    const { drawing } = window.measured;
    const within = ({ changed, drawn }) => drawing.filter(([at]) => at >= changed && at < drawn);
    return all.map((one) => within(one).reduce((sum, [, took]) => sum + took, 0));
  }, times);
  const whole = times.map(({ changed, drawn }) => drawn - changed);
  const waiting = times.map(({ laidOut, frame }) => Math.max(frame - laidOut, 0));
  const own = whole.map((ms, i) => ms - waiting[i] - drawing[i]);
  return { filter_ms: Math.ceil(median(own)), filter_with_drawing_ms: Math.ceil(median(whole)) };
}

/**
 * In the page, before its own scripts: long tasks, paints, shifts, and the time spent inside the functions of canvases.
 * Those wait for the renderer, the first clearing of a canvas for letters among them: hundreds of milliseconds for nothing.
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
  const contexts = [WebGL2RenderingContext, CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D];
  const owners = contexts.map(({ prototype }) => [prototype, Object.getOwnPropertyNames(prototype)]);
  for (const [owner, names] of [...owners, [HTMLCanvasElement.prototype, ['getContext']]]) {
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
