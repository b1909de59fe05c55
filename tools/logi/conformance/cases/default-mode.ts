import { DEFAULT_EXAMPLES } from '@logi/contracts';
import { type Case, Fault } from '../stage.ts';

const MESSAGES = Object.values(DEFAULT_EXAMPLES)
  .flat()
  .map(({ frame }) => ({ ...frame }));

/** The specification's own mode: nothing is said by the client, and nothing is sent twice. */
export const DEFAULT_MODE: Case[] = [
  {
    name: 'default.messages',
    about: 'Each of the five messages is delivered as it was sent, in order, and it says nothing itself',
    async run(stage) {
      const line = await stage.connection('It never opened a connection.');
      for (const message of MESSAGES) line.send(message);
      await stage.expectDelivered(MESSAGES);
    },
  },
  {
    name: 'default.unknown-types',
    about: 'A type that it does not know, and what is no JSON, harm nothing',
    async run(stage) {
      const line = await stage.connection('It never opened a connection.');
      line.send({ user_id: 'ana', type: 'eta_changed', payload: {} });
      line.send('{"type":');
      for (const message of MESSAGES) line.send(message);
      await stage.expectDelivered(MESSAGES);
    },
  },
  {
    name: 'default.comes-back',
    about: 'After a broken line it comes back; what was missed is not sent again',
    async run(stage) {
      const line = await stage.connection('It never opened a connection.');
      line.break();
      const next = await stage.connection('It did not come back after its line broke.');
      for (const message of MESSAGES) next.send(message);
      await stage.expectDelivered(MESSAGES);
    },
  },
  {
    name: 'default.replaced',
    about: '4409 is final: it stays away until a person acts',
    async run(stage) {
      const line = await stage.connection('It never opened a connection.');
      line.close(4409, 'replaced by a newer connection');
      await stage.noConnection(4_000, 'It came back after 4409: the newer connection would be closed for it.');
    },
  },
  {
    name: 'default.token-expired',
    about: 'After 4401 it comes back with a new token',
    async run(stage) {
      const line = await stage.connection('It never opened a connection.');
      line.close(4401, 'token expired');
      const next = await stage.connection('It did not come back after 4401.');
      if (next.token === line.token) throw new Fault('It came back after 4401 with the token that has expired.');
    },
  },
];
