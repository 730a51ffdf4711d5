// When a page stands, and its groups opened: for tests, and for measurements, which are none.

/** The controls are there, the camera rests, every tile in view is drawn, and all that tells of it has followed. */
export async function settle(page) {
  await page.waitForSelector('.panel:not([aria-busy])');
  await page.waitForFunction(() => {
    const map = window.foodmap?.map;
    const layers = map?.getStyle()?.layers ?? [];
    return (
      map?.loaded() &&
      map.areTilesLoaded() &&
      !map.isMoving() &&
      !document.querySelector('[role=status][aria-busy=true]') &&
      (layers.some(({ id }) => id.startsWith('density')) || location.hash.includes('density=off'))
    );
  });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Opens a group of the panel, if it is closed. */
export async function openGroup(page, name) {
  const title = page.locator(`[data-group=${name}] .group-title`);
  if ((await title.getAttribute('aria-expanded')) === 'false') await title.click();
}
