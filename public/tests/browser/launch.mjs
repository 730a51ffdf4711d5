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

export const launch = () => chromium.launch(CHROMIUM);
