export { commonSettings, databaseSettings, readSettings, setting } from './config.ts';
export { Connections, closeFor } from './connections.ts';
export { Frame } from './frame.ts';
export { createHttpApp, type HttpApp, listeningPort } from './http.ts';
export { createLogger } from './log.ts';
export { Loop } from './loop.ts';
export { inOrder, type Part, sideBySide } from './parts.ts';
export { type ListeningService, refuseToStart, run, type Service } from './run.ts';
export { type Accepted, acceptSockets } from './sockets.ts';
