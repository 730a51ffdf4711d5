// Bundles modules of the page to run them in Node.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const page = fileURLToPath(new URL('..', import.meta.url));

/** The exports of a module under src/. */
export async function pageModule(path) {
  const outDir = await mkdtemp(join(tmpdir(), 'foodmap-module-'));
  try {
    await build({
      configFile: false,
      root: page,
      publicDir: false,
      logLevel: 'error',
      resolve: { alias: { '@styles': fileURLToPath(new URL('../../styles', import.meta.url)) } },
      build: {
        outDir,
        ssr: join(page, 'src', path),
        target: 'node20',
        rolldownOptions: { output: { entryFileNames: 'module.mjs' } },
      },
      ssr: { noExternal: true },
    });
    return await import(pathToFileURL(join(outDir, 'module.mjs')).href);
  } finally {
    await rm(outDir, { recursive: true });
  }
}
