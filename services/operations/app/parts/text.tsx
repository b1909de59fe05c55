import type { ComponentChildren } from 'preact';
import { partsOf, plain } from './plain.ts';

export { plain };

/** An id, or other words of a stranger: any text, cut where there is no room, whole on hover. */
export function Words({ children: text, mono = false }: { children: string; mono?: boolean }) {
  const shown = plain(text);
  return (
    <bdi class={mono ? 'words mono' : 'words'} title={shown}>
      {shown}
    </bdi>
  );
}

/** A sentence with what strangers have written in it. */
export function Sentence({ children: text }: { children: string }) {
  return <>{partsOf(text).map((part, index) => (index % 2 === 1 ? <bdi key={index}>{part}</bdi> : part))}</>;
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
