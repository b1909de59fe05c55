import { expect, test } from '@jest/globals';
import { codeBlocks, readDocuments } from '../support/docs/documents.ts';

/*
 * Mermaid itself needs a browser's document to read a chart, and brings 70 packages. So our pictures keep to the few of
 * its forms that stand here, and anything else is refused.
 */
const TEXT = '[^;#:]+'; // these three end a text, or begin something else in it
const CHART = {
  state: /^state "([^"]+)" as (\w+)$/,
  arrow: new RegExp(`^(\\w+|\\[\\*\\]) --> (\\w+|\\[\\*\\])( : ${TEXT})?$`),
};
const SEQUENCE = {
  participant: /^(?:actor|participant) (\w+) as \w+$/,
  message: new RegExp(`^(\\w+)-?->>(\\w+): ${TEXT}$`),
  note: new RegExp(`^Note over (\\w+)(?:,(\\w+))?: ${TEXT}$`),
  other: new RegExp(`^(autonumber|loop ${TEXT}|end)$`),
};
const START = '[*]';

const pictures = readDocuments().flatMap((document) =>
  codeBlocks(document)
    .filter(({ language }) => language === 'mermaid')
    .map(({ code }, index) => ({
      name: `${document.path}, picture ${index + 1}`,
      lines: code.trim().split(/\s*\n\s*/),
    })),
);

test.each(pictures)('$name is drawn in forms that Mermaid reads', ({ lines: [kind, ...lines] }) => {
  expect(['stateDiagram-v2', 'sequenceDiagram']).toContain(kind);
  const forms = Object.values(kind === 'sequenceDiagram' ? SEQUENCE : CHART);
  expect(lines.filter((line) => !forms.some((form) => form.test(line)))).toEqual([]);
});

test.each(pictures.filter(({ lines }) => lines[0] === 'stateDiagram-v2'))('$name reaches every state', ({ lines }) => {
  const arrows = lines.flatMap((line) => {
    const [, from, to] = CHART.arrow.exec(line) ?? [];
    return from && to ? [{ from, to }] : [];
  });
  const named = lines.flatMap((line) => CHART.state.exec(line)?.[2] ?? []);
  const reached = new Set([START]);
  for (const _ of arrows) for (const { from, to } of arrows) if (reached.has(from)) reached.add(to);
  const states = [...named, ...arrows.flatMap(({ from, to }) => [from, to])];
  expect(states.filter((state) => !reached.has(state))).toEqual([]);
});

test.each(pictures.filter(({ lines }) => lines[0] === 'sequenceDiagram'))('$name names who takes part', ({ lines }) => {
  const known = lines.flatMap((line) => SEQUENCE.participant.exec(line)?.[1] ?? []);
  const used = lines.flatMap((line) => (SEQUENCE.message.exec(line) ?? SEQUENCE.note.exec(line))?.slice(1) ?? []);
  expect(used.filter((one) => one && !known.includes(one))).toEqual([]);
  const opened = lines.filter((line) => line.startsWith('loop ')).length;
  expect(lines.filter((line) => line === 'end')).toHaveLength(opened);
});

test('there are pictures', () => {
  expect(pictures.length).toBeGreaterThan(4);
});
