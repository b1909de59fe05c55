export { compiledOnce, withNext } from './compiled-once.ts';
export { connect, type Database, type DatabaseOptions, openDatabase, openPool, type Tx, transact } from './database.ts';
export { type Armed, armFailpoint, FAILPOINTS, failpoint } from './failpoints.ts';
export { isOutage, isTimeout } from './faults.ts';
export { migrate, setRolePassword } from './migrate.ts';
export { WITH_NEXT } from './prepared-client.ts';
export { type DatabaseState, findReplicationRisk, reachDatabase } from './reach.ts';
export { connectOnce } from './servers.ts';
