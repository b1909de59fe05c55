import { linkTo } from '../address.ts';
import {
  type Finding,
  getHealth,
  type Health as HealthFacts,
  type QueueFacts,
  type ServiceFacts,
} from '../data/operations.ts';
import { useAsked } from '../data/use-asked.ts';
import { Wide } from '../parts/rows.tsx';
import { Empty, State, type Tone, WithAnswer } from '../parts/states.tsx';
import { Code, count } from '../parts/text.tsx';
import { Ago, duration } from '../parts/time.tsx';

const EVERY_MS = 5_000;

/** Is all well, and what is to be done if not. */
export function Health() {
  const asked = useAsked('health', getHealth, EVERY_MS);
  return (
    <div class="page health">
      <WithAnswer asked={asked}>{(health) => <Facts health={health} />}</WithAnswer>
    </div>
  );
}

function Facts({ health }: { health: HealthFacts }) {
  const { findings, services, queues, checked_at, has_broker, has_database } = health;
  return (
    <>
      <h1>{headline(findings)}</h1>
      <p class="fine">
        Looked at <Ago at={checked_at} />, and again every {EVERY_MS / 1_000} s.
      </p>
      {findings.length > 0 && (
        <ul class="findings" aria-label="What is not as it should be">
          {findings.map((each) => (
            <FindingRow key={`${each.code} ${each.about}`} finding={each} />
          ))}
        </ul>
      )}
      <h2>Services</h2>
      <Services services={services} />
      <h2>Servers</h2>
      <table>
        <tbody>
          <Server name="Database" isThere={has_database} />
          <Server name="Broker" isThere={has_broker} />
        </tbody>
      </table>
      <h2>Queues</h2>
      {has_broker ? <Queues queues={queues} /> : <Empty title="Not known while the broker is away." />}
    </>
  );
}

function headline(findings: readonly Finding[]): string {
  const urgent = findings.filter(({ level }) => level === 'act').length;
  if (urgent > 0) return `${count(urgent, 'thing needs', 'things need')} somebody now`;
  return findings.length > 0 ? `${count(findings.length, 'thing')} to keep an eye on` : 'All is well';
}

function FindingRow({ finding: { level, about, says, to_do, code } }: { finding: Finding }) {
  const leadsToLetters = code === 'dead_letters' || code === 'letters_waiting';
  return (
    <li class={level}>
      <State tone={level}>{about}</State>
      <div>
        <p>{says}</p>
        <p class="fine">
          {leadsToLetters ? <a href={linkTo('dead-letters')}>{to_do}</a> : to_do} <Code>{code}</Code>
        </p>
      </div>
    </li>
  );
}

const STATES: Record<ServiceFacts['state'], { tone: Tone; words: string }> = {
  ready: { tone: 'good', words: 'ready' },
  not_ready: { tone: 'act', words: 'not ready' },
  away: { tone: 'act', words: 'does not answer' },
};

function Services({ services }: { services: readonly ServiceFacts[] }) {
  return (
    <Wide label="Services">
      <table>
        <thead>
          <tr>
            <th>Service</th>
            <th>State</th>
            <th class="figure" title="How long the oldest event has waited to be published">
              Oldest event unsent
            </th>
            <th class="figure" title="From the broker to the gateway and back">
              Behind by
            </th>
            <th class="figure">Sockets</th>
          </tr>
        </thead>
        <tbody>
          {services.map(({ service, state, reason, outbox_oldest_seconds, stream_lag_seconds, open_sockets }) => (
            <tr key={service}>
              <th scope="row">{service}</th>
              <td>
                <State tone={STATES[state].tone}>{STATES[state].words}</State> {reason}
              </td>
              <td class="figure">{seconds(outbox_oldest_seconds)}</td>
              <td class="figure">{seconds(stream_lag_seconds)}</td>
              <td class="figure">{open_sockets?.toLocaleString('en') ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

/** A dash where a service has no such figure, or does not tell. */
function seconds(given: number | null): string {
  if (given === null) return '–';
  return given < 1 ? `${Math.round(given * 1_000)} ms` : duration(given);
}

function Server({ name, isThere }: { name: string; isThere: boolean }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <State tone={isThere ? 'good' : 'act'}>{isThere ? 'answers' : 'does not answer'}</State>
      </td>
    </tr>
  );
}

function Queues({ queues }: { queues: readonly QueueFacts[] }) {
  const shown = queues.filter(({ kind, messages, exists }) => kind === 'work' || !exists || messages > 0);
  return (
    <Wide label="Queues">
      <table>
        <thead>
          <tr>
            <th>Queue</th>
            <th>Kind</th>
            <th class="figure">Waiting</th>
            <th class="figure">Consumers</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ queue, kind, exists, messages, consumers }) => (
            <tr key={queue}>
              <th scope="row">
                <Code>{queue}</Code>
              </th>
              <td>{exists ? kind : <State tone="act">missing</State>}</td>
              <td class="figure">{messages.toLocaleString('en')}</td>
              <td class="figure">{kind === 'work' ? consumers : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
