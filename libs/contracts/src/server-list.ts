import { z } from 'zod';

/*
 * One URL may name several servers that stand for each other, as a cluster's nodes or a primary and its standbys do:
 * `amqp://user:password@a:5672,b:5672/vhost`. What is not a host holds for each of them.
 */

const LIST = /^(?<head>[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?)(?<hosts>[^/?#@]*)(?<tail>.*)$/is;

/** A URL for each server, in the order in which they are named. */
export function serversIn(list: string): string[] {
  const { head, hosts, tail } = LIST.exec(list)?.groups ?? {};
  return hosts === undefined ? [list] : hosts.split(',').map((host) => `${head}${host}${tail}`);
}

/** The same list, with something else in it changed, such as the user. */
export function withEach(list: string, change: (url: URL) => void): string {
  const urls = serversIn(list).map((each) => new URL(each));
  for (const url of urls) change(url);
  const [first, ...others] = urls;
  if (!first || others.length === 0) return first?.href ?? list;
  const { protocol, username, password, pathname, search, hash } = first;
  const user = username === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`;
  return `${protocol}//${user}${urls.map(({ host }) => host).join(',')}${pathname}${search}${hash}`;
}

/** For logs and people: the hosts, and what is asked of them, without user and password. */
export function hostsOf(list: string): string {
  const urls = serversIn(list).map((each) => URL.parse(each));
  return `${urls.map((url) => url?.host ?? 'that is no URL').join(', ')}${urls[0]?.pathname ?? ''}`;
}

/** Of a setting. */
export function serverList(protocol: RegExp) {
  const one = z.url({ protocol });
  return z.string().superRefine((list, ctx) => {
    const servers = serversIn(list);
    for (const server of servers) {
      const issue = one.safeParse(server).error?.issues[0];
      const isNamed = servers.length === 1 || URL.parse(server)?.hostname !== '';
      if (!issue && isNamed) continue;
      ctx.addIssue({ code: 'custom', message: issue?.message ?? 'a host of the list has no name' });
      return; // the others would say the same
    }
  });
}
