// The browser for tests, measurements and screenshots. It renders in software and sends no requests of its own.

import { chromium } from 'playwright-core';

const CHROMIUM = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
  ],
};

/**
 * Composites the page without WebGL, and leaves only the map to it. A frame then takes a tenth of the time: the
 * software WebGL is slow with blurs and shadows. Measurements use the default, which is closer to a graphics card.
 */
export const SOFTWARE_COMPOSITING = '--disable-gpu-compositing';

export const launch = (...args) => chromium.launch({ ...CHROMIUM, args: [...CHROMIUM.args, ...args] });

/** A browser that several processes use in turn. They open it with `openShared`. */
export const serve = () => chromium.launchServer({ ...CHROMIUM, args: [...CHROMIUM.args, SOFTWARE_COMPOSITING] });

/** The browser of `serve` at this address; without an address a browser of its own. */
export const openShared = (address) => (address ? chromium.connect(address) : launch(SOFTWARE_COMPOSITING));
