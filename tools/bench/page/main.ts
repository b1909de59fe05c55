import { readFileSync, writeFileSync } from 'node:fs';
import { say } from '../suite.ts';
import { newestComparisons, newestRuns, readPairs, readRuns } from './kept.ts';
import { modelTable } from './model.ts';
import { comparisonPictures, type Picture, runPictures } from './plots.ts';
import { fillPage } from './sections.ts';
import { runTables, verdictTable } from './tables.ts';

const PAGE = 'docs/performance.md';
const IMAGES = 'docs/images';

/** Makes tables and pictures of the page anew, from the rows and pairs that this machine has kept. */
export function writePage(): void {
  const runs = newestRuns(readRuns().filter(({ suite }) => suite !== 'compare'));
  const comparisons = newestComparisons(readPairs());
  const sections = new Map(runs.map((run) => [`run ${run.suite}`, runTables(run)]));
  const pictures = runPictures(runs);
  for (const [suite, own] of Map.groupBy(comparisons, (comparison) => comparison.suite)) {
    const parts = own.map((comparison) => {
      const drawn = comparisonPictures(comparison);
      pictures.push(...drawn);
      return [verdictTable(comparison), ...drawn.map(linkTo)].join('\n\n');
    });
    sections.set(`pairs ${suite}`, parts.join('\n\n'));
  }
  const model = modelTable(runs, comparisons);
  if (model !== undefined) sections.set('model', model);
  for (const { name, svg } of pictures) writeFileSync(`${IMAGES}/${name}`, svg);
  writeFileSync(PAGE, fillPage(readFileSync(PAGE, 'utf8'), sections));
  say(`${PAGE}: ${[...sections.keys()].join(', ')}; ${pictures.length} pictures`);
}

function linkTo({ name }: Picture): string {
  return `![${name.replace('.svg', '').replaceAll('-', ' ')}](images/${name})`;
}
