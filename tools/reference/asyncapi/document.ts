import { describeBroker } from './broker.ts';
import { describeSockets } from './sockets.ts';

/** All that goes over WebSockets and the broker as AsyncAPI 3, as JSON text. It comes from the schemas that the services use. */
export function renderAsyncApi(): string {
  const sockets = describeSockets();
  const broker = describeBroker();
  const user = [{ $ref: '#/components/securitySchemes/token' }];
  const document = {
    asyncapi: '3.1.0',
    info: {
      title: 'Logi',
      version: '2',
      description: 'What the messages mean, and what a client should do, is in docs/protocol.md.',
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: { host: 'localhost:8080', protocol: 'ws', title: 'The gateway', security: user },
      tracking: { host: 'localhost:8082', protocol: 'ws', title: 'Tracking', security: user },
      broker: {
        host: 'localhost:5672',
        protocol: 'amqp',
        title: 'RabbitMQ, between the services',
        description: 'Not for apps: each service has a user of its own, with the rights that it needs.',
        security: [{ $ref: '#/components/securitySchemes/broker' }],
      },
    },
    channels: { ...sockets.channels, ...broker.channels },
    operations: { ...sockets.operations, ...broker.operations },
    components: {
      messages: { ...sockets.messages, ...broker.messages },
      securitySchemes: {
        token: { type: 'httpApiKey', name: 'token', in: 'query', description: 'A JWT' },
        broker: { type: 'userPassword' },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
