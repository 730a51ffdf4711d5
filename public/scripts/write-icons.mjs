// Writes static/icons, the PNG icons for home screens, from static/icon.svg. Run by hand when the icon changes.

import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const svg = readFileSync(here('../static/icon.svg'), 'utf8');
const background = /fill="(#[0-9a-f]+)"/.exec(svg)[1];
/** Systems may crop a maskable icon to a circle of 80 %, so the squares are scaled to fit inside. */
const SAFE = 0.72;

mkdirSync(here('../static/icons'), { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
await write('icon-192', 192, 1, 'transparent');
await write('icon-512', 512, 1, 'transparent');
await write('maskable-512', 512, SAFE, background);
await browser.close();

async function write(name, size, share, background) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(
    `<style>body{margin:0;height:100vh;display:grid;place-items:center;background:${background}}
     svg{width:${share * 100}vw}</style>${svg}`,
  );
  await page.screenshot({ path: here(`../static/icons/${name}.png`), omitBackground: true });
  await page.close();
  console.log(`static/icons/${name}.png`);
}
