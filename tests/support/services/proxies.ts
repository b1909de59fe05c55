import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPorts } from '../../../tools/stack/processes/ports.ts';
import { installMissing, SERVER_ENV } from '../../../tools/stack/servers/packages.ts';
import { eventually } from '../../../tools/testing/waiting.ts';
import { closeLater } from '../cleanup.ts';

/** Why they cannot be had on this machine, or undefined when they are there. */
export async function installProxies(): Promise<string | undefined> {
  return installMissing(['nginx', 'haproxy'], () => undefined).then(
    () => undefined,
    (err: unknown) => String(err),
  );
}

export type RealProxy = { plainUrl: string; tlsUrl: string };
type Places = { directory: string; certificate: string; upstreamPort: number; plain: number; tls: number };

const KINDS = {
  nginx: {
    config: ({ directory, certificate, upstreamPort, plain, tls }: Places) => `
      daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/errors.log;
      events { worker_connections 512; }
      http {
        access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
        server {
          listen 127.0.0.1:${plain};
          listen 127.0.0.1:${tls} ssl;
          ssl_certificate ${certificate};
          ssl_certificate_key ${certificate};
          location / {
            proxy_pass http://127.0.0.1:${upstreamPort};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
          }
        }
      }`,
    command: (config: string) => ['nginx', '-c', config],
  },
  haproxy: {
    config: ({ certificate, upstreamPort, plain, tls }: Places) => `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
frontend all
  bind 127.0.0.1:${plain}
  bind 127.0.0.1:${tls} ssl crt ${certificate}
  default_backend logi
backend logi
  server one 127.0.0.1:${upstreamPort}
`,
    command: (config: string) => ['haproxy', '-db', '-f', config],
  },
};

/** A real proxy in front of a server of ours, plain and with TLS, as Debian has it. */
export async function startProxy(kind: keyof typeof KINDS, upstream: string): Promise<RealProxy> {
  const directory = await mkdtemp(join(tmpdir(), `logi-${kind}-`));
  closeLater(() => rm(directory, { recursive: true, force: true }));
  const { plain, tls } = await findPorts({ plain: [], tls: [] });
  const certificate = join(directory, 'certificate.pem');
  await makeCertificate(certificate);
  const config = join(directory, 'config');
  const { port } = new URL(upstream);
  await writeFile(config, KINDS[kind].config({ directory, certificate, upstreamPort: Number(port), plain, tls }));
  const [command = '', ...args] = KINDS[kind].command(config);
  const child = spawn(command, args, { env: SERVER_ENV, stdio: 'ignore' });
  closeLater(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await Promise.all([plain, tls].map((each) => eventually(() => canConnect(each))));
  return { plainUrl: `ws://127.0.0.1:${plain}`, tlsUrl: `wss://127.0.0.1:${tls}` };
}

async function canConnect(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  socket.destroy();
}

/** For localhost, and for today; key and certificate in one file, as HAProxy wants them. */
async function makeCertificate(file: string): Promise<void> {
  const key = `${file}.key`;
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '1'],
    ...['-keyout', key, '-out', file],
  ]);
  await writeFile(file, await readFile(key), { flag: 'a' });
}
