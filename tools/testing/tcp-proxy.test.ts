import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { findPorts, LOOPBACK } from '../stack/processes/ports.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { eventually } from './waiting.ts';

test('a connection that is cut while it ends is closed, and keeps no process from ending', async () => {
  const { port } = await findPorts({ port: [] });
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(port, LOOPBACK);
  await once(server, 'listening');
  const proxy = await TcpProxy.start(`tcp://${LOOPBACK}:${port}`);
  const opened: Socket[] = [];
  const note = (message: unknown) => opened.push((message as { socket: Socket }).socket); // as Node documents it
  subscribe('net.client.socket', note);
  const client = connect(Number(new URL(proxy.url()).port), LOOPBACK).on('error', () => undefined);
  const closed = once(client, 'close');
  const [upstream] = await once(server, 'connection');
  unsubscribe('net.client.socket', note);
  // The proxy has just read the end of what the server says, and ends its connection to the client.
  opened.at(-1)?.once('end', () => process.nextTick(() => proxy.cut()));
  upstream.end();
  await closed;
  await eventually(() => expect(proxy.clientsLeft).toBe(0));
  await proxy.close();
  server.close();
});
