import { useEffect, useState } from 'preact/hooks';
import { getSurroundings, type Surroundings } from './data/operations.ts';
import type { Problem } from './data/session.ts';
import { SignInForm } from './parts/sign-in-form.tsx';

const UNKNOWN: Surroundings = { has_codes: true, is_development: false };

export function SignIn({ why }: { why?: Problem | undefined }) {
  const [{ has_codes, is_development }, setSurroundings] = useState(UNKNOWN);
  useEffect(() => {
    // Without an answer the form says so itself, when it is sent.
    getSurroundings().then(setSurroundings, () => undefined);
  }, []);
  return (
    <main class="sign-in">
      <h1>Logi</h1>
      {has_codes ? (
        <p>
          <kbd>npm run logi -- console</kbd> prints a link that signs you in for an hour; it is good once, for five
          minutes. Under Compose: <kbd>docker compose run --rm link</kbd>. Or paste an admin’s token.
        </p>
      ) : (
        <p>Tokens of this stack are signed elsewhere. Get an admin’s token there, and paste it.</p>
      )}
      <SignInForm key={why?.requestId} why={why} />
      {is_development && <p class="fine">This stack takes tokens of the development secret, which everybody knows.</p>}
    </main>
  );
}
