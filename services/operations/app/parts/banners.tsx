import { useState } from 'preact/hooks';
import { useNow } from '../data/clock.ts';
import { reconnect, useLine } from '../data/live.ts';
import type { Session } from '../data/session.ts';
import { SignInForm } from './sign-in-form.tsx';
import { Ago, duration } from './time.tsx';

/** Told so long before, so that nobody loses what they are writing. */
const NOTICE_MS = 5 * 60_000;
/** A line that comes back at once is nobody's matter. */
const PATIENCE_MS = 3_000;

type Present = Extract<Session, { is: 'in' | 'ended' }>;

/** What somebody should know before they believe what they see. */
export function Banners({ session }: { session: Present }) {
  return (
    <div aria-live="polite">
      <SessionBanner session={session} />
      {session.is === 'in' && <LineBanner />}
    </div>
  );
}

function SessionBanner({ session }: { session: Present }) {
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  if (session.is === 'ended') {
    return (
      <section class="banner act" aria-label="Session">
        <p>Your session has ended. What you see stays as it was; sign in again to go on.</p>
        <SignInForm why={session.why} />
      </section>
    );
  }
  const leftMs = session.expiresAt - now;
  if (leftMs > NOTICE_MS) return null;
  return (
    <section class="banner watch" aria-label="Session">
      <p>
        Your session ends in {duration(leftMs / 1_000)}.{' '}
        <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Go on with another link or token
        </button>
      </p>
      {isOpen && <SignInForm />}
    </section>
  );
}

function LineBanner() {
  const line = useLine();
  const now = useNow();
  switch (line.is) {
    case 'open':
      return null;
    case 'connecting':
      if (now - line.since < PATIENCE_MS) return null;
      return <p class="banner watch">The gateway does not answer; what is shown may be old. Trying again by itself.</p>;
    case 'degraded':
      return (
        <p class="banner watch">
          The broker is away since <Ago at={line.since} />: nothing live comes in. It is caught up when it is back.
        </p>
      );
    case 'closed':
      return (
        <p class="banner watch">
          The live line was ended ({line.why}).{' '}
          <button type="button" class="link" onClick={reconnect}>
            Open it again
          </button>
        </p>
      );
    default:
      return line satisfies never;
  }
}
