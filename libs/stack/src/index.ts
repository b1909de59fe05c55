export { stopChildrenAtOnce } from './child-process.ts';
export { findRunner, isRunning } from './process-table.ts';
export { type ProvisionOptions, provision, type ServicePasswords, type ServiceUrls } from './provision.ts';
export { findRunningStack, type StackAddresses } from './run-file.ts';
export { type Servers, type ServersOptions, startServers } from './servers.ts';
export { type Stack, startStack } from './stack.ts';
export { StackError } from './stack-error.ts';
export { findTokenSecret } from './token-secret.ts';
