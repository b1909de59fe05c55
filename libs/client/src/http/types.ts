import type { OPERATIONS, operations } from './api.ts';

/** A call, by the name that the OpenAPI documents give it. */
export type OperationId = keyof typeof OPERATIONS;

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Answers<Id extends OperationId> = operations[Id]['responses'];
type Taken = 200 | 201 | 204;

/** What a call answers when it was done. */
export type DataOf<Id extends OperationId> = {
  [Status in keyof Answers<Id>]: Status extends Taken ? Json<Answers<Id>[Status]> : never;
}[keyof Answers<Id>];

type RefusalBody<Id extends OperationId> = {
  [Status in keyof Answers<Id>]: Status extends Taken ? never : Json<Answers<Id>[Status]>;
}[keyof Answers<Id>];

/** No answer of Logi came: the network, or something on the way. */
export type NoAnswer = { code: 'no_answer'; message: string; cause?: unknown };

/** Every way in which this call can fail, by `code`. */
export type ErrorOf<Id extends OperationId> =
  | (RefusalBody<Id> extends infer Body ? (Body extends { error: infer Refusal } ? Refusal : never) : never)
  | NoAnswer;

type Parameters<Id extends OperationId> = operations[Id]['parameters'];
type Path<Id extends OperationId> = Parameters<Id> extends { path: infer Path } ? { path: Path } : { path?: never };
type Query<Id extends OperationId> =
  Parameters<Id> extends { query: infer Query }
    ? { query: Query }
    : Parameters<Id> extends { query?: infer Query }
      ? { query?: Query }
      : { query?: never };
type Body<Id extends OperationId> = operations[Id] extends { requestBody: { content: infer Content } }
  ? { body: Content[keyof Content] }
  : operations[Id] extends { requestBody?: { content: infer Content } }
    ? { body?: Content[keyof Content] }
    : { body?: never };

export type CallOptions = {
  signal?: AbortSignal;
  /** For a call that can be made with one; without it, a new one is made, for all attempts of this call. */
  idempotencyKey?: string;
  /** What it is called in the logs of the services. */
  requestId?: string;
};
export type AskedOf<Id extends OperationId> = Path<Id> & Query<Id> & Body<Id> & CallOptions;

export type Result<Id extends OperationId> =
  | { ok: true; status: number; data: DataOf<Id>; requestId: string | null }
  | { ok: false; status: number | null; error: ErrorOf<Id>; requestId: string | null };
