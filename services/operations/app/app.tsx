import { useEffect } from 'preact/hooks';
import { goTo, linkTo, useAddress } from './address.ts';
import { useSession } from './data/session.ts';
import { findPage, PAGES, Page } from './pages.tsx';
import { Account } from './parts/account.tsx';
import { Banners } from './parts/banners.tsx';
import { useKeys } from './parts/keys.ts';
import { Toasts } from './parts/toasts.tsx';
import { SignIn } from './sign-in.tsx';

/** The frame around the pages: who is signed in, where one can go, and whether what is shown is up to date. */
export function App() {
  const session = useSession();
  const { page } = useAddress();
  const here = findPage(page);
  useEffect(() => {
    document.title = session.is === 'out' ? 'Sign in · Logi' : `${here.title} · Logi`;
  }, [here, session.is]);
  useKeys({
    '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
    ...Object.fromEntries(PAGES.map(({ name }, index) => [String(index + 1), () => goTo(name)])),
  });

  if (session.is === 'checking') return <p class="empty fine">Looking whether you are signed in …</p>;
  if (session.is === 'out') return <SignIn why={session.why} />;
  return (
    <div class="shell">
      <header>
        <a class="brand" href={linkTo('')}>
          Logi
        </a>
        <nav aria-label="Pages">
          {PAGES.map(({ name, title }) => (
            <a key={name} href={linkTo(name)} aria-current={name === here.name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Account session={session} />
      </header>
      <Banners session={session} />
      <main>
        <Page entry={here} />
      </main>
      <Toasts />
    </div>
  );
}
