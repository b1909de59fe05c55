import { isUtf8 } from 'node:buffer';
import { deadQueue, QUEUES } from '@logi/contracts';
import type { KeptLetter, WholeLetter } from '@logi/events/dead-letters';
import { plain } from '../output.ts';

const MAX_REASON_CHARACTERS = 120;
const COLUMNS = { id: 38, type: 28, age: 6, attempt: 9 };
const AGE_UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'm', seconds: 60 },
];

export function renderKept(letters: KeptLetter[], counts: Map<string, number>): string {
  const lines = Object.values(QUEUES).flatMap((queue) => {
    const own = letters.filter((letter) => letter.queue === queue);
    const count = counts.get(queue) ?? 0;
    const more = count - own.length;
    return [
      `${deadQueue(queue)}: ${count}`,
      ...(own.length > 0 ? [`  ${row('message', 'type', 'age', 'attempt', 'reason')}`] : []),
      ...own.map((letter) => `  ${rowOf(letter)}`),
      ...(more > 0 ? [`  … and ${more} more: narrow it by a filter, or raise --limit`] : []),
    ];
  });
  return lines.join('\n');
}

export function renderDecided(letters: KeptLetter[]): string {
  if (letters.length === 0) return 'nothing was decided yet';
  return letters
    .map((letter) => {
      const { decidedAt, fate, decidedBy, messageId, type, queue, reason } = letter;
      return `${decidedAt?.toISOString()}  ${fate} by ${plain(decidedBy ?? '')}  ${plain(messageId)}  ${plain(type)}  ${queue}  ${short(reason)}`;
    })
    .join('\n');
}

export function renderLetter(letter: WholeLetter): string {
  const { messageId, queue, type, diedAt, attempt, reason, headers, body, fate, decidedBy, decidedAt } = letter;
  return [
    `message   ${plain(messageId)}`,
    `queue     ${queue}`,
    `type      ${plain(type)}`,
    `died      ${diedAt.toISOString()}, before attempt ${attempt}`,
    `reason    ${plain(reason)}`,
    `decision  ${fate === null ? 'none yet' : `${fate} by ${plain(decidedBy ?? '')} at ${decidedAt?.toISOString()}`}`,
    `headers   ${indented(plain(JSON.stringify(headers, null, 2)))}`,
    `body      ${indented(renderBody(body))}`,
  ].join('\n');
}

/** What the letters are whose count is given, for a run that only says what it would do. */
export function renderLine(letter: KeptLetter): string {
  return `${letter.queue}  ${rowOf(letter)}`;
}

export function letterAsJson({
  queue,
  messageId,
  type,
  reason,
  attempt,
  diedAt,
  fate,
  decidedBy,
  decidedAt,
}: KeptLetter) {
  const decision = { fate, decided_by: decidedBy, decided_at: decidedAt };
  return { message_id: messageId, queue, type, reason, attempt, died_at: diedAt, ...decision };
}

/** The body as text where it is text. */
export function wholeLetterAsJson(letter: WholeLetter) {
  const { headers, body } = letter;
  const text = isUtf8(body) ? { body: body.toString('utf8') } : { body_base64: body.toString('base64') };
  return { ...letterAsJson(letter), headers, ...text };
}

function rowOf({ messageId, type, diedAt, attempt, reason }: KeptLetter): string {
  return row(plain(messageId), plain(type), ageOf(diedAt), String(attempt), short(reason));
}

function row(id: string, type: string, age: string, attempt: string, reason: string): string {
  const { id: idWidth, type: typeWidth, age: ageWidth, attempt: attemptWidth } = COLUMNS;
  return `${id.padEnd(idWidth)}${type.padEnd(typeWidth)}${age.padEnd(ageWidth)}${attempt.padEnd(attemptWidth)}${reason}`;
}

function ageOf(date: Date): string {
  const seconds = Math.max(0, Math.round((Date.now() - date.getTime()) / 1000));
  const unit = AGE_UNITS.find((candidate) => seconds >= candidate.seconds);
  return unit ? `${Math.floor(seconds / unit.seconds)}${unit.name}` : `${seconds}s`;
}

function short(reason: string): string {
  const line = plain(reason.replaceAll(/\s+/g, ' '));
  return line.length > MAX_REASON_CHARACTERS ? `${line.slice(0, MAX_REASON_CHARACTERS)}…` : line;
}

function renderBody(body: Buffer): string {
  if (!isUtf8(body)) return `${body.length} bytes that are not text, in base64:\n${body.toString('base64')}`;
  const text = body.toString('utf8');
  try {
    return plain(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return plain(text); // often the very reason why it is here
  }
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n          ');
}
