import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { tellRefusal } from './toasts.tsx';

type ConfirmProps = {
  title: string;
  /** What the button says: the verb of what will be done. */
  act: string;
  /** Somebody loses something by it. */
  isGrave?: boolean;
  /** Something is missing still. */
  isDisabled?: boolean;
  children?: ComponentChildren;
  onAct: () => Promise<void>;
  onClose: () => void;
};

/** Asks once more before something is done. Esc leaves it. A refusal is told, and the question stays. */
export function Confirm({ title, act, isGrave = false, isDisabled = false, children, onAct, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isActing, setActing] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const run = async () => {
    setActing(true);
    try {
      await onAct();
      onClose();
    } catch (err) {
      setActing(false);
      tellRefusal(err, `${act} was refused`);
    }
  };
  return (
    <dialog ref={dialog} class="confirm" aria-label={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <h2>{title}</h2>
        {children}
        <div class="actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
          <button type="submit" class={isGrave ? 'grave' : 'main'} disabled={isActing || isDisabled}>
            {act}
          </button>
        </div>
      </form>
    </dialog>
  );
}
