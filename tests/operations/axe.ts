import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const AXE = readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

type Finding = { id: string; impact: string | null; help: string; nodes: { html: string; failureSummary?: string }[] };

/** What axe calls serious or critical on what shows now, with where it is. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(await AXE);
  const findings: Finding[] = await page.evaluate(`axe.run({ resultTypes: ['violations'] }).then((r) => r.violations)`);
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}\n${html.slice(0, 300)}\n${failureSummary}`),
    );
}
