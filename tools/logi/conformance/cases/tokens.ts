import { control, event, events } from '../messages.ts';
import { type Case, Fault } from '../stage.ts';
import { greeted, hears } from './steps.ts';

const NOTICE_MS = 30_000;

function tokenOf({ payload }: { payload?: unknown }): string {
  return (payload as { token: string }).token; // the frame was parsed when it came
}

/** That a session goes on with a new token. */
export const TOKENS: Case[] = [
  {
    name: 'v2.token-renewal',
    about: 'When its token is about to end it sends a new one by auth, and stays',
    async run(stage) {
      const line = await greeted(stage, { expiresInMs: NOTICE_MS });
      line.send(control('token_expiring', { expires_at: new Date(Date.now() + NOTICE_MS).toISOString() }));
      const auth = await line.hear('auth', 'It was told that its token ends (token_expiring), and sent no auth.');
      if (!stage.tokens.has(tokenOf(auth))) throw new Fault('It sent a token by auth that it was never given.');
      if (tokenOf(auth) === line.token) throw new Fault('It sent by auth the token that is about to end.');
      line.send(control('authenticated', { expires_at: new Date(Date.now() + 3_600_000).toISOString() }));
      await hears(stage, line);
      await stage.holds(
        3_000,
        () => line.saidOf('auth').length === 1,
        'It sent auth again, although the first was taken.',
      );
      if (!line.isOpen || stage.upgrades.length > 1)
        throw new Fault('It opened another connection to renew its token: auth is enough.');
    },
  },
  {
    name: 'v2.token-renewal-unanswered',
    about: 'It does not flood with auth while the answer is awaited',
    async run(stage) {
      const line = await greeted(stage, { expiresInMs: NOTICE_MS });
      line.send(control('token_expiring', { expires_at: new Date(Date.now() + NOTICE_MS).toISOString() }));
      await line.hear('auth', 'It was told that its token ends (token_expiring), and sent no auth.');
      await stage.holds(
        5_000,
        () => line.saidOf('auth').length <= 3,
        'It sent auth more than three times in five seconds.',
      );
    },
  },
  {
    name: 'v2.token-renewal-refused',
    about: 'A renewal that is refused with 4401 leads to a connection with a new token',
    async run(stage) {
      const line = await greeted(stage, { expiresInMs: NOTICE_MS });
      line.send(event(2));
      line.send(control('token_expiring', { expires_at: new Date(Date.now() + NOTICE_MS).toISOString() }));
      const auth = await line.hear('auth', 'It was told that its token ends (token_expiring), and sent no auth.');
      line.close(4401, 'token expired');
      const next = await stage.connection('It did not come back after its auth was refused with 4401.');
      if (next.token === line.token || next.token === tokenOf(auth))
        throw new Fault('It came back with a token that had been refused.');
      next.hello();
      next.send(event(3));
      await stage.expectDelivered(events(2, 3));
    },
  },
];
