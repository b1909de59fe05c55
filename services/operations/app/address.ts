import { useEffect, useState } from 'preact/hooks';

/*
 * What is on the screen stands in the address, behind its #, so that a colleague can be sent a link and no server on the
 * way reads ids in it: `#/dead-letters?state=decided&id=12`.
 */

export type Address = { page: string; params: URLSearchParams };
export type Params = Record<string, string | undefined>;

export function readAddress(hash = location.hash): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { page: path, params: new URLSearchParams(query) };
}

export function linkTo(page: string, params: Params = {}): string {
  const given = Object.entries(params).filter(
    (each): each is [string, string] => each[1] !== undefined && each[1] !== '',
  );
  return given.length === 0 ? `#/${page}` : `#/${page}?${new URLSearchParams(given)}`;
}

export function goTo(page: string, params: Params = {}): void {
  location.hash = linkTo(page, params);
}

/** Changes some of what the address says, and keeps the rest; what is set to undefined goes. */
export function setParams(changes: Params): void {
  const { page, params } = readAddress();
  const next = linkTo(page, { ...Object.fromEntries(params), ...changes });
  if (next === location.hash) return;
  history.replaceState(null, '', next);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useAddress(): Address {
  const [address, setAddress] = useState(readAddress);
  useEffect(() => {
    const read = () => setAddress(readAddress());
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return address;
}
