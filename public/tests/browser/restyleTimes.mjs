// Measures the time from a control change until the map is drawn with it.

import { openGroup, settle } from './settle.mjs';

/** The state of the page for these controls, without radius circles, which would be recomputed. */
export const CONTROLS_HASH = '#lang=en&line=all&over=vendors&vendor-status=all&vendor-visible=any&circles=off';

const option = (choice, value) => (page) =>
  page.locator(`[data-choice="${choice}"] label:has(input[value="${value}"])`).click();

/** Controls that only change the style, without requests to the server. */
const CONTROLS = {
  kind: option('kind', 'users'),
  line: option('lines', 'Cafe'),
  'two lines': option('lines', 'Bakery'),
  'vendor line': option('vendor-line', 'Cafe'),
  'vendor open': option('vendor-open', 'yes'),
};

/**
 * By control: when it was changed, when the map had the new style, when every tile was laid out with it, and when that
 * was drawn; and how long the page was idle before, waiting for the renderer to finish the previous frame.
 */
export async function restyleTimes(page) {
  await openGroup(page, 'vendors');
  const times = {};
  for (const [name, change] of Object.entries(CONTROLS)) {
    await settle(page);
    await page.evaluate(watch);
    await change(page);
    times[name] = await page.evaluate(() => window.restyled);
  }
  return times;
}

/** Runs in the page. Waits for tiles that a new style lays out again; until then they look the same. */
function watch() {
  const { map } = window.foodmap;
  /** Measures idle time by messages that the page sends to itself. Returns a function that ends the measurement. */
  const timeIdleness = () => {
    const { port1, port2 } = new MessageChannel();
    let [last, idle] = [performance.now(), 0];
    port1.onmessage = () => {
      const now = performance.now();
      // A longer gap is a task of the page.
      if (now - last < 1) idle += now - last;
      last = now;
      port2.postMessage(0);
    };
    port2.postMessage(0);
    return () => {
      port1.close();
      return idle;
    };
  };
  window.restyled = new Promise((resolve) => {
    const times = {};
    addEventListener('click', ({ timeStamp }) => Object.assign(times, { changed: timeStamp }), {
      capture: true,
      once: true,
    });
    let isStyled = false;
    map.once('styledata', () => {
      isStyled = true;
    });
    const layOut = () => {
      if (times.styled === undefined || times.laidOut !== undefined || !map.areTilesLoaded()) return;
      times.laidOut = performance.now();
      times.waited = timeIdleness();
    };
    const check = () => {
      if (!isStyled || times.changed === undefined) return;
      times.styled ??= performance.now();
      layOut();
      if (!map.areTilesLoaded()) {
        // More tiles were requested meanwhile.
        times.waited?.();
        times.laidOut = undefined;
      }
      if (times.laidOut === undefined) return;
      map.off('render', check);
      map.off('sourcedata', layOut);
      const { changed, styled, laidOut } = times;
      const drawn = performance.now();
      performance.measure('restyled', { start: changed, end: drawn });
      resolve({ changed, styled, laidOut, waited: times.waited(), drawn });
    };
    map.on('sourcedata', layOut);
    map.on('render', check);
  });
}
