import { SETTINGS, type Setting } from './settings.ts';

type Reader = Setting & { reader: string };

const HEAD = `# Every setting there is, with its default. Written by \`npm run docs\` from the services' schemas and
# docker-compose.yml; do not edit it by hand.
#
# Copy it to \`.env\` and take the # from the lines that you change. Compose reads that file by itself, and passes on the
# settings that docker-compose.yml names. \`npm start\` takes them from the environment: set -a; . ./.env; set +a`;

/** `.env.example`: the settings by who reads them, then those that Compose alone knows. */
export function renderEnvExample(compose: string): string {
  const all = Object.entries(SETTINGS).flatMap(([reader, list]) => list.map((setting) => ({ reader, ...setting })));
  const byName = Map.groupBy(all, ({ name }) => name);
  const byReaders = Map.groupBy(byName.values(), (readers) => readers.map(({ reader }) => reader).join(', '));
  const sections = [...byReaders].map(([readers, settings]) => section(readers, settings.map(lines)));
  const compositions = compose.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g);
  const ofCompose = new Map(
    [...compositions].flatMap(([, name = '', value = '']) => (byName.has(name) ? [] : [[name, value]])),
  );
  return `${[
    HEAD,
    ...sections,
    section(
      'Compose alone',
      [...ofCompose].map(([name, value]) => `#${name}=${value}`),
    ),
  ].join('\n\n')}\n`;
}

function section(title: string, entries: string[]): string {
  return `# --- ${title} ---\n\n${entries.join('\n')}`;
}

/** A setting that several read may mean, and be by default, another thing to each. */
function lines(readers: Reader[]): string {
  const [{ name = '', fallback = '' } = {}] = readers;
  const meanings = [...Map.groupBy(readers, explain)];
  const who = (some: Reader[]) => (meanings.length === 1 ? '' : `${some.map(({ reader }) => reader).join(', ')}: `);
  const comments = meanings.map(([text, some]) => `# ${who(some)}${text}`);
  const isSame = readers.every((setting) => setting.fallback === fallback);
  return [...comments, `#${name}=${isSame ? fallback : ''}`].join('\n');
}

function explain({ about, bounds, fallback }: Setting): string {
  const limits = [bounds, fallback && `default ${fallback}`].filter(Boolean).join(', ');
  return limits ? `${about} (${limits})` : about;
}
