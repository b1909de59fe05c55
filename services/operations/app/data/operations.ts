import { ask, type Query, segment } from './api.ts';

/* What the console's own service answers. */

export type Finding = { level: 'act' | 'watch'; code: string; about: string; says: string; to_do: string };
export type ServiceFacts = {
  service: 'booking' | 'tracking' | 'gateway';
  state: 'ready' | 'not_ready' | 'away';
  reason: string | null;
  outbox_oldest_seconds: number | null;
  stream_lag_seconds: number | null;
  open_sockets: number | null;
};
export type QueueFacts = {
  queue: string;
  kind: 'work' | 'stream' | 'retry' | 'dead' | 'unrouted';
  exists: boolean;
  messages: number;
  consumers: number;
};
export type Health = {
  checked_at: string;
  findings: Finding[];
  services: ServiceFacts[];
  has_database: boolean;
  has_broker: boolean;
  queues: QueueFacts[];
  waiting_letters: number;
};

export function getHealth(signal?: AbortSignal): Promise<Health> {
  return ask('/v1/health', signal && { signal });
}

export type Fate = 'replayed' | 'discarded';
export type Letter = {
  id: string;
  message_id: string;
  queue: string;
  type: string;
  reason: string;
  attempt: number;
  died_at: string;
  is_replayable: boolean;
  fate: Fate | null;
  decided_by: string | null;
  decided_at: string | null;
};
export type WholeLetter = Letter & {
  headers: Record<string, unknown>;
  body?: string;
  body_base64?: string;
  history: Letter[];
};
export type Letters = {
  items: Letter[];
  next_cursor: string | null;
  counts: { queue: string; count: number; oldest_died_at: string }[];
  is_current: boolean;
};

export function listLetters(query: Query, signal: AbortSignal): Promise<Letters> {
  return ask('/v1/dead-letters', { query, signal });
}

export function getLetter(id: string, signal: AbortSignal): Promise<WholeLetter> {
  return ask(`/v1/dead-letters/${segment(id)}`, { signal });
}

export type Decision = 'replay' | 'discard';

export function decideLetter(id: string, decision: Decision, { dryRun }: { dryRun: boolean }) {
  return ask<{ dry_run: boolean; letter: Letter }>(`/v1/dead-letters/${segment(id)}/${decision}`, {
    method: 'POST',
    query: { dry_run: dryRun },
  });
}

/** Anybody's token, where the stack runs on the development secret. */
export async function makeToken(role: string, sub: string): Promise<string> {
  const { token } = await ask<{ token: string }>('/v1/development-tokens', { method: 'POST', body: { role, sub } });
  return token;
}

export type Surroundings = { has_codes: boolean; is_development: boolean };

/** Before anybody has signed in. */
export async function getSurroundings(): Promise<Surroundings> {
  const response = await fetch('/v1/console');
  return response.json();
}
