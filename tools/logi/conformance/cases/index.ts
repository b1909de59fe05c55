import type { Case } from '../stage.ts';
import { CLOSES } from './closes.ts';
import { DEFAULT_MODE } from './default-mode.ts';
import { DELIVERY } from './delivery.ts';
import { LINES } from './lines.ts';
import { PLACES } from './places.ts';
import { REFUSALS } from './refusals.ts';
import { STREAMS } from './streams.ts';
import { TOKENS } from './tokens.ts';

export const CASES: readonly Case[] = [
  ...DELIVERY,
  ...PLACES,
  ...LINES,
  ...CLOSES,
  ...TOKENS,
  ...REFUSALS,
  ...DEFAULT_MODE,
  ...STREAMS,
];
