// Writes the style documents in styles/dist.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const styles = new URL('../../styles/', import.meta.url);
const { module } = await runnerImport(fileURLToPath(new URL('published.ts', styles)), {
  configFile: false,
  logLevel: 'error',
});
mkdirSync(new URL('dist/', styles), { recursive: true });
for (const [name, make] of Object.entries(module.DOCUMENTS)) {
  writeFileSync(new URL(`dist/${name}`, styles), lines(make()));
  console.log(`styles/dist/${name}`);
}

/** JSON with one line for each source and each layer, which is compact and diffs well. */
function lines({ sources, layers, ...rest }) {
  const head = Object.entries(rest).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const named = Object.entries(sources).map(([id, source]) => `${JSON.stringify(id)}: ${JSON.stringify(source)}`);
  const drawn = layers.map((layer) => JSON.stringify(layer));
  const block = (open, items, close) => `${open}\n    ${items.join(',\n    ')}\n  ${close}`;
  const body = [...head, `"sources": ${block('{', named, '}')}`, `"layers": ${block('[', drawn, ']')}`];
  return `{\n  ${body.join(',\n  ')}\n}\n`;
}
