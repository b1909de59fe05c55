export {
  type DriverAct,
  DriverActs,
  type DriverActsOptions,
  type KeptAct,
  type Outcome,
} from './driver/driver-acts.ts';
export { LogiHttp, type LogiHttpOptions } from './http/logi-http.ts';
export type { AskedOf, CallOptions, DataOf, ErrorOf, NoAnswer, OperationId, Result } from './http/types.ts';
