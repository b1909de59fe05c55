import type { ComponentChildren } from 'preact';
import type { Refusal } from '../data/api.ts';
import type { Asked } from '../data/use-asked.ts';
import { Code } from './text.tsx';

/** What is shown where there is nothing to show: what that means, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="title">{title}</p>
      {children}
    </div>
  );
}

export function Refused({ refusal, again }: { refusal: Refusal; again?: () => void }) {
  return (
    <div class="empty" role="alert">
      <p class="title">{refusal.message}</p>
      {refusal.code !== undefined && (
        <p class="fine">
          <Code>{refusal.code}</Code> request <Code>{refusal.requestId}</Code>
        </p>
      )}
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** The answer, once it is there; before that, and without it, what there is to say. An old answer is better than none. */
export function WithAnswer<Answer>({
  asked,
  children,
}: {
  asked: Asked<Answer>;
  children: (answer: Answer) => ComponentChildren;
}) {
  const { answer, refusal, again } = asked;
  if (answer === undefined)
    return refusal ? <Refused refusal={refusal} again={again} /> : <p class="empty fine">Looking …</p>;
  return (
    <>
      {refusal && (
        <p class="notice" role="status">
          This is what was so a moment ago: {refusal.message}
        </p>
      )}
      {children(answer)}
    </>
  );
}

/** A state, as a shape and a word: nobody has to tell colours apart. */
export type Tone = 'good' | 'busy' | 'watch' | 'act' | 'rest';

export function State({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class={`state ${tone}`}>
      <span class="shape" aria-hidden="true" />
      {children}
    </span>
  );
}
