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

const [BEGIN, END] = ['\u2068', '\u2069'];

/** Words of a stranger in a sentence of ours: the order of their letters ends with them. For `Sentence` to draw. */
export function quoted(text: string): string {
  return `${BEGIN}${plain(text)}${END}`;
}

/** A sentence in its parts, of which every second one is a stranger's. */
export function partsOf(sentence: string): string[] {
  return sentence.split(/[\u2068\u2069]/);
}
