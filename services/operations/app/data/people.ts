import type { BlockEntry, Role } from '@logi/contracts';
import { ask, type Query } from './api.ts';

/* Who is connected, who is put out, and what admins did. */

export type Connected = {
  session_id: string;
  instance_id: string;
  role: Role;
  sub: string;
  address: string;
  protocol: string;
  connected_at: string;
  expires_at: string | null;
  acked_id: string | null;
  queued_events: number;
  queued_bytes: number;
};
export type Sessions = { items: Connected[]; count: number; missing_instances: string[] };

export function listSessions(query: Query, signal: AbortSignal): Promise<Sessions> {
  return ask('/gateway/v1/sessions', { query, signal });
}

export function endSession(id: string): Promise<{ count: number }> {
  return ask('/gateway/v1/sessions', { method: 'DELETE', query: { session_id: id } });
}

export type Block = Pick<BlockEntry, 'role' | 'sub' | 'until' | 'tokens_issued_before'> & {
  reason: string | null;
  blocked_by: string;
  blocked_at: string;
};
type Page<Item> = { items: Item[]; next_cursor: string | null };

export function listBlocks(query: Query, signal: AbortSignal): Promise<Page<Block>> {
  return ask('/booking/v1/blocks', { query, signal });
}

export type Terms = { reason?: string; until?: string; tokens_issued_before?: string };

export function putOut({ role, sub }: { role: string; sub: string }, terms: Terms): Promise<Block> {
  return ask('/booking/v1/blocks', { method: 'PUT', query: { role, sub }, body: terms });
}

export function letIn({ role, sub }: { role: string; sub: string }): Promise<void> {
  return ask('/booking/v1/blocks', { method: 'DELETE', query: { role, sub } });
}

export type Act = {
  audit_id: string;
  at: string;
  actor: { role: string; id: string };
  act: string;
  subject: { kind: string; id: string };
  address: string | null;
  details: Record<string, unknown>;
};

export function listActs(query: Query, signal: AbortSignal): Promise<Page<Act>> {
  return ask('/booking/v1/audit', { query, signal });
}
