import { expect, test } from '@jest/globals';
import { hostsOf, serverList, serversIn, withEach } from './server-list.ts';

test.each([
  ['amqp://broker', ['amqp://broker']],
  ['amqp://u:p@a:5672,b:5673/v?heartbeat=5', ['amqp://u:p@a:5672/v?heartbeat=5', 'amqp://u:p@b:5673/v?heartbeat=5']],
  ['postgres://u:p%40,x@[::1]:1,[::2]:2/db', ['postgres://u:p%40,x@[::1]:1/db', 'postgres://u:p%40,x@[::2]:2/db']],
  ['postgres://u:p,q@a/d,b', ['postgres://u:p,q@a/d,b']],
  ['not a url, at all', ['not a url, at all']],
])('%s names %j', (list, servers) => {
  expect(serversIn(list)).toEqual(servers);
});

test('what is changed in a list is changed for each of its servers', () => {
  const change = (url: URL) => {
    url.username = 'booking';
    url.password = 'a,b@c';
    url.pathname = '/other';
  };
  const changed = withEach('amqps://u:p@a:5672,b/v?x=1', change);
  expect(changed).toBe('amqps://booking:a,b%40c@a:5672,b/other?x=1');
  expect(serversIn(changed).map((each) => new URL(each).host)).toEqual(['a:5672', 'b']);
  expect(withEach('amqp://a:1/v', change)).toBe('amqp://booking:a,b%40c@a:1/other');
});

test('people are told of hosts without the password', () => {
  expect(hostsOf('postgres://u:secret@a:1,b:2/logi?sslmode=require')).toBe('a:1, b:2/logi');
});

test.each(['amqp://a', 'amqps://u:p@a:1,b:2/v', 'amqp://a,b,c'])('%s is taken', (list) => {
  expect(serverList(/^amqps?$/).safeParse(list).success).toBe(true);
});

test.each(['http://a', 'a', '', 'amqp://a:1,b:x', 'amqp://u@a,,b', 'amqp://a,', 'amqp://a:1,b:99999'])(
  '%s is refused',
  (list) => {
    expect(serverList(/^amqps?$/).safeParse(list).success).toBe(false);
  },
);
