// Checks the gzipped size of the first load against budgets. Later chunks are not counted.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

const assets = new URL('../dist/assets/', import.meta.url);
const all = readdirSync(assets);
const KB = 1000;
const isEngine = (file) => /^maplibre-.*\.js$/.test(file);
const styles = all.filter((file) => /^index-.*\.css$/.test(file));
const fonts = all.filter((file) => file.endsWith('.woff2'));
const beforeMap = [...withImports(['index', 'app']), ...styles];
const firstLoad = [...new Set([...beforeMap, ...withImports(['mount']), ...fonts])];

const budgets = [
  // Ranges of days need 10 kB: their names, calendars and texts are needed to read a link. Filters by class, sheets that
  // are dragged, and the questions of a first visit need 6 kB.
  { name: 'first load but the map engine', files: firstLoad.filter((file) => !isEngine(file)), limit: 366 * KB },
  { name: 'before the map, engine and all', files: beforeMap, limit: 400 * KB },
  { name: 'map worker', files: all.filter((file) => /^maplibre-gl-worker-.*\.js$/.test(file)), limit: 170 * KB },
];

let isOverLimit = false;
for (const { name, files, limit } of budgets) {
  const bytes = files.reduce((sum, file) => sum + sent(file), 0);
  if (files.length === 0 || bytes > limit) isOverLimit = true;
  console.log(`${name}: ${Math.ceil(bytes / KB)} of ${limit / KB} kB in ${files.length} files`);
}
if (isOverLimit) {
  console.error('a budget is exceeded or has no files');
  process.exit(1);
}

/** Chunks by name, with all of their static imports. */
function withImports(names) {
  const found = new Set(names.map(chunk));
  for (const file of found) {
    for (const [, imported] of readFileSync(new URL(file, assets), 'utf8').matchAll(/\b(?:from|import)"\.\/([^"]+)"/g))
      found.add(imported);
  }
  return [...found];
}

function chunk(name) {
  const found = all.find((file) => file.startsWith(`${name}-`) && file.endsWith('.js'));
  if (!found) throw new Error(`the build has no chunk ${name}`);
  return found;
}

function sent(file) {
  const packed = new URL(`${file}.gz`, assets);
  return statSync(existsSync(packed) ? packed : new URL(file, assets)).size;
}
