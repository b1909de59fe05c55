import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

/*
 * What is tested, and the packages, are loaded as in production: by Node itself, and once for all test files of a worker.
 * Jest would compile it all anew for each file, and run it cold. In its place a test gets a module that hands on what the
 * loaded one exports. Transformers run outside of Jest's modules, and so does `loadNatively`, of `environment.mjs`.
 */

const require = createRequire(import.meta.url);

export default {
  getCacheKey(_text, path, { supportsStaticESM }) {
    return createHash('sha256').update(standInFor(path, supportsStaticESM)).digest('hex');
  },
  process(_text, path, { supportsStaticESM }) {
    return { code: standInFor(path, supportsStaticESM) };
  },
};

function standInFor(path, isEsm) {
  const loaded = `loadNatively(${JSON.stringify(path)})`;
  if (!isEsm) return `module.exports = ${loaded};`;
  const exported = Object.keys(require(path)).map((name, i) => {
    const quoted = JSON.stringify(name);
    return `const export${i} = loaded[${quoted}]; export { export${i} as ${quoted} };`;
  });
  return [`const loaded = ${loaded};`, ...exported].join('\n');
}
