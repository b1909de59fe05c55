import type { DriverStatus } from '@logi/contracts';
import { State, type Tone } from '../parts/states.tsx';

export const LABELS = ['Available', 'Busy', 'Unreachable', 'Offline'] as const satisfies readonly DriverStatus[];

const TONES: Record<DriverStatus, Tone> = { Available: 'good', Busy: 'busy', Unreachable: 'act', Offline: 'rest' };

export function Label({ label }: { label: DriverStatus }) {
  return <State tone={TONES[label]}>{label}</State>;
}
