import { connect } from 'amqplib';

const CONNECT_TIMEOUT_MS = 5_000;

/** Connects once and closes again, or rejects with why that cannot be: nobody there, a wrong password, no such virtual host. */
export async function reachBroker(url: string): Promise<void> {
  const connection = await connect(url, { timeout: CONNECT_TIMEOUT_MS });
  connection.on('error', () => undefined);
  await connection.close();
}
