// Opens a page for a test, waits for it, and records its errors.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { openShared } from './launch.mjs';
import { settle } from './settle.mjs';

export { openGroup, settle } from './settle.mjs';

export const URL_BASE = process.env.FOODMAP_URL;
/** The same map from a server that shows public layers only. */
export const PUBLIC_URL = process.env.FOODMAP_PUBLIC_URL;

/** A map with a timeline; absent where none was given. */
export const TIMELINE_URL = process.env.FOODMAP_TIMELINE_URL;

/** Raise it on a busy machine. */
const TIMEOUT_MS = Number(process.env.FOODMAP_TIMEOUT_MS ?? 30_000);
const DESKTOP = { width: 1200, height: 800 };
export const PHONE = { width: 390, height: 844 };
/** Pixels of the map per CSS pixel. Software rendering takes time for each pixel, and few tests read pixels. */
const MAP_PIXEL_RATIO = process.env.FOODMAP_SHOTS ? 1 : 0.25;

/** A warning of the browser, because `SOFTWARE_COMPOSITING` reads the pixels of the map. */
const MAP_IS_READ = /GL Driver Message .*GPU stall due to ReadPixels/;

let shared = null;
after(async () => (await shared)?.close());

/** Open pages by the options of their context. A test that changes nothing of the browser opens the map in one of these. */
const warm = new Map();

/** Selects all lines and vendors instead of the defaults. */
const EVERYTHING = { line: 'all', 'vendor-status': 'all', 'vendor-visible': 'any' };

function withEverything(hash) {
  const given = new URLSearchParams(hash.slice(1));
  const missing = Object.entries(EVERYTHING).filter(([name]) => !given.has(name));
  return ['#', ...missing.map(([name, value]) => `${name}=${value}&`), hash.slice(1)].join('');
}

/**
 * Runs `test` on a page of the server at `url` with `hash`, then asserts that the page logged no error.
 * Unless `asDefault`, the hash is extended to select all lines and vendors. `expected` lists errors that a test
 * provokes on purpose. `device` has more options of the browser context, such as touch. Without `worker` the page has no
 * service worker, which would intercept requests before `page.route`. A test that reads pixels of the map needs
 * `pixelRatio: 1`. The page has no storage, but without `before` and `worker` it may have the caches of an earlier test.
 */
export async function onPage(
  {
    url = URL_BASE,
    hash = '#lang=en',
    viewport = DESKTOP,
    before,
    expected = [],
    waits = true,
    asDefault = false,
    worker = false,
    pixelRatio = MAP_PIXEL_RATIO,
    device = {},
  },
  test,
) {
  const isOwn = Boolean(before) || worker;
  const key = JSON.stringify([pixelRatio, device]);
  const kept = isOwn ? undefined : warm.get(key);
  const opened =
    kept ?? (await openPage(viewport, pixelRatio, { ...device, serviceWorkers: worker ? 'allow' : 'block' }));
  warm.delete(key);
  const { context, page } = opened;
  let isPassed = false;
  try {
    if (kept) await renew(kept, url, viewport);
    opened.logged = [];
    await before?.(page);
    await page.goto(url + (asDefault ? hash : withEverything(hash)));
    if (waits) await settle(page);
    await test(page);
    const harmless = [...expected, MAP_IS_READ, ...(worker ? [] : [/Service Worker registration blocked/])];
    const unexpected = opened.logged.filter((text) => !harmless.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], 'no errors or warnings in the console');
    isPassed = true;
  } finally {
    if (isPassed && !isOwn && !page.isClosed()) {
      // The map is released until the next test.
      await page.goto('about:blank');
      warm.set(key, opened);
    } else await context.close();
  }
}

async function openPage(viewport, pixelRatio, device) {
  shared ??= openShared(process.env.FOODMAP_BROWSER);
  const context = await (await shared).newContext({ viewport, colorScheme: 'light', locale: 'en-US', ...device });
  context.setDefaultTimeout(TIMEOUT_MS);
  await context.addInitScript((ratio) => {
    Object.defineProperty(window, 'devicePixelRatio', { get: () => ratio });
  }, pixelRatio);
  const page = await context.newPage();
  const opened = { context, page, logged: [] };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) opened.logged.push(message.text());
  });
  page.on('pageerror', (error) => opened.logged.push(error.stack ?? error.message));
  return opened;
}

/** Takes back what a test may have left: routes, storage, the media, the size, the pointer and other pages. */
async function renew({ context, page }, url, viewport) {
  for (const other of context.pages()) if (other !== page) await other.close();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  const session = await context.newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'all' });
  await session.detach();
  await page.emulateMedia({ media: null });
  await page.setViewportSize(viewport);
  await page.mouse.move(-10, -10);
}

/** The bytes of a downloaded file. */
export async function bytesOf(download) {
  const pieces = [];
  for await (const piece of await download.createReadStream()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Follows a link to another state on a page that is open, which is faster than opening another page. */
export async function follow(page, hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, withEverything(hash));
  await settle(page);
}

export async function moveTo(page, { lng, lat, zoom }) {
  await page.evaluate((to) => window.foodmap.map.jumpTo({ center: [to.lng, to.lat], zoom: to.zoom }), {
    lng,
    lat,
    zoom,
  });
  await settle(page);
}

/** The details of a message, which are folded. */
export async function detailsOf(page, failure) {
  const details = page.locator(`[data-failure="${failure}"] details`);
  await details.locator('summary').click();
  return details.innerText();
}

/** Chooses an option of a radio group, such as kind or view, by its value. */
export async function chooseRadio(page, group, value) {
  await page.locator(`[data-choice="${group}"] label:has(input[value="${value}"])`).click();
  await settle(page);
}

/** Opens the drop-down of a long list of options if there is one, runs `act`, and closes it. */
export async function withOptions(page, name, act) {
  const button = page.locator(`[data-dropdown="${name}"] .select`);
  const isLong = (await button.count()) > 0;
  if (isLong) await button.click();
  const done = await act((value) => page.locator(`[data-choice="${name}"] label:has(input[value="${value}"])`));
  if (isLong) await page.keyboard.press('Escape');
  return done;
}

export async function toggleLine(page, line) {
  await page.locator(`[data-choice="lines"] label:has(input[value="${line}"])`).click();
  await settle(page);
}

export async function chooseOption(page, select, name) {
  await page.locator(`[data-choice="${select}"] button`).click();
  await page.getByRole('option', { name, exact: true }).click();
  await settle(page);
}

export async function shoot(page, name) {
  const folder = process.env.FOODMAP_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}

/** Asserts that axe finds no violation on the page. */
export async function assertAccessible(page, message) {
  // Without the legacy mode, axe opens another page for each run, to collect the results of frames. Ours has no frames.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  // React Aria puts the hidden buttons that close a popover next to its dialog, outside every landmark.
  const isDismissal = (id, html) => id === 'region' && html.startsWith('<div style="display: contents;">');
  const described = violations.flatMap(({ id, impact, nodes }) =>
    nodes
      .filter(({ html }) => !isDismissal(id, html))
      .map(({ html, failureSummary }) => `${id} (${impact}): ${html} ${failureSummary}`),
  );
  assert.deepEqual(described, [], message);
}
