// How long it takes from the change of a control until the map is drawn with what was chosen.

import { openGroup, settle } from './settled.mjs';

/** What the page is to show for these controls; circles of radius would be computed anew, which is no matter of style. */
export const CONTROLS_HASH = '#lang=en&line=all&over=vendors&vendor-status=all&vendor-visible=any&circles=off';

const option = (choice, value) => (page) =>
  page.locator(`[data-choice="${choice}"] label:has(input[value="${value}"])`).click();

/** Controls that choose among what is loaded: each is a change of style, and nothing is asked of the server. */
const CONTROLS = {
  kind: option('kind', 'users'),
  line: option('lines', 'Cafe'),
  'two lines': option('lines', 'Bakery'),
  'vendor line': option('vendor-line', 'Cafe'),
  'vendor open': option('vendor-open', 'yes'),
};

/**
 * For each control, by its name, when it was changed, when the map first had the new style, when every tile was laid out
 * with it, and when that was drawn; and for how long before that the page had nothing to do, because it is not given a frame
 * before the renderer is done with the one before.
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

/** In the page. Tiles that a new style asks to be laid out anew are awaited: until then they look as before. */
function watch() {
  const { map } = window.foodmap;
  /** From now on the time in which the page does nothing but send messages to itself; the function given back ends it. */
  const timeIdleness = () => {
    const { port1, port2 } = new MessageChannel();
    let [last, idle] = [performance.now(), 0];
    port1.onmessage = () => {
      const now = performance.now();
      // Whatever takes longer is a task of the page.
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
    const look = () => {
      if (!isStyled || times.changed === undefined) return;
      times.styled ??= performance.now();
      layOut();
      if (!map.areTilesLoaded()) {
        // More was asked for meanwhile.
        times.waited?.();
        times.laidOut = undefined;
      }
      if (times.laidOut === undefined) return;
      map.off('render', look);
      map.off('sourcedata', layOut);
      const { changed, styled, laidOut } = times;
      const drawn = performance.now();
      performance.measure('restyled', { start: changed, end: drawn });
      resolve({ changed, styled, laidOut, waited: times.waited(), drawn });
    };
    map.on('sourcedata', layOut);
    map.on('render', look);
  });
}
