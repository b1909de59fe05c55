import { DriverActs, DriverStream, IndexedDbStore, LogiClient } from './logi/browser.js';
import { CENTRE, call, createMap, readLink, show, showLine, toPlace } from './page.js';

const { gateway, booking: bookingUrl, tracking, token } = readLink();
const getToken = () => token;
const STEP_MS = 1_000;
const STEP_DEGREES = 0.0006;
const NEXT = {
  Accepted: 'En Route to Pickup',
  'En Route to Pickup': 'Arrived at Pickup',
  'Arrived at Pickup': 'Goods Collected',
  'Goods Collected': 'In Transit',
  'In Transit': 'Arrived at Drop-off',
  'Arrived at Drop-off': 'Delivered',
};

let here = CENTRE;
/** Where to drive, place by place. */
let way = [];
let isOnDuty = false;
let offer;
let booking;

const draw = createMap(document.getElementById('map'), (place) => {
  way = stepsTo(place);
});

const stream = new DriverStream({
  url: `${tracking}/v1/stream`,
  getToken,
  store: new IndexedDbStore('points'),
  onState: (state) => showLine('stream', state),
  onWaiting: () => render(),
  onRejected: ([{ code }]) => show('problem', `A position was not taken: ${code}`),
  onError: (error) => show('problem', error.message),
});
const acts = new DriverActs({
  url: bookingUrl,
  getToken,
  store: new IndexedDbStore('acts'),
  onOutcome: (outcome) => {
    if (outcome.is === 'done' && outcome.booking) take(outcome.booking);
    if (outcome.is === 'refused') show('problem', `Refused: ${outcome.message}`);
    render();
  },
});
const client = new LogiClient({
  url: gateway,
  getToken,
  onState: (state) => {
    showLine('line', state);
    if (state === 'open') void fetchState();
  },
  onGap: () => void fetchState(),
  onError: (error) => show('problem', error.message),
});
client.on('new_booking_request', ({ payload }) => {
  if (payload.offer_id) offer = payload;
  else void fetchState(); // given by an operator, without being asked
  render();
});
client.on('booking_offer_closed', ({ payload }) => {
  if (payload.booking_id === offer?.booking_id) offer = undefined;
  render();
});
client.on('status_update', ({ payload }) => {
  if (payload.booking_id === booking?.booking_id && payload.version > booking.version) {
    take({ ...booking, ...payload });
    render();
  }
});

listen('duty', async () => {
  const body = { status: isOnDuty ? 'Offline' : 'Available', vehicle_type: 'van', ...here };
  await call('PUT', `${tracking}/v1/drivers/me/status`, { token, body });
  isOnDuty = !isOnDuty;
});
listen('play', async () => {
  way = await (await fetch('trip.json')).json();
});
listen('accept', async () => void acts.do({ act: 'accept', booking_id: offer.booking_id }));
listen('decline', async () => {
  void acts.do({ act: 'decline', booking_id: offer.booking_id });
  offer = undefined;
});
listen('next', async () => {
  // On the screen at once; it is sent when there is a line, and in this order.
  const status = NEXT[booking.status];
  void acts.do({ act: 'status', booking_id: booking.booking_id, status });
  booking = { ...booking, status };
});

function listen(id, work) {
  document.getElementById(id).addEventListener('click', async () => {
    show('problem', '');
    await work().catch((error) => show('problem', `That did not work: ${error.message}`));
    render();
  });
}

function take(told) {
  if (offer?.booking_id === told.booking_id) offer = undefined;
  booking = NEXT[told.status] ? told : undefined;
}

async function fetchState() {
  try {
    const [me, offers] = await Promise.all([
      call('GET', `${tracking}/v1/drivers/me`, { token }),
      call('GET', `${bookingUrl}/v1/offers`, { token }),
    ]);
    isOnDuty = me.status !== 'Offline';
    [offer] = offers.items;
    // What this page has done and not yet sent is newer than what the server knows.
    if (me.booking_id && acts.waiting === 0)
      take(await call('GET', `${bookingUrl}/v1/bookings/${me.booking_id}`, { token }));
  } catch (error) {
    show('problem', `The state cannot be read: ${error.message}`);
  }
  render();
}

function stepsTo(place) {
  const [north, east] = [place.latitude - here.latitude, place.longitude - here.longitude];
  const count = Math.max(1, Math.ceil(Math.hypot(north, east) / STEP_DEGREES));
  return Array.from({ length: count }, (_, index) => ({
    latitude: here.latitude + (north * (index + 1)) / count,
    longitude: here.longitude + (east * (index + 1)) / count,
  }));
}

function render() {
  const waits = [stream.waiting && `positions: ${stream.waiting}`, acts.waiting && `acts: ${acts.waiting}`];
  show('waiting', waits.filter(Boolean).join(', ') || 'nothing waits');
  show('duty', isOnDuty ? 'Go off duty' : 'Go on duty');
  show('next', (booking && NEXT[booking.status]) ?? 'Next');
  show('booking', booking ? booking.status : offer ? `offered: ${offer.price_estimate} ${offer.currency}` : 'none');
  for (const id of ['accept', 'decline']) document.getElementById(id).disabled = !offer;
  document.getElementById('next').disabled = !booking;
  const trip = booking ?? offer;
  draw([
    { place: trip && toPlace(trip.pickup_location), text: 'from', colour: '#1b6e3c' },
    { place: trip && toPlace(trip.dropoff_location), text: 'to', colour: '#8a4b00' },
    { place: here, text: 'you', colour: '#1f4fbf' },
  ]);
}

setInterval(() => {
  here = way.shift() ?? here;
  if (isOnDuty) stream.push({ ...here, mock: true });
  render();
}, STEP_MS);
render();
