import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

const OUT = join(import.meta.dirname, '../dist');

/** What is asked for most is compressed once, and not for each who asks. */
const compressed: Plugin = {
  name: 'compressed',
  closeBundle() {
    for (const file of globSync(join(OUT, 'assets/*.{js,css,json,mjs,geojson}'))) {
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }));
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [compressed],
  resolve: { conditions: ['@logi/source', ...defaultClientConditions] },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0, // the page may load nothing that is not a file of ours
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2_000,
  },
});
