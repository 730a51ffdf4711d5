// Takes the screenshots in docs/screens and writes docs/screens.md: --url URL --public-url URL --docs DIR
// The README uses one of them. Each screenshot shows the page of a running server in the state of its URL.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from '../tests/browser/launch.mjs';

const WIDE = { width: 1200, height: 800 };
const PHONE = { width: 390, height: 844 };
/** Heat and many circles render slowly without a graphics card. */
const TIMEOUT_MS = 180_000;

const only = (layer) => `density=off&over=${layer}`;
const open = (group) => async (page) => {
  const title = page.locator(`[data-group=${group}] .group-title`);
  await title.scrollIntoViewIfNeeded();
  if ((await title.getAttribute('aria-expanded')) === 'false') await title.click();
  await title.evaluate((it) => it.closest('section').scrollIntoView({ block: 'start' }));
};
/** Clicks the busiest cell near the middle. */
const readBusiest = async (page) => {
  const at = await page.evaluate(() => {
    const { map } = window.foodmap;
    const box = [
      [450, 300],
      [800, 600],
    ];
    const cells = map.queryRenderedFeatures(box, { layers: ['density-cells'] });
    const [{ geometry }] = cells.toSorted((a, b) => b.properties.orders - a.properties.orders);
    const [ring] = geometry.coordinates;
    return map.project([(ring[0][0] + ring[2][0]) / 2, (ring[0][1] + ring[2][1]) / 2]);
  });
  await page.mouse.click(at.x, at.y);
  await page.waitForSelector('.cell');
};
const readMiddle = async (page) => {
  await page.locator('canvas.maplibregl-canvas').first().focus();
  await page.keyboard.press('Enter');
};
const openSheet = (page) => page.locator('.grip').click();
const showKeys = (page) => page.keyboard.press('?');

const SHOTS = [
  {
    name: 'density',
    hash: 'lang=en&theme=day&line=all&at=11.2/35.715/51.35',
    says: 'Orders by cell, all business lines.',
  },
  {
    name: 'density-fa',
    hash: 'lang=fa&theme=day&kind=users&over=areas&areas=region&at=11.2/35.715/51.42',
    says: 'Distinct users by cell in Persian, with the regions of Tehran.',
  },
  {
    name: 'cell',
    hash: 'lang=en&theme=day&line=all&at=12.5/35.7236/51.414',
    act: readBusiest,
    says: 'The figures of one cell.',
  },
  {
    name: 'heat-night',
    hash: 'lang=fa&theme=night&view=heat&line=all&at=11/35.715/51.42',
    says: 'Orders as a heat map, night theme.',
  },
  {
    name: 'compare',
    hash: 'lang=en&theme=day&line=all&vs=users&vs-window=7d&at=11.5/35.715/51.35',
    act: open('compare'),
    says: 'Two measures and two periods side by side.',
  },
  {
    name: 'compare-fa-night',
    hash: 'lang=fa&theme=night&line=all&vs=organic&at=11.5/35.715/51.42',
    says: 'Two kinds side by side in Persian, night theme.',
  },
  {
    name: 'coverage',
    hash: `lang=en&theme=day&${only('coverage')}&at=11/35.715/51.35`,
    act: open('coverage'),
    says: 'Restaurants compared with the target of each cell.',
  },
  {
    name: 'coverage-fa',
    hash: `lang=fa&theme=night&${only('coverage')}&line=all&at=11/35.715/51.42`,
    says: 'How many vendors deliver to a cell.',
  },
  {
    name: 'vendors',
    hash: `lang=en&theme=day&${only('vendors')}&vendor-line=Cafe&vendor-grade=A%2B&at=12/35.7236/51.38`,
    act: open('vendors'),
    says: 'Vendors with their delivery radii and filters.',
  },
  {
    name: 'areas',
    hash: `lang=en&theme=day&${only('areas')}&areas=neighbourhood&fill=per10k&at=11.2/35.715/51.35`,
    act: open('areas'),
    says: 'Neighbourhoods by vendors per 10,000 people.',
  },
  {
    name: 'areas-fa',
    hash: `lang=fa&theme=night&${only('areas')}&areas=region&at=11/35.715/51.42`,
    act: readMiddle,
    says: 'The figures of a region.',
  },
  {
    name: 'population',
    hash: `lang=fa&theme=day&${only('population')}&over=areas&areas=region&at=11.5/35.715/51.42`,
    says: 'Population as dots.',
  },
  {
    name: 'public',
    isPublic: true,
    hash: 'lang=en&theme=day&line=all&at=11.2/35.715/51.35',
    says: 'The public map under the privacy floor. Withheld orders are drawn together and paler.',
  },
  {
    name: 'keys',
    hash: 'lang=en&theme=day&line=all&at=11.2/35.715/51.35',
    act: showKeys,
    says: 'Keyboard shortcuts.',
  },
  { name: 'phone', size: PHONE, hash: 'lang=fa&theme=day&line=all', says: 'On a phone.' },
  {
    name: 'phone-open',
    size: PHONE,
    hash: 'lang=fa&theme=night&line=all',
    act: openSheet,
    says: 'On a phone, with the panel open.',
  },
  {
    name: 'phone-compare',
    size: PHONE,
    hash: 'lang=en&theme=night&line=all&vs=users&at=11/35.715/51.42',
    says: 'A comparison on a phone.',
  },
];

const { values } = parseArgs({
  options: { url: { type: 'string' }, 'public-url': { type: 'string' }, docs: { type: 'string' } },
});
if (!values.url || !values['public-url'] || !values.docs) {
  console.error('usage: node scripts/shoot-docs.mjs --url URL --public-url URL --docs DIR');
  process.exit(2);
}
const folder = join(values.docs, 'screens');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const browser = await launch();
for (const shot of SHOTS) await take(shot);
await browser.close();
writeFileSync(join(values.docs, 'screens.md'), album());

async function take({ name, hash, act, size = WIDE, isPublic = false }) {
  const context = await browser.newContext({ viewport: size, locale: 'en-US', serviceWorkers: 'block' });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  await page.goto(`${isPublic ? values['public-url'] : values.url}#${hash}`);
  await rest(page);
  if (act) {
    await act(page);
    await rest(page);
  }
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
  console.log(`docs/screens/${name}.png`);
}

/** Waits until the controls are loaded and every map has drawn all of its tiles. */
async function rest(page) {
  await page.waitForSelector('.panel:not([aria-busy])');
  await page.waitForFunction(() => {
    const { map, compared } = window.foodmap;
    const maps = [map, compared()].filter(Boolean);
    const isCompared = !location.hash.includes('vs=') || maps.length === 2;
    return isCompared && maps.every((each) => each.loaded() && each.areTilesLoaded() && !each.isMoving());
  });
  await page.waitForTimeout(700);
}

function album() {
  const parts = SHOTS.map(({ name, says }) => `## ${says.replace(/\.$/, '')}\n![${says}](screens/${name}.png)\n`);
  return `# What it looks like\n\nTaken by \`scripts/shoot-docs\` from a map of demo data.\n\n${parts.join('\n')}`;
}
