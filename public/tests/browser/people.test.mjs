import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPage, settle } from './page.mjs';
import { asJson, startProxy } from './proxy.mjs';
import { nightlyOnly } from './tier.mjs';

const refused = [/Failed to load resource/];

const sessionOf = (person, roles = ['analyst']) =>
  asJson({
    person,
    roles,
    sees_internal: true,
    sign_out: '/oauth2/sign_out',
    contact: null,
    internal_max_age_seconds: 86_400,
    beacon: true,
  });

/** A server whose session and other responses the test changes. */
async function startServer(person) {
  const server = await startProxy();
  server.person = person;
  server.others = () => null;
  server.change = (path) => {
    if (path === '/v1/session') return sessionOf(server.person);
    return path.startsWith('/v1/beacon?') ? { status: 204 } : server.others(path);
  };
  return server;
}

/** Stores a tile of a listed layer that no map requests, and returns whether it is still there. */
const MARK = '/0/0/0.mvt';

async function mark(page) {
  await page.waitForFunction(async () => {
    if (!navigator.serviceWorker.controller) return false;
    return (await (await caches.open('tiles')).keys()).length > 0 && (await caches.has('person'));
  });
  await page.evaluate(async (mark) => {
    const tiles = await caches.open('tiles');
    const [{ url }] = await tiles.keys();
    const headers = { 'cache-control': 'private, max-age=86400', date: new Date().toUTCString() };
    await tiles.put(url.replace(/\/\d+\/\d+\/\d+\.mvt$/, mark), new Response('tile', { headers }));
  }, MARK);
}

const isMarked = (page) =>
  page.evaluate(async (mark) => {
    const keys = await (await caches.open('tiles')).keys();
    return keys.some(({ url }) => url.endsWith(mark));
  }, MARK);

async function reload(page) {
  await page.reload();
  await settle(page);
}

test('a second person in the same browser finds no stored tiles of the first', async () => {
  const server = await startServer('sara@example.com');
  try {
    await onPage({ url: server.url, worker: true }, async (page) => {
      await settle(page);
      await reload(page);
      await mark(page);
      await reload(page);
      assert.ok(await isMarked(page), 'the same person keeps the tiles');
      await page.getByText('sara@example.com').waitFor();
      server.person = 'reza@example.com';
      await reload(page);
      await page.getByText('reza@example.com').waitFor();
      assert.ok(!(await isMarked(page)), 'another person has none');
    });
  } finally {
    await server.stop();
  }
});

test('logging out deletes the stored map', async () => {
  const server = await startServer('sara@example.com');
  server.others = (path) =>
    path === '/oauth2/sign_out'
      ? { headers: { 'content-type': 'text/html' }, body: '<title>Bye</title><link rel="icon" href="data:,">' }
      : null;
  try {
    await onPage({ url: server.url, worker: true }, async (page) => {
      await settle(page);
      await reload(page);
      await mark(page);
      await page.getByRole('link', { name: 'Sign out' }).click();
      await page.waitForURL('**/oauth2/sign_out');
      assert.ok(!(await isMarked(page)));
    });
  } finally {
    await server.stop();
  }
});

// In the tier change, offline.test.mjs denies access.
test('a person whose login was revoked loses the stored map', nightlyOnly(), async () => {
  const server = await startServer('sara@example.com');
  try {
    await onPage({ url: server.url, worker: true, expected: refused }, async (page) => {
      await settle(page);
      await reload(page);
      await mark(page);
      server.change = (path) => (path.startsWith('/v1/') ? { status: 401, body: 'not authorized' } : null);
      // What an open page requests next.
      await page.evaluate(() => fetch('/v1/catalog.json'));
      await page.waitForFunction(async () => !(await caches.has('tiles')));
    });
  } finally {
    await server.stop();
  }
});

test('a login page of another origin ends the stored map, as 401 does', async () => {
  const server = await startServer('sara@example.com');
  try {
    await onPage({ url: server.url, worker: true, expected: [...refused, /CORS|login\.invalid/] }, async (page) => {
      await settle(page);
      await reload(page);
      await mark(page);
      const login = { status: 302, headers: { location: 'https://login.invalid/' }, body: '' };
      server.change = (path) => (path.startsWith('/v1/') ? login : null);
      await page.waitForTimeout(2_000);
      const kept = await page.evaluate(() =>
        fetch('/v1/catalog.json', { cache: 'reload' }).then(
          (response) => response.ok,
          () => false,
        ),
      );
      assert.equal(kept, false, 'no stored catalog is shown');
      await page.waitForFunction(async () => !(await caches.has('tiles')));
    });
  } finally {
    await server.stop();
  }
});

test('a page that is left reports anonymous figures', async () => {
  const server = await startServer(null);
  try {
    await onPage({ url: server.url }, async (page) => {
      await settle(page);
      await server.waitForRequests((requests) => requests.includes('/v1/session'));
      await page.waitForTimeout(500);
      await page.evaluate(() => {
        Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      });
      const isBeacon = (path) => path.startsWith('/v1/beacon?');
      await server.waitForRequests((requests) => requests.some(isBeacon));
      const query = new URL(server.requests.find(isBeacon), server.url).searchParams;
      for (const [name, value] of query) {
        if (name === 'used') assert.match(value, /^[a-z,]+$/);
        else assert.match(value, /^\d+$/, name);
      }
      assert.ok(Number(query.get('map')) > 0);
      const known = ['map', 'lcp', 'inp', 'cls', 'errors', 'used'];
      assert.deepEqual(
        [...query.keys()].filter((name) => !known.includes(name)),
        [],
      );
    });
  } finally {
    await server.stop();
  }
});
