// Browser tests against two running servers of one map: one that shows internal layers, one that does not.
//   --url http://127.0.0.1:8080/ --public-url http://127.0.0.1:8081/ [--shots DIR] [name of a test file]…

import { spawn } from 'node:child_process';
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

/** These measure, or see how a page begins: nothing else runs beside them. */
const ALONE = ['start', 'restyle'];
/** Much of a test is waiting for a frame, a fetch or a deadline. */
const LANES = 2;

/** A file has a browser of its own, so that one that dies takes no other file with it. What it says comes at its end, together. */
function passes(name) {
  const file = join(import.meta.dirname, `${name}.test.mjs`);
  console.error(`begins: ${name}`);
  const test = spawn(process.execPath, ['--test-reporter=spec', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [test.stdout, test.stderr]) stream.on('data', (piece) => said.push(piece));
  return new Promise((resolve) => {
    test.on('close', (code) => {
      process.stdout.write(Buffer.concat(said));
      resolve(code === 0);
    });
  });
}

/** Which of them fail; `lanes` run beside each other. */
async function failing(names, lanes) {
  const [waiting, failed] = [[...names], []];
  const lane = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) if (!(await passes(name))) failed.push(name);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return failed;
}

const isAlone = (name) => ALONE.includes(name);
const failed = [
  ...(await failing(wanted.filter(isAlone), 1)),
  ...(await failing(
    wanted.filter((name) => !isAlone(name)),
    LANES,
  )),
];
// A browser that draws without a graphics card is late now and then: what fails once is tried once more, and told.
if (failed.length > 0) console.error(`trying once more what failed: ${failed.join(', ')}`);
const failedTwice = await failing(failed, 1);
if (failed.length > 0)
  console.error(`failed once: ${failed.join(', ')}; failed twice: ${failedTwice.join(', ') || 'none'}`);
process.exitCode = failedTwice.length > 0 ? 1 : 0;
