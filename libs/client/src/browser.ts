/* All of it in one file, for pages that no bundler makes. */
export * from './index.ts';
