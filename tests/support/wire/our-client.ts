import { LogiClient } from '@logi/client';

/*
 * Our own client as `npm run logi -- conformance` wants one: it is told what to do by the environment, and reports on
 * standard output. docs/conformance.md has the rules; this is also an example of them.
 */

const { LOGI_KIND, LOGI_URL = '', LOGI_TOKEN = '', LOGI_TOKEN_URL = '' } = process.env;

function report(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

let isFirst = true;
async function getToken(): Promise<string> {
  if (!isFirst) return (await fetch(LOGI_TOKEN_URL)).text();
  isFirst = false;
  return LOGI_TOKEN;
}

if (LOGI_KIND === 'v2') {
  const client = new LogiClient({
    url: LOGI_URL,
    getToken,
    onGap: () => report({ gap: true }),
    onState: (state) => {
      if (state === 'closed') report({ stopped: state });
    },
  });
  client.on('*', (message) => report({ delivered: message }));
} else report({ unsupported: true });
