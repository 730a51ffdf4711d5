// Runs the browser tests against two servers of the same map: one with internal layers, one without.
//   --url http://127.0.0.1:8080/ --public-url http://127.0.0.1:8081/ [--tier change|nightly] [--shots DIR]
//   [--timeline-url URL: a map with a timeline] [name of a test file]…
// The tier nightly runs every combination of languages, themes, devices and settings; see tier.mjs.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from './launch.mjs';
import { TIERS } from './tier.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    'public-url': { type: 'string' },
    'timeline-url': { type: 'string' },
    tier: { type: 'string', default: process.env.FOODMAP_TIER ?? 'change' },
    shots: { type: 'string' },
  },
});
if (!values.url || !values['public-url'] || !TIERS.includes(values.tier)) {
  console.error(
    'usage: npm run test:browser -- --url URL --public-url URL [--tier change|nightly] [--shots DIR] [test file]…',
  );
  process.exit(2);
}
process.env.FOODMAP_URL = new URL('/', values.url).href;
process.env.FOODMAP_PUBLIC_URL = new URL('/', values['public-url']).href;
process.env.FOODMAP_TIER = values.tier;
if (values['timeline-url']) process.env.FOODMAP_TIMELINE_URL = new URL('/', values['timeline-url']).href;
if (values.shots) process.env.FOODMAP_SHOTS = values.shots;

const all = readdirSync(import.meta.dirname).flatMap((file) => file.match(/^(.+)\.test\.mjs$/)?.[1] ?? []);
const wanted = positionals.length > 0 ? positionals : all;

/** Tests that measure run alone. */
const ALONE = ['start', 'restyle'];
/** Files run in parallel, because tests mostly wait for frames, requests or timers. */
const LANES = 2;

/** Runs a file in the browser at an address. Its output is printed when it ends. */
function passes(name, browser) {
  const file = join(import.meta.dirname, `${name}.test.mjs`);
  console.error(`started: ${name}`);
  const env = { ...process.env, FOODMAP_BROWSER: browser };
  const test = spawn(process.execPath, ['--test-reporter=spec', file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  for (const stream of [test.stdout, test.stderr]) stream.on('data', (piece) => output.push(piece));
  return new Promise((resolve) => {
    test.on('close', (code) => {
      process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

/**
 * The files that fail; `lanes` files run in parallel. The files of a lane use the same browser. After a failure it is
 * replaced, because it may have crashed.
 */
async function runAll(names, lanes) {
  const [waiting, failed] = [[...names], []];
  const lane = async () => {
    let browser = waiting.length > 0 ? await serve() : null;
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      if (await passes(name, browser.wsEndpoint())) continue;
      failed.push(name);
      await browser.close();
      browser = await serve();
    }
    await browser?.close();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return failed;
}

const isAlone = (name) => ALONE.includes(name);
const failed = [
  ...(await runAll(wanted.filter(isAlone), 1)),
  ...(await runAll(
    wanted.filter((name) => !isAlone(name)),
    LANES,
  )),
];
// Software rendering is sometimes late, so a failed file is retried once, and the retry is reported.
if (failed.length > 0) console.error(`retrying failed files: ${failed.join(', ')}`);
const failedTwice = await runAll(failed, 1);
if (failed.length > 0)
  console.error(`failed once: ${failed.join(', ')}; failed twice: ${failedTwice.join(', ') || 'none'}`);
process.exitCode = failedTwice.length > 0 ? 1 : 0;
