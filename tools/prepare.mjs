/*
 * Runs at the end of `npm ci`, on whatever Node the machine has: makes each service one file, so that its first start is as
 * quick as the others. `npm start` makes up for what is not done here.
 */
if (process.features.typescript) {
  const { bundleServices } = await import('./stack/service-bundles.ts');
  await bundleServices((line) => process.stderr.write(`${line}\n`));
}
