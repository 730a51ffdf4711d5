// Waits for a page to settle and opens its groups, for tests and measurements.

/**
 * Waits until the controls are loaded, the camera is still, every tile is drawn, and the controls are up to date. The
 * first frames show only density: until the style has its last layer, overlays are missing and a click finds nothing.
 */
export async function settle(page) {
  // A phone hides the panel while a popup is open.
  await page.waitForSelector('.panel:not([aria-busy])', { state: 'attached' });
  await page.waitForFunction(() => {
    const map = window.foodmap?.map;
    const layers = map?.getStyle()?.layers ?? [];
    const switches = [...document.querySelectorAll('[data-choice=overlays] input:checked')];
    return (
      map?.loaded() &&
      map.areTilesLoaded() &&
      !map.isMoving() &&
      !document.querySelector('[role=status][aria-busy=true]') &&
      layers.some(({ id }) => id === 'selection') &&
      (switches.every(({ value }) => map.getSource(value)) || document.querySelector('[data-failure=overlay]')) &&
      (layers.some(({ id }) => id.startsWith('density')) ||
        location.hash.includes('density=off') ||
        // A heatmap is left out below another fill.
        (location.hash.includes('view=heat') && /over=(coverage|areas)/.test(location.hash)))
    );
  });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Opens a group of the panel, if it is closed. */
export async function openGroup(page, name) {
  const title = page.locator(`[data-group=${name}] .group-title`);
  if ((await title.getAttribute('aria-expanded')) === 'false') await title.click();
}
