import { gzipSync } from 'node:zlib';
import scalar from '@scalar/fastify-api-reference';
import { fastify } from 'fastify';

/*
 * The viewer's code is a text of megabytes in a module of a library. It is read in a process of its own, which gives back all
 * that this takes, and only what is sent of it is kept.
 */
const app = fastify();
await app.register(scalar, { routePrefix: '/docs', configuration: { content: {} } });
const { rawPayload } = await app.inject('/docs/js/scalar.js');
process.stdout.write(gzipSync(rawPayload));
