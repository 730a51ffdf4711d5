// Loads maps in the libraries of other people's pages, in a browser, from another origin than the server's.
//
//   node load.mjs CLIENT,… MAPS
//
// CLIENT is maplibre-4, maplibre-5, maplibre-6 or deck. MAPS is a JSON list: kind (tilejson or style), url, center and
// zoom of each. Prints a line of JSON for each client and map: the client, the URL, the number of features that it has,
// and its errors. deck.gl loads no styles.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const [clients, maps] = process.argv.slice(2);
const ROOT = new URL('.', import.meta.url).pathname;
const KINDS = { mjs: 'text/javascript', js: 'text/javascript', css: 'text/css', html: 'text/html' };

/** deck.gl as an application bundles it: its own bundles need all of its packages. */
async function deckBundle() {
  const from = { Deck: '@deck.gl/core', MVTLayer: '@deck.gl/geo-layers', MVTLoader: '@loaders.gl/mvt' };
  const contents = Object.entries(from).map(([name, source]) => `export { ${name} } from '${source}';`);
  const stdin = { contents: contents.join('\n'), resolveDir: ROOT };
  const built = await build({ stdin, bundle: true, format: 'esm', write: false, logLevel: 'error' });
  return built.outputFiles[0].contents;
}

/** The pages and the libraries, from an origin that the server does not know. */
const files = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://x').pathname;
  try {
    const body = path === '/deck.mjs' ? await deckBundle() : await readFile(ROOT + path.slice(1));
    response.writeHead(200, { 'content-type': KINDS[path.split('.').pop()] ?? 'application/octet-stream' });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => files.listen(0, '127.0.0.1', resolve));
const origin = `http://localhost:${files.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-background-networking'],
});
let failed = false;
for (const client of clients.split(',')) {
  const page = await browser.newPage({ viewport: { width: 400, height: 300 } });
  const thrown = [];
  page.on('pageerror', (error) => thrown.push(String(error)));
  await page.goto(`${origin}/page.html?client=${client}`);
  await page.waitForFunction(() => window.loaded === true, null, { timeout: 30000 });
  for (const map of JSON.parse(maps)) {
    if (client === 'deck' && map.kind === 'style') continue;
    const { features, errors } = await page.evaluate((map) => window.show(map), map);
    const all = [...errors, ...thrown.splice(0)];
    failed ||= features === 0 || all.length > 0;
    console.log(JSON.stringify({ client, url: new URL(map.url).pathname, features, errors: all }));
  }
  await page.close();
}
await browser.close();
files.close();
process.exit(failed ? 1 : 0);
