import { DriverStream } from '@logi/client';
import type { Store } from '@logi/client/stores';

type Next = { points: { latitude: number; longitude: number; recorded_at: string; seq: number }[]; mayReload: boolean };

/**
 * A driver's app under test, in Node or a page: asks for points, pushes them, and says that it has them once they are in
 * its store. Who is killed before is given them again.
 */
export async function drive(road: string, { store, reload }: { store: Store; reload?: () => void }): Promise<void> {
  Math.random = () => 0.001; // the least jitter: hundreds of breaks are not to take an hour
  const { url, token } = (await (await fetch(`${road}/where`)).json()) as { url: string; token: string };
  const stream = new DriverStream({ url, getToken: () => token, store });
  for (let kept = -1; ; ) {
    const body = JSON.stringify({ kept, waiting: stream.waiting });
    const answer = await fetch(`${road}/next`, { method: 'POST', body });
    const { points, mayReload } = (await answer.json()) as Next;
    for (const point of points) stream.push(point);
    await stream.kept();
    kept = points.at(-1)?.seq ?? kept;
    if (mayReload) reload?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
