// Browser tests against two running servers of one map: one that shows internal layers, one that does not.
//   --url http://127.0.0.1:8080/ --public-url http://127.0.0.1:8081/ [--shots DIR] [name of a test file]…

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string' }, 'public-url': { type: 'string' }, shots: { type: 'string' } },
});
if (!values.url || !values['public-url']) {
  console.error('usage: npm run test:browser -- --url URL --public-url URL [--shots DIR] [test file]…');
  process.exit(2);
}
process.env.FOODMAP_URL = new URL('/', values.url).href;
process.env.FOODMAP_PUBLIC_URL = new URL('/', values['public-url']).href;
if (values.shots) process.env.FOODMAP_SHOTS = values.shots;

const all = readdirSync(import.meta.dirname).flatMap((file) => file.match(/^(.+)\.test\.mjs$/)?.[1] ?? []);
for (const name of positionals.length > 0 ? positionals : all) await import(`./${name}.test.mjs`);
