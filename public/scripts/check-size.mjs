// Keeps the page small: what must arrive before the map, and what follows, gzipped, against a budget.

import { readdirSync, statSync } from 'node:fs';

const assets = new URL('../dist/assets/', import.meta.url);
const KB = 1000;
const budgets = [
  { name: 'before the map', files: /^(index|app|i18n|maplibre)-.*\.(js|css)\.gz$/, most: 350 * KB },
  { name: 'map worker', files: /^maplibre-gl-worker-.*\.js\.gz$/, most: 170 * KB },
  { name: 'controls', files: /^mount-.*\.js\.gz$/, most: 190 * KB },
];

let isOver = false;
for (const { name, files, most } of budgets) {
  const found = readdirSync(assets).filter(
    (file) => files.test(file) && !(name === 'before the map' && file.includes('worker')),
  );
  const bytes = found.reduce((sum, file) => sum + statSync(new URL(file, assets)).size, 0);
  if (found.length === 0 || bytes > most) isOver = true;
  console.log(`${name}: ${Math.round(bytes / KB)} of ${most / KB} kB in ${found.length} files`);
}
if (isOver) {
  console.error('a budget is exceeded or has no files');
  process.exit(1);
}
