import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export type PageEntry = { name: string; title: string; load: () => Promise<FunctionComponent> };

/**
 * The pages, in the order of the navigation. Each is loaded when it is opened first: nobody waits for the map who looks at
 * a list.
 */
export const PAGES: readonly [PageEntry, ...PageEntry[]] = [
  { name: 'health', title: 'Health', load: async () => (await import('./pages/health.tsx')).Health },
  { name: 'bookings', title: 'Bookings', load: async () => (await import('./pages/bookings.tsx')).Bookings },
  { name: 'map', title: 'Map', load: async () => (await import('./pages/map.tsx')).CityMap },
  { name: 'drivers', title: 'Drivers', load: async () => (await import('./pages/drivers.tsx')).Drivers },
  { name: 'prices', title: 'Prices', load: async () => (await import('./pages/prices.tsx')).Prices },
  { name: 'figures', title: 'Figures', load: async () => (await import('./pages/figures.tsx')).Figures },
  {
    name: 'dead-letters',
    title: 'Dead letters',
    load: async () => (await import('./pages/dead-letters.tsx')).DeadLetters,
  },
  { name: 'sessions', title: 'Sessions', load: async () => (await import('./pages/people.tsx')).People },
  { name: 'messages', title: 'Messages', load: async () => (await import('./pages/messages.tsx')).Messages },
];

export function findPage(name: string): PageEntry {
  return PAGES.find((page) => page.name === name) ?? PAGES[0];
}

const loaded = new Map<string, FunctionComponent>();

export function Page({ entry: { name, load } }: { entry: PageEntry }) {
  const [, drawAgain] = useState(0);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    if (loaded.has(name)) return;
    setFault(undefined);
    load().then(
      (page) => {
        loaded.set(name, page);
        drawAgain((turn) => turn + 1);
      },
      // A file of another build is gone: whoever loads the page anew has the files of this one.
      () => setFault('This page could not be loaded. There may be a new version of the console.'),
    );
  }, [name, load]);
  const Loaded = loaded.get(name);
  if (Loaded) return <Loaded />;
  if (fault === undefined) return <p class="empty fine">Loading …</p>;
  return (
    <div class="empty" role="alert">
      <p class="title">{fault}</p>
      <button type="button" onClick={() => location.reload()}>
        Load it anew
      </button>
    </div>
  );
}
