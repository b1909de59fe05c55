import { useState } from 'preact/hooks';
import { type Problem, signIn } from '../data/session.ts';
import { Code } from './text.tsx';

/** One field for whatever somebody has: a link, its code, or a token. */
export function SignInForm({ why: first }: { why?: Problem | undefined }) {
  const [pasted, setPasted] = useState('');
  const [why, setWhy] = useState(first);
  const submit = async () => {
    setWhy(await signIn(pasted));
    setPasted('');
  };
  return (
    <form
      class="sign-in-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {why && (
        <p class="problem" role="alert">
          {why.message}
          {why.code !== undefined && (
            <span class="fine">
              {' '}
              <Code>{why.code}</Code>{' '}
              {why.requestId !== undefined && (
                <>
                  request <Code>{why.requestId}</Code>
                </>
              )}
            </span>
          )}
        </p>
      )}
      <label>
        Link, code or token
        <input
          type="password"
          name="pasted"
          autocomplete="off"
          spellcheck={false}
          required
          value={pasted}
          onInput={({ currentTarget }) => setPasted(currentTarget.value)}
        />
      </label>
      <button type="submit" class="main">
        Sign in
      </button>
    </form>
  );
}
