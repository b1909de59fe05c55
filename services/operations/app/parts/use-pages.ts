import { useState } from 'preact/hooks';
import { tellRefusal } from './toasts.tsx';

type Page<Item> = { items: readonly Item[]; next_cursor: string | null };

/** What stands behind the first page of a list, fetched as far as somebody scrolls. `key` says which list it is. */
export function usePages<Item>(
  key: string,
  first: Page<Item> | undefined,
  fetchPage: (cursor: string) => Promise<Page<Item>>,
): { items: Item[]; onEnd: (() => void) | undefined } {
  const [behind, setBehind] = useState<{ key: string; items: Item[]; next: string | null }>();
  const [isFetching, setFetching] = useState(false);
  const own = behind?.key === key ? behind : undefined;
  const next = own ? own.next : (first?.next_cursor ?? null);
  const fetch = async (cursor: string) => {
    setFetching(true);
    try {
      const page = await fetchPage(cursor);
      setBehind({ key, items: [...(own?.items ?? []), ...page.items], next: page.next_cursor });
    } catch (err) {
      tellRefusal(err, 'More could not be had');
      setBehind({ key, items: own?.items ?? [], next: null }); // or it would be asked for without end
    }
    setFetching(false);
  };
  return {
    items: [...(first?.items ?? []), ...(own?.items ?? [])],
    onEnd: next === null || isFetching ? undefined : () => void fetch(next),
  };
}
