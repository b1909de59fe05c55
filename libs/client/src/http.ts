export {
  type DriverAct,
  DriverActs,
  type DriverActsOptions,
  type KeptAct,
  type Outcome,
} from './driver/driver-acts.ts';
