import { setTimeout } from 'node:timers/promises';
import { principalId, ROLES, role } from '@logi/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { ownName } from '../../stack/signer.ts';
import { readArgument, readOptions } from '../command-line.ts';
import { withLetters } from '../dlq/letters.ts';
import { note, plain, print, printJson, table } from '../output.ts';
import type { Person } from './documents.ts';
import { type Erased, erasePerson, putOnRecord } from './erase.ts';
import { exportPerson } from './export.ts';
import { countUnderWay, refuseWhileBusy } from './refuse.ts';
import type { Remain } from './remains.ts';
import { type Session, withSession } from './session.ts';

const UNDER_WAY_WAIT_MS = 10_000;
const UNDER_WAY_POLL_MS = 200;

const common = { json: z.boolean().default(false), by: z.string().min(1).max(200).default(ownName) };
const exportOptions = z.object(common);
const eraseOptions = z.object({
  ...common,
  backupDays: z.coerce.number().int().min(0).max(36_500).optional(),
});

export function privacy(): Command {
  return new Command('privacy')
    .summary('what is kept of a person: writes it out, or erases it')
    .description('What is kept of a user, a driver or an admin, in all schemas: docs/privacy.md has it table by table.')
    .addCommand(exportCommand())
    .addCommand(eraseCommand())
    .addHelpText(
      'after',
      `
Servers: DATABASE_URL and AMQP_URL, of an administrator; without them, those of the stack that runs here.
With Compose: docker compose run --rm migrate node tools/logi/main.ts privacy export user alice`,
    );
}

function exportCommand(): Command {
  return ofPerson(new Command('export'))
    .description('Writes all that is kept of a person to standard output, as one JSON document.')
    .option('--json', 'as it always is')
    .action(async (_role, _sub, _options, command: Command) => {
      const person = readPerson(command);
      const { by } = readOptions(command, exportOptions);
      const record = { by: { role: 'operator', id: by }, subject: { kind: person.role, id: person.id } } as const;
      await withServers((session) =>
        exportPerson(session, person, () =>
          putOnRecord(session, { ...record, act: 'principal.exported', changed: {} }),
        ),
      );
    });
}

function eraseCommand(): Command {
  return ofPerson(new Command('erase'))
    .description(
      'Puts a random pseudonym in the place of a person, everywhere, history and audit included, and deletes what nobody ' +
        'else needs. It cannot be undone. Refused while a booking of theirs has not ended.',
    )
    .option('--backup-days <n>', 'how long backups are kept here, to say when the last one with the id is past')
    .option('--json', 'for programs')
    .action(async (_role, _sub, _options, command: Command) => {
      const person = readPerson(command);
      const { by, json, backupDays } = readOptions(command, eraseOptions);
      await withServers(async (session) => {
        await refuseWhileBusy(session, person);
        const wasBlocked = await hasBlock(session, person);
        await waitForEvents(session, person);
        const erased = await erasePerson(session, person, { role: 'operator', id: by });
        // Only now: it knows the gateway's settings, and to load them is to load most of a service.
        const { whatRemains } = await import('./remains.ts');
        const remains = whatRemains({ now: new Date(), backupDays, wasBlocked, env: process.env });
        if (json) printJson(asJson(person, erased, remains));
        else print(render(person, erased, remains));
      });
    });
}

/** What has died until now is in the table, so that it is looked at, too. */
async function withServers(work: (session: Session) => Promise<void>): Promise<void> {
  let databaseUrl = '';
  await withLetters(async (letters) => {
    databaseUrl = letters.databaseUrl;
  });
  await withSession(databaseUrl, { work, onWait: () => note('waiting for another operator…') });
}

/** What has just been done travels for a moment. What does not arrive is found again under the locks, and refused. */
async function waitForEvents(session: Session, person: Person): Promise<void> {
  const deadline = Date.now() + UNDER_WAY_WAIT_MS;
  if ((await countUnderWay(session, person)) > 0) note('waiting for events about them to arrive…');
  while (Date.now() < deadline && (await countUnderWay(session, person)) > 0) await setTimeout(UNDER_WAY_POLL_MS);
}

async function hasBlock(session: Session, person: Person): Promise<boolean> {
  const rows = await session.rows('select from booking.block where role = :role and sub = :id', person);
  return rows.length > 0;
}

function asJson({ role: ofRole }: Person, { pseudonym, changed, standingBlocks }: Erased, remains: Remain[]) {
  return {
    role: ofRole,
    pseudonym,
    changed,
    standing_blocks: standingBlocks,
    remains: remains.map(({ past, ...each }) => ({ ...each, past: past?.toISOString() ?? null })),
  };
}

function render(
  { role: ofRole, id }: Person,
  { pseudonym, changed, standingBlocks }: Erased,
  remains: Remain[],
): string {
  const rows = Object.entries(changed).map(([name, count]) => [name, String(count)]);
  const past = remains.map((each) => [each.where, each.past?.toISOString() ?? 'unknown', each.note]);
  return [
    rows.length === 0
      ? `nothing is kept of the ${ofRole} ${plain(id)}`
      : `the ${ofRole} ${plain(id)} is ${pseudonym} now`,
    ...(rows.length === 0 ? [] : ['', table([['table', 'rows'], ...rows])]),
    ...(standingBlocks > 0 ? ['', 'The id stays in the block that holds: lift it, and erase again.'] : []),
    '',
    table([['where it may still be', 'past from', ''], ...past]),
  ].join('\n');
}

function ofPerson(command: Command): Command {
  return command
    .argument('<role>', ROLES.join(', '))
    .argument('<sub>', 'the id in their tokens')
    .option('--by <name>', 'who does it, for the audit (user@host)');
}

function readPerson(command: Command): Person {
  return { role: readArgument(command, 'role', role), id: readArgument(command, 'sub', principalId) };
}
