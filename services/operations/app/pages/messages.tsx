import { ROLES, type Role } from '@logi/contracts';
import { useEffect, useState } from 'preact/hooks';
import { setParams, useAddress } from '../address.ts';
import { getSurroundings, makeToken } from '../data/operations.ts';
import { type Listener, MODES, type Mode } from '../data/wire.ts';
import { Choice } from '../fields/choice.tsx';
import { TokenField } from '../fields/token-field.tsx';
import { Empty } from '../parts/states.tsx';
import { tellRefusal } from '../parts/toasts.tsx';
import { Socket } from './socket.tsx';

const MOST = 6;

/** What each of several people is told, side by side, as it comes over the line. */
export function Messages() {
  const { params } = useAddress();
  const listeners = readListeners(params.get('sockets'));
  const filter = params.get('q') ?? '';
  const isRaw = params.get('raw') === '1';
  const [isDevelopment, setDevelopment] = useState<boolean>();
  /** Not in the address: whoever is sent the link has to have tokens of their own. */
  const [tokens, setTokens] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
    getSurroundings().then(
      ({ is_development }) => setDevelopment(is_development),
      () => setDevelopment(false),
    );
  }, []);

  const set = (next: readonly Listener[]) =>
    setParams({ sockets: next.length === 0 ? undefined : JSON.stringify(next) });
  const add = async (listener: Listener, pasted: string) => {
    try {
      const token = pasted !== '' ? pasted : await makeToken(listener.role, listener.sub);
      setTokens((before) => ({ ...before, [keyOf(listener)]: token }));
      set([...listeners.filter((each) => keyOf(each) !== keyOf(listener)), listener]);
    } catch (err) {
      tellRefusal(err, 'No token could be made');
    }
  };
  return (
    <div class="page">
      <div class="filters">
        <NewSocket isDevelopment={isDevelopment === true} isFull={listeners.length >= MOST} onAdd={add} />
        <span class="rest" />
        <input
          type="search"
          data-search
          aria-label="Filter"
          placeholder="Type or text …  /"
          value={filter}
          onInput={({ currentTarget }) => setParams({ q: currentTarget.value })}
        />
        <label class="check">
          <input type="checkbox" checked={isRaw} onChange={() => setParams({ raw: isRaw ? undefined : '1' })} /> raw
        </label>
      </div>
      {listeners.length === 0 ? (
        <Empty title="Nobody is listened for yet.">
          Say who, and see what they are told: in logi.v2, or in the default mode, several side by side.
        </Empty>
      ) : (
        <div class="sockets">
          {listeners.map((listener) => (
            <Socket
              key={keyOf(listener)}
              listener={listener}
              token={tokens[keyOf(listener)]}
              isDevelopment={isDevelopment === true}
              filter={filter}
              isRaw={isRaw}
              onToken={(token) => setTokens((before) => ({ ...before, [keyOf(listener)]: token }))}
              onRemove={() => set(listeners.filter((each) => keyOf(each) !== keyOf(listener)))}
            />
          ))}
        </div>
      )}
    </div>
  );
}

type NewSocketProps = {
  isDevelopment: boolean;
  isFull: boolean;
  onAdd: (listener: Listener, pasted: string) => Promise<void>;
};

function NewSocket({ isDevelopment, isFull, onAdd }: NewSocketProps) {
  const [role, setRole] = useState<Role>('user');
  const [sub, setSub] = useState('');
  const [mode, setMode] = useState<Mode>('logi.v2');
  const [pasted, setPasted] = useState('');
  return (
    <form
      class="actions"
      onSubmit={(event) => {
        event.preventDefault();
        void onAdd({ role, sub, mode }, pasted.trim());
        setPasted('');
      }}
    >
      <Choice label="Role" value={role} options={ROLES} onChoose={setRole} />
      <input
        aria-label="Who"
        placeholder="Who …"
        required
        value={sub}
        onInput={({ currentTarget }) => setSub(currentTarget.value)}
      />
      <Choice label="Mode" value={mode} options={MODES} onChoose={setMode} />
      <TokenField
        placeholder={isDevelopment ? 'Token, or one is made' : 'Their token …'}
        required={!isDevelopment}
        value={pasted}
        onInput={setPasted}
      />
      <button type="submit" class="main" disabled={isFull}>
        Listen
      </button>
    </form>
  );
}

function keyOf({ role, sub, mode }: Listener): string {
  return JSON.stringify([role, sub, mode]);
}

/** A link may come from anywhere: what in it is no listener is left out. */
function readListeners(text: string | null): Listener[] {
  try {
    const parsed: unknown = JSON.parse(text ?? '[]');
    return (Array.isArray(parsed) ? parsed : []).filter(isListener).slice(0, MOST);
  } catch {
    return [];
  }
}

function isListener(value: unknown): value is Listener {
  const { role, sub, mode } = (value ?? {}) as Partial<Record<string, unknown>>;
  return ROLES.some((each) => each === role) && MODES.some((each) => each === mode) && typeof sub === 'string';
}
