export const KINDS = ['v2', 'default', 'stream'] as const;
/** Which of the three protocols the client is to speak: `logi.v2`, the default mode, or a driver's stream. */
export type Kind = (typeof KINDS)[number];

/** What the client did wrong, in a sentence. */
export class Fault extends Error {}
/** The client says that it does not speak this protocol. */
export class Unsupported extends Error {}

const SHOWN_CHARACTERS = 160;

export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
