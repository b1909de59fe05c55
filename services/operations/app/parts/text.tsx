import type { ComponentChildren } from 'preact';

/** What would steer the page's text, or turn the order of letters round, is shown and not obeyed. */
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export function plain(text: string): string {
  return text.replaceAll(STEERING, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** An id, or other words of a stranger: any text, cut where there is no room, whole on hover. */
export function Words({ children: text, mono = false }: { children: string; mono?: boolean }) {
  const shown = plain(text);
  return (
    <bdi class={mono ? 'words mono' : 'words'} title={shown}>
      {shown}
    </bdi>
  );
}

/** A stable name from a contract, for searching. */
export function Code({ children }: { children: ComponentChildren }) {
  return <code class="code">{children}</code>;
}

/** JSON as people read it; what is none, as it is. */
export function pretty(text: string): string {
  try {
    return plain(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return plain(text);
  }
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
