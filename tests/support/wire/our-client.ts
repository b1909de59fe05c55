import { DriverStream, LogiClient, type Point, type State } from '@logi/client';

/*
 * Our own client as `npm run logi -- conformance` wants one: it is told what to do by the environment, and reports on
 * standard output. docs/conformance.md has the rules; this is also an example of them.
 */

const { LOGI_KIND, LOGI_URL = '', LOGI_TOKEN = '', LOGI_TOKEN_URL = '', LOGI_POINTS_URL = '' } = process.env;

function report(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

let isFirst = true;
async function getToken(): Promise<string> {
  if (!isFirst) return (await fetch(LOGI_TOKEN_URL)).text();
  isFirst = false;
  return LOGI_TOKEN;
}

function onState(state: State): void {
  if (state === 'closed') report({ stopped: state });
}

if (LOGI_KIND === 'v2') {
  const client = new LogiClient({ url: LOGI_URL, getToken, onGap: () => report({ gap: true }), onState });
  client.on('*', (message) => report({ delivered: message }));
} else if (LOGI_KIND === 'stream') {
  const stream = new DriverStream({ url: LOGI_URL, getToken, onState });
  const points = (await (await fetch(LOGI_POINTS_URL)).json()) as Point[]; // the suite's own
  for (const point of points) stream.push(point);
} else report({ unsupported: true });
