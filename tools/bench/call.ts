import { type Agent, request } from 'node:http';

export type Call = { agent: Agent; method: string; url: string; token: string; body?: object; timeoutMs?: number };
export type Answer = { status: number | undefined; text: string };

/** One call from the agent's own address, which fetch cannot choose; rejects where no whole answer comes. */
export function call({ agent, method, url, token, body, timeoutMs = 0 }: Call): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  return new Promise((resolve, reject) => {
    const sending = request(url, { method, agent, headers, timeout: timeoutMs }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
      answer.on('error', reject);
    });
    sending.on('timeout', () => sending.destroy(new Error('no answer in time')));
    sending.on('error', reject);
    sending.end(body && JSON.stringify(body));
  });
}
