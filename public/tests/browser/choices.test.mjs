import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseOption, chooseRadio, moveTo, onPage, settle, shoot, toggleLine } from './page.mjs';
import { nightlyOnly, perTier } from './tier.mjs';
import { catalog, city, layers, tileJson } from './tiles.mjs';

const centreOf = (page) => page.evaluate(() => window.foodmap.map.getCenter().toArray());
const stylesOf = (page) => page.evaluate(() => JSON.stringify(window.foodmap.map.getStyle().layers));

function assertNear([lng, lat], [toLng, toLat], what) {
  assert.ok(Math.abs(lng - toLng) < 1e-3 && Math.abs(lat - toLat) < 1e-3, `${what}: ${lng}, ${lat}`);
}

test('each city is shown in its own view', async () => {
  await onPage({}, async (page) => {
    for (const to of catalog.cities.toReversed()) {
      await chooseOption(page, 'city', to.name_en);
      assertNear(await centreOf(page), to.center, to.key);
      assert.match(page.url(), new RegExp(`city=${to.key}`));
    }
  });
});

test('each published window can be chosen', async () => {
  await onPage({}, async (page) => {
    const dated = layers.filter((entry) => /^\d+d$/.test(entry.slot));
    for (const { slot, from, to } of perTier(dated.slice(-2), dated)) {
      const days = Number.parseInt(slot, 10);
      await chooseOption(page, 'window', days === 1 ? 'Last day' : `Last ${days} days`);
      await page.waitForSelector(`.chip-data time[datetime="${from}/${to}"]`);
    }
  });
});

test('a URL restores the whole page', async () => {
  await onPage({}, async (page) => {
    await chooseRadio(page, 'kind', 'users');
    await toggleLine(page, tileJson.lines[0]);
    await chooseRadio(page, 'view', 'heat');
    await page.getByRole('button', { name: 'Switch to night colours' }).click();
    await moveTo(page, { lng: city.center[0] + 0.02, lat: city.center[1], zoom: 12.5 });
    const [url, layersBefore, centre] = [page.url(), await stylesOf(page), await centreOf(page)];
    await page.reload();
    await settle(page);
    assert.equal(page.url(), url);
    assert.equal(await stylesOf(page), layersBefore);
    assertNear(await centreOf(page), centre, 'centre');
    assert.equal(await page.locator('[data-choice="kind"] input:checked').getAttribute('value'), 'users');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'night');
  });
});

// In the tier change, quickMaps.test.mjs goes back.
test('the back button undoes a choice', nightlyOnly(), async () => {
  await onPage({}, async (page) => {
    await chooseRadio(page, 'kind', 'organic');
    await chooseRadio(page, 'kind', 'users');
    await page.goBack();
    await settle(page);
    assert.equal(await page.locator('[data-choice="kind"] input:checked').getAttribute('value'), 'organic');
  });
});

test('choosing every line is the same as choosing none', async () => {
  await onPage({}, async (page) => {
    const none = await stylesOf(page);
    for (const line of tileJson.lines) await toggleLine(page, line);
    assert.equal(await stylesOf(page), none);
    await page.getByRole('button', { name: 'All lines' }).click();
    assert.match(page.url(), /line=all/);
  });
});

// In the tier change, honest.test.mjs dismisses it.
test('an unknown line is reported and can be dismissed', nightlyOnly(), async () => {
  await onPage({ hash: '#lang=en&line=Teleport' }, async (page) => {
    const notice = page.locator('[data-failure="unknown-line"]');
    assert.match(await notice.innerText(), /Teleport/);
    await notice.getByRole('button').click();
    await notice.waitFor({ state: 'detached' });
  });
});

test('switching language changes the direction of the whole page', async () => {
  await onPage({ hash: '#lang=fa' }, async (page) => {
    const side = () =>
      page
        .locator('.panel')
        .evaluate((panel) => (panel.getBoundingClientRect().left > innerWidth / 2 ? 'right' : 'left'));
    assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
    assert.equal(await side(), 'right');
    assert.match(await page.locator('.corner .legend').innerText(), /[۰-۹]/);
    assert.doesNotMatch(await page.locator('.corner .legend').innerText(), /[0-9]/);
    await shoot(page, 'persian');
    await page.getByRole('button', { name: 'English' }).click();
    await settle(page);
    assert.equal(await page.locator('html').getAttribute('dir'), 'ltr');
    assert.equal(await side(), 'left');
    assert.doesNotMatch(await page.locator('.corner .legend').innerText(), /[۰-۹]/);
  });
});

test('the scale bar has the stated length', async () => {
  await onPage({}, async (page) => {
    const bar = page.locator('.scale');
    const metres = Number(await bar.getAttribute('data-metres'));
    const { width } = await bar.boundingBox();
    const measured = await page.evaluate((px) => {
      const { map } = window.foodmap;
      const { x, y } = map.project(map.getCenter());
      const [a, b] = [map.unproject([x - px / 2, y]), map.unproject([x + px / 2, y])];
      return a.distanceTo(b);
    }, width);
    assert.ok(Math.abs(measured / metres - 1) < 0.01, `${measured} m against ${metres} m`);
  });
});
