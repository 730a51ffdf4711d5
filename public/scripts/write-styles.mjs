// Writes styles/dist: the style documents, from the tokens.

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
  writeFileSync(new URL(`dist/${name}`, styles), `${JSON.stringify(make(), null, 2)}\n`);
  console.log(`styles/dist/${name}`);
}
