import { Refusal } from '../data/api.ts';
import { createStore, useStore } from '../data/store.ts';
import { Code, Sentence } from './text.tsx';

type Toast = {
  id: number;
  isRefusal: boolean;
  text: string;
  code?: string | undefined;
  requestId?: string | undefined;
};

const GOOD_FOR_MS = 5_000;
/** More than these nobody reads. */
const MOST = 4;
const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

export function tell(text: string): void {
  const id = add({ isRefusal: false, text });
  setTimeout(() => remove(id), GOOD_FOR_MS);
}

/** Stays until it is put away: somebody may want to copy what it says. */
export function tellRefusal(err: unknown, what: string): void {
  if (!(err instanceof Refusal)) throw err;
  add({ isRefusal: true, text: `${what}: ${err.message}`, code: err.code, requestId: err.requestId });
}

function add(toast: Omit<Toast, 'id'>): number {
  lastId += 1;
  toasts.set([...toasts.get(), { ...toast, id: lastId }].slice(-MOST));
  return lastId;
}

function remove(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

export function Toasts() {
  return (
    <div class="toasts">
      {useStore(toasts).map(({ id, isRefusal, text, code, requestId }) => (
        <div key={id} class={isRefusal ? 'toast refusal' : 'toast'} role={isRefusal ? 'alert' : 'status'}>
          <div>
            <Sentence>{text}</Sentence>
            {code !== undefined && (
              <div class="fine">
                <Code>{code}</Code>{' '}
                {requestId !== undefined && (
                  <>
                    request <Code>{requestId}</Code>
                  </>
                )}
              </div>
            )}
          </div>
          <button type="button" class="plain" aria-label="Put away" onClick={() => remove(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
