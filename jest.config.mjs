/** Run by tools/test.ts, which brings up the servers first; `npm test -- <file>` runs one file. */
export default {
  testEnvironment: 'node',
  // @logi/client is installed built, and is its source here.
  testEnvironmentOptions: { exportConditions: ['node', 'node-addons', '@logi/source'] },
  roots: ['<rootDir>/libs', '<rootDir>/services', '<rootDir>/tools', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      // Node and Jest want it said that an import is of JSON; swc would leave it out.
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } } },
    ],
  },
  // Our own packages are links into this tree and are to be transformed like the rest of it.
  transformIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
  maxWorkers: 2,
};
