// The states of the page that people see, by name. Tests examine each of them in every language, theme and size.

import { featuresOf, published } from './overlay.mjs';
import { moveTo, openGroup, settle, TIMELINE_URL } from './page.mjs';
import { city, fullestTile, layer, placeInTile } from './tiles.mjs';

const OVER = ['coverage', 'areas', 'population', 'vendors'].filter(published).map((name) => `&over=${name}`);
const tile = await fullestTile(city, 12);
const [[column, row]] = [...tile.cells.keys()].map((key) => key.split(',').map(Number));
const { lng: cellLng, lat: cellLat } = placeInTile(tile, column + 0.5, row + 0.5);
const cellPlace = [cellLng, cellLat];
const alone = (overlay) => `density=off&circles=off&over=${overlay}`;
const [vendor] = published('vendors') ? await featuresOf('vendors', 'vendors', 12) : [];
const hasAreas = Boolean(published('areas') && published('coverage') && published('vendors'));

/** On a phone the panel is a sheet that opens with a tap. */
async function openPanel(page) {
  const grip = page.locator('.grip');
  if (!(await grip.isVisible())) return;
  if ((await page.locator('.panel').getAttribute('data-open')) !== 'true') await grip.click();
  await page.waitForSelector('.panel[data-open=true]');
}

const openGroups = (...names) =>
  async function open(page) {
    await openPanel(page);
    for (const name of names) await openGroup(page, name);
    await settle(page);
  };

async function openAllGroups(page) {
  await openPanel(page);
  const names = await page
    .locator('.choices [data-group]')
    .evaluateAll((all) => all.map(({ dataset }) => dataset.group));
  for (const name of names) await openGroup(page, name);
  await settle(page);
}

/** Moves a place into the middle of the map and picks it, with the keyboard. */
const pick = ([lng, lat], zoom) =>
  async function pickMiddle(page) {
    await moveTo(page, { lng, lat, zoom });
    await page.locator('canvas.maplibregl-canvas').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.cell');
    await settle(page);
  };

/** Clicks what a selector finds once the panel is open, and waits for what it opens. */
const press = (group, selector, opened) =>
  async function click(page) {
    await openPanel(page);
    if (group) await openGroup(page, group);
    await page.locator(selector).first().click();
    await page.waitForSelector(opened);
    await settle(page);
  };

const answer = (pattern, response) => (page) => page.route(pattern, (route) => route.fulfill(response));
const change = (make) => (page) =>
  page.route('**/v1/catalog.json', async (route) => {
    const body = await (await route.fetch()).json();
    await route.fulfill({ json: make(body) });
  });

const inHours = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString();
const held = (body) => ({
  ...body,
  layers: body.layers.map((one) => ({ ...one, job: 'orders', next_due: inHours(-2) })),
  holds: [{ job: 'orders', since: inHours(-30), until: inHours(50), reason: 'half of the orders are missing' }],
  holidays: [{ from: layer.to, to: layer.to, name: 'nowruz' }],
});

/**
 * `hash` comes after the language and the theme. `act` brings the open page into the state. `before` changes responses.
 * `shows` is a selector that must be there. `isBroken` pages log errors and have no map to wait for.
 */
export const STATES = [
  { name: 'first-visit', isFirst: true, shows: '.questions' },
  { name: 'cells', hash: 'line=all', shows: '.panel .summary' },
  { name: 'heat', hash: 'view=heat&kind=users', act: openGroups('what', 'appearance'), shows: '[data-choice=radius]' },
  { name: 'every-group', hash: `view=heat&circles=off${OVER.join('')}`, act: openAllGroups, shows: '[data-group]' },
  { name: 'cell-popup', hash: 'line=all', act: pick(cellPlace, 12.5), shows: '.cell' },
  { name: 'compare', hash: 'vs=users', act: openGroups('compare'), shows: '[data-choice=compare-kind]' },
  {
    name: 'drop-down',
    hash: alone('vendors'),
    act: press('vendors', '[data-dropdown=vendor-grade] .select', '[data-choice=vendor-grade]'),
    shows: '[data-choice=vendor-grade]',
  },
  {
    name: 'select',
    hash: 'line=all',
    act: press('where', '[data-choice=city] button', '[role=option]'),
    shows: '[role=listbox]',
  },
  { name: 'no-vendor', hash: `${alone('vendors')}&vendor-status=987`, shows: '[data-empty=vendors]' },
  { name: 'no-orders', hash: 'at=13/35.30/50.60', shows: '[data-empty=here]' },
  { name: 'keyboard', hash: 'line=all', act: (page) => page.keyboard.press('Shift+Slash'), shows: 'dialog.keys' },
  {
    name: 'saved-views',
    hash: 'line=all',
    act: press(null, '.view-tools .quiet.icon >> nth=-1', '.view-form'),
    shows: '.view-form',
  },
  {
    name: 'search',
    hash: 'line=all',
    act: async (page) => {
      await openPanel(page);
      await page.locator('.finder-input').fill('a');
      await page.locator('.found-option').first().waitFor();
    },
    shows: '.found-option',
  },
  {
    name: 'builds',
    hash: 'line=all',
    before: change(held),
    act: async (page) => {
      await openPanel(page);
      await page.locator('.chip-data[data-health]').click();
    },
    shows: '.builds table',
  },
  { name: 'held', hash: 'line=all', before: change(held), shows: '[data-held=orders]' },
  { name: 'unknown-choices', hash: 'city=atlantis&window=99d&line=Moon', shows: '[data-failure=unknown-city]' },
  {
    name: 'failed-catalog',
    isBroken: true,
    before: answer('**/v1/catalog.json', { status: 503, body: '' }),
    act: async (page) => {
      await page.locator('[data-failure=catalog] summary').click();
    },
    shows: '[data-failure=catalog]',
  },
  {
    name: 'failed-config',
    hash: 'line=all',
    before: answer('**/config.json', { json: { time_zone: 'Moon/Tranquility' } }),
    shows: '[data-failure=config]',
  },
  {
    name: 'no-layers',
    isBroken: true,
    before: answer('**/v1/catalog.json', {
      json: { number: 1, built_at: '2026-11-23T05:30:00Z', cities: [], layers: [] },
    }),
    shows: '[data-failure=empty]',
  },
  {
    name: 'no-webgl',
    isBroken: true,
    before: (page) =>
      page.addInitScript(() => {
        HTMLCanvasElement.prototype.getContext = () => null;
      }),
    shows: '[role=alert]',
  },
  ...(hasAreas
    ? [
        { name: 'coverage', hash: `${alone('coverage')}&line=Restaurant`, act: openGroups('coverage') },
        {
          name: 'coverage-popup',
          hash: `${alone('coverage')}&line=Bakery`,
          act: pick(city.center, 13),
          shows: '.covering',
        },
        {
          name: 'gaps',
          hash: `${alone('coverage')}&line=Restaurant&delivery=1.5km`,
          act: press('coverage', '[data-gaps=find]', '.gap'),
          shows: '.gap',
        },
        {
          name: 'gap-table',
          hash: `${alone('coverage')}&line=Bakery`,
          act: press('coverage', '[data-gaps=areas]', '.area-gaps tbody tr'),
          shows: '.area-gaps table',
        },
        {
          name: 'areas',
          hash: `${alone('areas')}&areas=region&fill=vendors&vendor-status=5&in=1`,
          act: openGroups('areas'),
          shows: '.area-row[data-value]',
        },
        { name: 'area-popup', hash: `${alone('areas')}&areas=region`, act: pick(city.center, 12), shows: '.cell' },
        { name: 'vendor-table', hash: `${alone('vendors')}&vendor-line=Bakery&table=on`, shows: '.vendor-rows' },
        {
          name: 'vendor-popup',
          hash: alone('vendors'),
          act: pick(vendor.place, 16),
          shows: '.cell[data-overlay=vendors]',
        },
        { name: 'population', hash: alone('population'), shows: '.corner [data-key=population]' },
      ]
    : []),
  ...(TIMELINE_URL
    ? [
        { name: 'timeline', url: TIMELINE_URL, hash: 'window=7d', act: openPanel, shows: '.timebar' },
        {
          name: 'hours',
          url: TIMELINE_URL,
          hash: 'window=7d',
          act: press(null, '.hours-button', '.hour'),
          shows: '.hour',
        },
      ]
    : []),
];
