import type { Command } from 'commander';

/** Each is a file that makes it, and a line here. Only the one that is wanted is loaded: half of them know the services. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  token: async () => (await import('./token/token.ts')).token(),
  'check-token': async () => (await import('./token/check-token.ts')).checkToken(),
  'check-config': async () => (await import('./config/check-config.ts')).checkConfig(),
  dlq: async () => (await import('./dlq/dlq.ts')).dlq(),
  sessions: async () => (await import('./sessions.ts')).sessions(),
  blocks: async () => (await import('./blocks.ts')).blocks(),
  conformance: async () => (await import('./conformance/conformance.ts')).conformance(),
  console: async () => (await import('./console.ts')).consoleCommand(),
  privacy: async () => (await import('./privacy/privacy.ts')).privacy(),
  broker: async () => (await import('./broker/broker.ts')).broker(),
  watch: async () => (await import('./watch/watch.ts')).watch(),
};

/** The command of this name, or all of them where it is none: to be listed. */
export function loadCommands(name: string | undefined): Promise<Command[]> {
  const wanted = Object.entries(COMMANDS).filter(([each]) => each === name);
  return Promise.all((wanted.length > 0 ? wanted : Object.entries(COMMANDS)).map(([, load]) => load()));
}
