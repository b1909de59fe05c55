import { expect, test } from '@jest/globals';
import { LogiHttp } from './logi-http.ts';

type Asked = { url: string; method: string; key: string | null; body: unknown };

/** What a service would answer, in order; and what it was asked. */
function serviceOf(...answers: (Response | Error)[]) {
  const asked: Asked[] = [];
  const http = new LogiHttp({
    booking: 'https://booking.test',
    tracking: 'https://tracking.test',
    getToken: () => 'token',
    maxWaitMs: 1_000,
    fetch: async (url, init = {}) => {
      const headers = new Headers(init.headers);
      asked.push({
        url: String(url),
        method: init.method ?? 'GET',
        key: headers.get('idempotency-key'),
        body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
      });
      const answer = answers.shift() ?? new Error('nothing to answer');
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { http, asked };
}

const refusal = (status: number, code: string, retryAfter?: string) =>
  Response.json(
    { error: { code, message: 'no', request_id: 'a' } },
    { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } },
  );
const trip = {
  pickup_location: { type: 'Point', coordinates: [13.4, 52.52] },
  dropoff_location: { type: 'Point', coordinates: [13.45, 52.5] },
  vehicle_type: 'van',
} as const;
const order = () => ({
  body: {
    ...trip,
    pickup_location: { type: 'Point' as const, coordinates: [13.4, 52.52] as [number, number] },
    dropoff_location: { type: 'Point' as const, coordinates: [13.45, 52.5] as [number, number] },
  },
});

test('a booking is made once, by one key, however often its answer is lost', async () => {
  const { http, asked } = serviceOf(
    new Error('reset'),
    refusal(503, 'unavailable', '0'),
    Response.json({ booking_id: 'b' }, { status: 201 }),
  );
  const result = await http.call('createBooking', order());
  expect(result).toMatchObject({ ok: true, status: 201, data: { booking_id: 'b' } });
  expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
  expect(asked).toHaveLength(3);
});

test('what could be done twice is not asked again when no answer came, and is after a 429', async () => {
  const { http, asked } = serviceOf(refusal(429, 'rate_limited', '0'), new Error('reset'), Response.json({}));
  const result = await http.call('acceptOffer', { path: { booking_id: 'a/b' } });
  expect(result).toMatchObject({ ok: false, status: null, error: { code: 'no_answer' } });
  expect(asked.map(({ url }) => url)).toEqual(Array(2).fill('https://booking.test/v1/bookings/a%2Fb/accept'));
});

test('attempts are bounded, and a wait that is too long is left to the caller', async () => {
  const often = serviceOf(...Array.from({ length: 9 }, () => refusal(503, 'unavailable', '0')));
  expect(await often.http.call('getMe', {})).toMatchObject({ ok: false, status: 503 });
  expect(often.asked).toHaveLength(3);
  const long = serviceOf(refusal(429, 'rate_limited', '60'));
  expect(await long.http.call('getMe', {})).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
  expect(long.asked).toHaveLength(1);
});

test('an error is known by its code, and by it its details', async () => {
  const { http } = serviceOf(
    Response.json(
      {
        error: {
          code: 'illegal_transition',
          message: 'no',
          request_id: 'a',
          details: { status: 'Accepted', allowed: ['In Transit'] },
        },
      },
      { status: 409 },
    ),
  );
  const result = await http.call('advanceStatus', { path: { booking_id: 'b' }, body: { status: 'Delivered' } });
  if (result.ok || result.error.code !== 'illegal_transition') throw new Error('it was to be refused');
  const allowed: string[] = result.error.details.allowed; // compiles for this code alone
  expect(allowed).toEqual(['In Transit']);
});

test('what something on the way answers is no answer of Logi', async () => {
  const { http } = serviceOf(new Response('<html>502</html>', { status: 502 }));
  expect(await http.call('getMe', {})).toMatchObject({ ok: false, error: { code: 'no_answer' } });
});

test('a query has what was given, and nothing else', async () => {
  const { http, asked } = serviceOf(Response.json({ items: [], next_cursor: null }));
  await http.call('listBookings', { query: { limit: 5, status: undefined } as { limit: number } });
  expect(asked[0]?.url).toBe('https://booking.test/v1/bookings?limit=5');
});
