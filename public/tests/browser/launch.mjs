// The browser of tests, measurements and pictures: it draws in software, and asks nobody for anything.

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
