// The build of the page: a separate chunk for the map engine, and precompressed assets.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build, type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { guidePage } from './scripts/guide';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Writes `.br` and `.gz` next to every text asset, so that the server does not compress. */
function precompress(): Plugin {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  return {
    name: 'precompress',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(here('dist'), { recursive: true, withFileTypes: true })) {
        if (!/\.(js|css|html|svg)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, brotli));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

/** Puts the style documents and their font where tileserve reads them for `/v1/styles/`. */
function publishStyles(): Plugin {
  const font = here('node_modules/vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2');
  return {
    name: 'publish-styles',
    apply: 'build',
    generateBundle() {
      for (const name of readdirSync(here('../styles/dist'))) {
        this.emitFile({
          type: 'asset',
          fileName: `styles/${name}`,
          source: readFileSync(here(`../styles/dist/${name}`)),
        });
      }
      this.emitFile({ type: 'asset', fileName: 'styles/Vazirmatn.woff2', source: readFileSync(font) });
    },
  };
}

/** The guides for analysts, as pages next to the map. */
function publishGuides(): Plugin {
  return {
    name: 'publish-guides',
    apply: 'build',
    generateBundle() {
      const style = this.getFileName(
        this.emitFile({ type: 'asset', name: 'guide.css', source: readFileSync(here('skeleton/guide.css')) }),
      );
      for (const lang of ['en', 'fa'] as const) {
        const text = readFileSync(here(`../docs/guide.${lang}.md`), 'utf8');
        this.emitFile({ type: 'asset', fileName: `guide.${lang}.html`, source: guidePage(text, lang, style) });
      }
    },
  };
}

/** Bundles the service worker into one file next to index.html, with the list of files that it caches. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    async writeBundle() {
      const files = readdirSync(here('dist'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(here('dist'), join(entry.parentPath, entry.name)))
        .filter((path) => path === 'index.html' || path.startsWith('assets/'))
        .toSorted();
      const hash = createHash('sha256')
        .update(files.join('\n'))
        .update(readFileSync(here('dist/index.html')));
      const define = {
        BUILD: JSON.stringify(hash.digest('hex').slice(0, 16)),
        FILES: JSON.stringify(files.map((path) => (path === 'index.html' ? '/' : `/${path}`))),
      };
      const lib = { entry: here('src/offline/serviceWorker.ts'), formats: ['iife' as const], name: 'worker' };
      const made = await build({ configFile: false, logLevel: 'error', define, build: { lib, write: false } });
      const [output] = [made].flat();
      const chunk = output && 'output' in output ? output.output[0] : undefined;
      if (chunk?.type !== 'chunk') throw new Error('the service worker was not bundled');
      writeFileSync(here('dist/sw.js'), chunk.code);
    },
  };
}

/** Preloads the map engine and the font, before the entry script and the styles refer to them. */
function preloadEngine(): Plugin {
  return {
    name: 'preload-engine',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const app = Object.values(bundle ?? {}).find((chunk) => chunk.type === 'chunk' && chunk.name === 'app');
        if (app?.type !== 'chunk') throw new Error('the bundle has no app chunk');
        const entry = new Set(
          Object.values(bundle ?? {}).flatMap((chunk) =>
            chunk.type === 'chunk' && chunk.isEntry ? [chunk.fileName] : [],
          ),
        );
        const chunks = [app.fileName, ...app.imports].filter((name) => !entry.has(name));
        const font = Object.keys(bundle ?? {}).find((name) => /^assets\/.*\.woff2$/.test(name));
        const attrs = [
          ...chunks.map((name) => ({ rel: 'modulepreload', href: `/${name}` })),
          // A late font change would shift the layout.
          { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `/${font}` },
        ];
        return attrs.map((each) => ({ tag: 'link', attrs: each, injectTo: 'head' as const }));
      },
    },
  };
}

/** Paints the name at once: the styles of the page no longer hold up the first paint, its own few do. */
function paintFirst(): Plugin {
  const names: string[] = [];
  return {
    name: 'paint-first',
    apply: 'build',
    generateBundle() {
      for (const name of ['skeleton.css', 'skeleton.js']) {
        const source = readFileSync(here(`skeleton/${name}`));
        names.push(this.getFileName(this.emitFile({ type: 'asset', name, source })));
      }
    },
    transformIndexHtml: {
      order: 'post',
      handler(html) {
        const [style, script] = names;
        const first = [
          `<link rel="stylesheet" href="/${style}" />`,
          `<script async fetchpriority="high" src="/${script}"></script>`,
        ];
        const late: string[] = [];
        const rest = html.replaceAll(/ *<link rel="stylesheet"[^>]*>\n/g, (link) => {
          late.push(link);
          return '';
        });
        return rest
          .replace('<meta charset="utf-8" />', (meta) => meta + first.map((tag) => `\n    ${tag}`).join(''))
          .replace('</body>', `${late.join('')}  </body>`);
      },
    },
  };
}

export default defineConfig({
  publicDir: 'static',
  plugins: [react(), preloadEngine(), paintFirst(), publishGuides(), publishStyles(), serviceWorker(), precompress()],
  resolve: {
    alias: {
      '@styles': here('../styles'),
      '@maplibre/maplibre-gl-style-spec': here('node_modules/@maplibre/maplibre-gl-style-spec'),
    },
  },
  server: { fs: { allow: [here('..')] } },
  build: {
    target: 'es2023',
    chunkSizeWarningLimit: 1200,
    // Every asset is a file of our own origin, which allows a strict content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        // Browsers reject a module worker without a JavaScript MIME type, and not every server knows .mjs.
        assetFileNames: ({ names }) =>
          names[0]?.endsWith('.mjs') ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]',
        codeSplitting: { groups: [{ name: 'maplibre', test: /node_modules[\\/]maplibre-gl[\\/].*\.mjs$/ }] },
      },
    },
  },
  test: {
    globals: true,
    include: ['src/**/*.test.ts', here('../styles/**/*.test.ts')],
  },
});
