import { useState } from 'preact/hooks';
import { tellRefusal } from './toasts.tsx';

type Page<Item> = { items: readonly Item[]; next_cursor: string | null };
type Source<Item> = {
  /** Which list it is. */
  key: string;
  /** Its first page, which is asked for again and again. */
  first: Page<Item> | undefined;
  fetchPage: (cursor: string) => Promise<Page<Item>>;
  keyOf: (item: Item) => string;
};

/**
 * A list that is fetched as far as somebody scrolls. From then on it stays as it was, since a first page that moves on would
 * leave a gap before the second; that there are newer ones is told, and `reset` shows them.
 */
export function usePages<Item>({ key, first, fetchPage, keyOf }: Source<Item>) {
  const [read, setRead] = useState<{ key: string; items: readonly Item[]; next: string | null }>();
  const [isFetching, setFetching] = useState(false);
  const own = read?.key === key ? read : undefined;
  const items = own?.items ?? first?.items ?? [];
  const next = own ? own.next : (first?.next_cursor ?? null);
  const fetch = async (cursor: string) => {
    setFetching(true);
    try {
      const page = await fetchPage(cursor);
      setRead({ key, items: [...items, ...page.items], next: page.next_cursor });
    } catch (err) {
      tellRefusal(err, 'More could not be had');
      setRead({ key, items, next: null }); // or it would be asked for without end
    }
    setFetching(false);
  };
  const [newest, shown] = [first?.items[0], items[0]];
  return {
    items,
    onEnd: next === null || isFetching ? undefined : () => void fetch(next),
    hasNewer: newest !== undefined && (shown === undefined || keyOf(newest) !== keyOf(shown)),
    reset: () => setRead(undefined),
  };
}
