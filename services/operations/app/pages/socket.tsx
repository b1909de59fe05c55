import { useEffect, useRef, useState } from 'preact/hooks';
import { makeToken } from '../data/operations.ts';
import { type Heard, type Listener, openWire, type Wire, type WireState, whyRefused } from '../data/wire.ts';
import { TokenField } from '../fields/token-field.tsx';
import { State } from '../parts/states.tsx';
import { count, plain, pretty, Words } from '../parts/text.tsx';

/** Of the oldest it is forgotten what they were: a console is for looking, not for keeping. */
const MOST_KEPT = 500;

type SocketProps = {
  listener: Listener;
  token: string | undefined;
  isDevelopment: boolean;
  filter: string;
  isRaw: boolean;
  onToken: (token: string) => void;
  onRemove: () => void;
};

/** One person's line: what comes over it, and what can be said into it. */
export function Socket({ listener, token, isDevelopment, filter, isRaw, onToken, onRemove }: SocketProps) {
  const [state, setState] = useState<WireState>({ is: 'opening' });
  const [heard, setHeard] = useState<readonly Heard[]>([]);
  const [why, setWhy] = useState('');
  const [turn, setTurn] = useState(0);
  const wire = useRef<Wire>(undefined);

  // The listener is the same for as long as its key is; the turn opens it anew.
  useEffect(() => {
    if (token === undefined) {
      if (isDevelopment) makeToken(listener.role, listener.sub).then(onToken, () => setState(NOT_OPENED));
      return undefined;
    }
    let isOpened = false;
    setWhy('');
    const opened = openWire(listener, token, {
      onState: (next) => {
        setState(next);
        if (next.is === 'open') isOpened = true;
        else if (next.is === 'closed' && !isOpened) whyRefused(token).then(setWhy, () => setWhy('Nothing answers.'));
      },
      onHeard: (message) => setHeard((before) => [...before, message].slice(-MOST_KEPT)),
    });
    wire.current = opened;
    return () => opened.close();
  }, [token, turn, isDevelopment]);

  const lastId = heard.findLast(({ id }) => id !== undefined)?.id;
  const shown = heard.filter(({ type, text }) => `${type} ${text}`.toLowerCase().includes(filter.toLowerCase()));
  const isV2 = listener.mode === 'logi.v2';
  const say = (frame: object | string) => wire.current?.send(frame);
  return (
    <section class="socket" aria-label={`${listener.role} ${plain(listener.sub)}, ${listener.mode}`}>
      <header>
        <strong>
          {listener.role} <Words>{listener.sub}</Words>
        </strong>
        <span class="fine">{listener.mode}</span>
        <State tone={state.is === 'open' ? 'good' : state.is === 'closed' ? 'act' : 'watch'}>
          {state.is === 'closed' ? (state.code === 0 ? 'not open' : `closed ${state.code}`) : state.is}
        </State>
        <button type="button" class="plain" aria-label="Listen no more" onClick={onRemove}>
          ×
        </button>
      </header>
      {state.is === 'closed' && (
        <p class="problem">
          {why || plain(state.reason) || 'No reason was given.'}{' '}
          <button type="button" class="link" onClick={() => setTurn(turn + 1)}>
            Open it again
          </button>
        </p>
      )}
      {token === undefined && !isDevelopment && <PasteToken onToken={onToken} />}
      <div class="actions">
        {isV2 && (
          <>
            <button type="button" disabled={state.is !== 'open'} onClick={() => say({ type: 'ping' })}>
              ping
            </button>
            <button
              type="button"
              disabled={state.is !== 'open' || lastId === undefined}
              onClick={() => say({ type: 'ack', payload: { last_id: lastId } })}
            >
              ack
            </button>
            <Resume isOpen={state.is === 'open'} lastId={heard.find(({ id }) => id !== undefined)?.id} onResume={say} />
          </>
        )}
        <span class="fine figure">
          {shown.length === heard.length ? '' : `${shown.length} of `}
          {count(heard.length, 'message')}
        </span>
        <button type="button" class="link" onClick={() => setHeard([])}>
          clear
        </button>
      </div>
      <Frame isOpen={state.is === 'open'} onSend={say} />
      <ol class="heard" aria-label="Messages">
        {shown.toReversed().map((message) => (
          <Message key={message.key} message={message} isRaw={isRaw} />
        ))}
      </ol>
    </section>
  );
}

const NOT_OPENED: WireState = { is: 'closed', code: 0, reason: 'No token could be made.' };

function PasteToken({ onToken }: { onToken: (token: string) => void }) {
  const [pasted, setPasted] = useState('');
  return (
    <form
      class="actions"
      onSubmit={(event) => {
        event.preventDefault();
        onToken(pasted.trim());
      }}
    >
      <TokenField placeholder="Their token …" required value={pasted} onInput={setPasted} />
      <button type="submit">Listen</button>
    </form>
  );
}

/** From a place of the client's choice: the first that was heard, unless another one is written. */
function Resume({
  isOpen,
  lastId = '',
  onResume,
}: {
  isOpen: boolean;
  lastId: string | undefined;
  onResume: (frame: object) => void;
}) {
  const [from, setFrom] = useState('');
  return (
    <form
      class="actions"
      onSubmit={(event) => {
        event.preventDefault();
        onResume({ type: 'resume', payload: { last_id: from || lastId } });
      }}
    >
      <input
        class="mono place"
        aria-label="Resume after"
        placeholder={lastId || 'id'}
        value={from}
        onInput={({ currentTarget }) => setFrom(currentTarget.value)}
      />
      <button type="submit" disabled={!isOpen || (from === '' && lastId === '')}>
        resume
      </button>
    </form>
  );
}

/** Any frame, as it is written: to see what the gateway says of it. */
function Frame({ isOpen, onSend }: { isOpen: boolean; onSend: (text: string) => void }) {
  const [text, setText] = useState('');
  return (
    <form
      class="actions frame"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(text);
      }}
    >
      <input
        class="mono"
        aria-label="Frame"
        placeholder='{"type":"ping"}'
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <button type="submit" disabled={!isOpen || text === ''}>
        send
      </button>
    </form>
  );
}

function Message({ message: { at, type, text }, isRaw }: { message: Heard; isRaw: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const time = new Date(at).toLocaleTimeString(undefined, { hour12: false });
  if (isRaw) {
    return (
      <li>
        <span class="fine figure">{time}</span> <span class="mono">{plain(text)}</span>
      </li>
    );
  }
  const { payload } = JSON.parse(text) as { payload: Record<string, unknown> }; // as every message of the gateway is
  return (
    <li>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <span class="fine figure">{time}</span> <strong>{type}</strong> <Words>{summaryOf(payload)}</Words>
        </summary>
        {isOpen && <pre>{pretty(text)}</pre>}
      </details>
    </li>
  );
}

function summaryOf(payload: Record<string, unknown>): string {
  return Object.entries(payload)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ');
}
