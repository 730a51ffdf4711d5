// Browser tests against a running server: --url http://127.0.0.1:8080/ [--shots DIR] [name of a test file]…

import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string' }, shots: { type: 'string' } },
});
if (!values.url) {
  console.error('usage: npm run test:browser -- --url http://127.0.0.1:8080/ [--shots DIR]');
  process.exit(2);
}
process.env.FOODMAP_URL = new URL('/', values.url).href;
if (values.shots) process.env.FOODMAP_SHOTS = values.shots;

const all = ['start', 'drawing', 'choices', 'cell', 'overlays', 'withheld', 'access', 'failure'];
for (const name of positionals.length > 0 ? positionals : all) await import(`./${name}.test.mjs`);
