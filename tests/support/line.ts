import { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { closeLater } from './cleanup.ts';

/** A line to a server that can be cut, frozen and slowed down. */
export async function startLine(url: string): Promise<TcpProxy> {
  const line = await TcpProxy.start(url);
  closeLater(() => line.close());
  return line;
}
