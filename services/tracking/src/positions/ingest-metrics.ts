import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;

export function createIngestMetrics(registry: Registry, bufferedPoints: () => number) {
  new Gauge({
    name: 'logi_points_buffered',
    help: 'Points taken in and not yet committed',
    registers: [registry],
    collect() {
      this.set(bufferedPoints());
    },
  });
  return {
    committed: new Counter({
      name: 'logi_points_committed_total',
      help: 'Points written to the trail',
      registers: [registry],
    }),
    judged: new Counter({
      name: 'logi_fixes_judged_total',
      help: 'Fixes by what plausibility says of them, whether it decides or only counts: implausible and other_device are not shown',
      labelNames: ['verdict'],
      registers: [registry],
    }),
    flushSeconds: new Histogram({
      name: 'logi_points_flush_seconds',
      help: 'Time to commit what had gathered',
      buckets: [0.002, 0.01, 0.05, 0.2, 1, 5],
      registers: [registry],
    }),
  };
}
