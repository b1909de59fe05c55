import type { Candidate } from '../data/bookings.ts';

type Lines = Candidate['score_lines'];
type Line = Lines[number];

const LINE_NAMES: Record<Line['code'], string> = {
  eta: 'way',
  acceptance: 'answers',
  idle: 'waiting',
  fix_age: 'old fix',
  fix_flaw: 'doubtful fix',
};

/** Seconds to the left and right of nothing, the same for all bars that are compared. */
export type Scale = { left: number; right: number };

/** The longest bar is so long: behind it is room for the numbers that fit into no part. */
const LONGEST_PERCENT = 84;
/** So much of a bar one letter takes, on a narrow screen. */
const LETTER_PERCENT = 2.7;

export function scaleOf(candidates: readonly Candidate[]): Scale {
  const sums = candidates.map(({ score_lines: lines }) => ({ left: -sum(lines, isLess), right: sum(lines, isMore) }));
  return {
    left: Math.max(0, ...sums.map(({ left }) => left)),
    right: Math.max(1, ...sums.map(({ right }) => right)),
  };
}

const isLess = ({ seconds }: Line) => seconds < 0;
const isMore = ({ seconds }: Line) => seconds > 0;

function sum(lines: Lines, isMeant: (line: Line) => boolean): number {
  return lines.filter(isMeant).reduce((total, { seconds }) => total + seconds, 0);
}

/** What a candidate's score is made of: to the right what speaks against them, to the left what speaks for them. */
export function ScoreBar({ lines, scale }: { lines: Lines; scale: Scale }) {
  const percent = (seconds: number) => (Math.abs(seconds) / (scale.left + scale.right)) * LONGEST_PERCENT;
  const zero = percent(scale.left);
  const against = stacked(lines.filter(isMore), percent).map((each) => ({ ...each, left: zero + each.from }));
  const inFavour = stacked(lines.filter(isLess), percent).map((each) => ({
    ...each,
    left: zero - each.from - each.width,
  }));
  return (
    <div class="score-bar" role="img" aria-label={lines.map(told).join(', ')} title={lines.map(told).join('\n')}>
      {[...inFavour, ...against].map(({ line, left, width }) => (
        <span key={line.code} class={`part ${line.code}`} style={{ left: `${left}%`, width: `${width}%` }}>
          {labelOf(line, width)}
        </span>
      ))}
      <span class="beside fine figure" style={{ left: `${zero + percent(sum(lines, isMore)) + 1}%` }}>
        {lines
          .filter((line) => labelOf(line, percent(line.seconds)) === '')
          .map(({ code, seconds }) => (
            <span key={code} class={code}>
              {number(seconds)}{' '}
            </span>
          ))}
      </span>
      <span class="zero" style={{ left: `${zero}%` }} />
    </div>
  );
}

/** What a part's colour stands for. */
export function Key({ code }: { code: Line['code'] }) {
  return (
    <span class="score-key">
      <span class={`swatch ${code}`} />
      {LINE_NAMES[code]}
    </span>
  );
}

function stacked(lines: Lines, percent: (seconds: number) => number) {
  let from = 0;
  return lines.map((line) => {
    const width = percent(line.seconds);
    from += width;
    return { line, from: from - width, width };
  });
}

/** As much of it as there is room for. */
function labelOf({ code, seconds }: Line, percent: number): string {
  const figure = number(seconds);
  const texts = [`${LINE_NAMES[code]} ${figure}`, figure];
  return texts.find(({ length }) => (length + 1) * LETTER_PERCENT <= percent) ?? '';
}

function told({ code, seconds }: Line): string {
  return `${LINE_NAMES[code]} ${number(seconds)} s`;
}

export function number(seconds: number): string {
  return Math.round(seconds).toString().replace('-', '−');
}
