/** Where servers that run can be reached, whoever started them. */
export type Servers = {
  /** The superuser's, of the database `logi`. */
  databaseUrl: string;
  /** The administrator's, of the virtual host `/`. */
  amqpUrl: string;
  /** `http://user:password@host:port` of the management API and UI. */
  managementUrl: string;
  /** RabbitMQ's own WebSocket server, where it was asked for. */
  webStompUrl?: string;
  stop(): Promise<void>;
};
