import type { ComponentChildren } from 'preact';
import { setParams } from '../address.ts';
import type { Decision, Letter, Letters } from '../data/operations.ts';
import { Tabs } from '../parts/tabs.tsx';
import { count } from '../parts/text.tsx';

type FiltersProps = {
  counts: Letters['counts'];
  state: string;
  queue: string;
  reason: string;
  children: ComponentChildren;
};

export function Filters({ counts, state, queue, reason, children }: FiltersProps) {
  const queues = [...new Set([...counts.map((each) => each.queue), ...(queue === '' ? [] : [queue])])];
  return (
    <div class="filters">
      <Tabs
        label="Which"
        names={['waiting', 'decided']}
        chosen={state}
        onChoose={(each) => setParams({ state: each, id: undefined })}
      />
      <select
        aria-label="Queue"
        value={queue}
        onChange={({ currentTarget }) => setParams({ queue: currentTarget.value })}
      >
        <option value="">all queues</option>
        {queues.map((each) => (
          <option key={each} value={each}>
            {each} {counts.find((count) => count.queue === each)?.count ?? ''}
          </option>
        ))}
      </select>
      <input
        type="search"
        data-search
        aria-label="Reason"
        placeholder="Reason …  /"
        value={reason}
        onInput={({ currentTarget }) => setParams({ reason: currentTarget.value })}
      />
      <span class="rest" />
      {children}
    </div>
  );
}

type ChoiceProps = {
  letters: readonly Letter[];
  onDryRun: (decision: Decision) => void;
  onDecide: (decision: Decision) => void;
};

/** What can be done with those that are chosen. */
export function Choice({ letters, onDryRun, onDecide }: ChoiceProps) {
  return (
    <div class="actions">
      <span>{count(letters.length, 'letter')} chosen</span>
      <button type="button" onClick={() => onDryRun('replay')}>
        Dry run
      </button>
      <button type="button" class="main" onClick={() => onDecide('replay')}>
        Replay
      </button>
      <button type="button" class="grave" onClick={() => onDecide('discard')}>
        Discard
      </button>
    </div>
  );
}
