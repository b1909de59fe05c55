import { LogiClient } from './logi/browser.js';
import { ageInWords, call, createMap, readLink, show, showLine, toGeoJson, toPlace } from './page.js';

const { gateway, booking: bookingUrl, token } = readLink();
const OVER = ['Delivered', 'Returned', 'Cancelled', 'No Driver Found'];

let pickup = { latitude: 52.524, longitude: 13.39 };
let dropoff = { latitude: 52.512, longitude: 13.43 };
let isPickupNext = true;
/** As the server told it last. */
let booking;
/** `heardAt` by the clock of this page, as the driver's may be wrong. */
let driver;

const draw = createMap(document.getElementById('map'), (place) => {
  if (isUnderWay()) return;
  if (isPickupNext) pickup = place;
  else dropoff = place;
  isPickupNext = !isPickupNext;
  render();
});

const client = new LogiClient({
  url: gateway,
  getToken: () => token,
  onState: (state) => {
    showLine('line', state);
    if (state === 'open') void fetchState(); // also what was so before this page
  },
  onGap: () => void fetchState(),
  onError: (error) => show('problem', error.message),
});
client.on('status_update', ({ payload }) => {
  if (payload.booking_id !== booking?.booking_id || payload.version <= booking.version) return;
  booking = { ...booking, ...payload };
  if (payload.driver_id !== driver?.id) driver = undefined;
  render();
});
client.on('driver_location', ({ payload }) => {
  if (payload.booking_id !== booking?.booking_id) return;
  driver = { id: payload.driver_id, place: payload, heardAt: performance.now() - payload.age_ms };
  render();
});

document.getElementById('book').addEventListener('click', (event) =>
  attempt(event.target, async () => {
    const body = { pickup_location: toGeoJson(pickup), dropoff_location: toGeoJson(dropoff), vehicle_type: 'van' };
    // The same key for the same wish: however often it is sent, it is one booking.
    booking = await call('POST', `${bookingUrl}/v1/bookings`, { token, body, key: crypto.randomUUID() });
    driver = undefined;
  }),
);
document.getElementById('cancel').addEventListener('click', (event) =>
  attempt(event.target, async () => {
    booking = await call('POST', `${bookingUrl}/v1/bookings/${booking.booking_id}/cancel`, { token });
  }),
);

async function attempt(button, work) {
  button.disabled = true;
  show('problem', '');
  try {
    await work();
  } catch (error) {
    show('problem', `That did not work: ${error.message}`);
  }
  render();
}

async function fetchState() {
  try {
    const { items } = await call('GET', `${bookingUrl}/v1/bookings?limit=1`, { token });
    const [newest] = items;
    if (newest && (newest.booking_id !== booking?.booking_id || newest.version > booking.version)) booking = newest;
  } catch (error) {
    show('problem', `The booking cannot be read: ${error.message}`);
  }
  render();
}

function isUnderWay() {
  return booking !== undefined && !OVER.includes(booking.status);
}

function render() {
  if (isUnderWay()) {
    pickup = toPlace(booking.pickup_location);
    dropoff = toPlace(booking.dropoff_location);
  }
  const ageMs = driver && performance.now() - driver.heardAt;
  document.getElementById('book').disabled = isUnderWay();
  document.getElementById('cancel').disabled = !isUnderWay();
  show('booking', booking ? booking.status : 'none');
  show('driver', driver ? `${driver.id}, seen ${ageInWords(ageMs)}` : 'none yet');
  draw([
    { place: pickup, text: 'from', colour: '#1b6e3c' },
    { place: dropoff, text: 'to', colour: '#8a4b00' },
    { place: driver?.place, text: 'driver', colour: '#1f4fbf', isOld: ageMs > 15_000 },
  ]);
}

setInterval(render, 1_000);
render();
