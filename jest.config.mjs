/** What is watched changes while Jest runs, and Node loads a module once. */
const isWatching = process.argv.some((arg) => arg.startsWith('--watch'));
const NATIVE = '<rootDir>/tests/jest/transform.mjs';

/** Run by tools/test.ts, which brings up the servers first; `npm test -- <file>` runs one file. */
export default {
  testEnvironment: '<rootDir>/tests/jest/environment.mjs',
  // @logi/client is installed built, and is its source here.
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons', '@logi/source'] },
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/tools', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    ...(!isWatching && { '/node_modules/': NATIVE, '^<rootDir>/(libs|services)/.*(?<!\\.test)\\.ts$': NATIVE }),
    '\\.ts$': [
      '@swc/jest',
      // Node and Jest want it said that an import is of JSON; swc would leave it out.
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } } },
    ],
  },
  // Our own packages are links into this tree and are to be transformed like the rest of it; Jest's runners are not.
  transformIgnorePatterns: [isWatching ? '/node_modules/' : '/node_modules/@?jest'],
  testSequencer: '<rootDir>/tests/jest/longest-first.mjs',
  testTimeout: 60_000,
  maxWorkers: 4, // on two cores: tests wait for servers and each other about as long as they compute
};
