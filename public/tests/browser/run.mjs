// Browser tests against two running servers of one map: one that shows internal layers, one that does not.
//   --url http://127.0.0.1:8080/ --public-url http://127.0.0.1:8081/ [--shots DIR] [name of a test file]…

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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
const wanted = positionals.length > 0 ? positionals : all;

/** A file has a browser of its own, so that one that dies takes no other file with it. */
function passes(name) {
  const file = join(import.meta.dirname, `${name}.test.mjs`);
  return spawnSync(process.execPath, ['--test-reporter=spec', file], { stdio: 'inherit' }).status === 0;
}

const failed = wanted.filter((name) => !passes(name));
// A browser that draws without a graphics card is late now and then: what fails once is tried once more, and told.
const failedTwice = failed.filter((name) => {
  console.error(`trying once more what failed: ${name}`);
  return !passes(name);
});
if (failed.length > 0)
  console.error(`failed once: ${failed.join(', ')}; failed twice: ${failedTwice.join(', ') || 'none'}`);
process.exitCode = failedTwice.length > 0 ? 1 : 0;
