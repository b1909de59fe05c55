export { commonSettings, databaseSettings, readSettings, setting } from './config.ts';
export { Connections, closeFor } from './connections.ts';
export { Frame } from './frame.ts';
export type { HttpApp } from './http.ts';
export { createLogger } from './log.ts';
export { Loop } from './loop.ts';
export { inOrder, sideBySide } from './parts.ts';
export { type ListeningService, refuseToStart, run } from './run.ts';
export { readSecretFiles, SECRET_SETTINGS } from './settings/secret-files.ts';
