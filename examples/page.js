/* What both pages share: who is here, a picture of the town, and plain words about the line. */

const METERS_PER_DEGREE = 111_320;
const SPAN_METERS = 6_000;
export const CENTRE = { latitude: 52.52, longitude: 13.405 };

/** Addresses and token come in the fragment, which no server sees, and stay in this tab. */
export function readLink() {
  if (location.hash.length > 1) {
    sessionStorage.setItem('logi', location.hash.slice(1));
    history.replaceState(null, '', location.pathname);
  }
  return Object.fromEntries(new URLSearchParams(sessionStorage.getItem('logi') ?? ''));
}

export function show(id, text) {
  document.getElementById(id).textContent = text;
}

const LINE = {
  connecting: 'connecting …',
  open: 'connected',
  waiting: 'not connected; trying again',
  closed: 'closed: another tab has it, or the token is not taken. Reload to try again',
};

export function showLine(id, state) {
  show(id, LINE[state]);
}

export function ageInWords(ms) {
  const seconds = Math.round(ms / 1_000);
  return seconds < 3 ? 'now' : seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

/** A call by HTTP; what is refused is thrown in the server's own words. */
export async function call(method, url, { token, body, key }) {
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const result = text === '' ? undefined : JSON.parse(text);
  if (!answer.ok) throw new Error(result?.error?.message ?? `status ${answer.status}`);
  return result;
}

export const toGeoJson = ({ latitude, longitude }) => ({ type: 'Point', coordinates: [longitude, latitude] });
export const toPlace = ({ coordinates: [longitude, latitude] }) => ({ latitude, longitude });

/** A square of the town without tiles of anybody. `draw` takes marks: `{ place, text, colour, isOld }`. */
export function createMap(canvas, onClick) {
  const perMeter = canvas.width / SPAN_METERS;
  const stretch = Math.cos((CENTRE.latitude * Math.PI) / 180);
  const toPixels = ({ latitude, longitude }) => [
    canvas.width / 2 + (longitude - CENTRE.longitude) * METERS_PER_DEGREE * stretch * perMeter,
    canvas.height / 2 - (latitude - CENTRE.latitude) * METERS_PER_DEGREE * perMeter,
  ];
  canvas.addEventListener('click', ({ offsetX, offsetY }) => {
    const scale = canvas.width / canvas.clientWidth;
    onClick({
      longitude: CENTRE.longitude + (offsetX * scale - canvas.width / 2) / perMeter / METERS_PER_DEGREE / stretch,
      latitude: CENTRE.latitude - (offsetY * scale - canvas.height / 2) / perMeter / METERS_PER_DEGREE,
    });
  });
  return function draw(marks) {
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#f4f2ec';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = '#dedad0';
    for (let street = 0; street <= canvas.width; street += canvas.width / 12) {
      pen.strokeRect(street, -1, 0, canvas.height + 2);
      pen.strokeRect(-1, street, canvas.width + 2, 0);
    }
    pen.font = '16px system-ui';
    for (const { place, text, colour, isOld } of marks.filter((mark) => mark.place)) {
      const [x, y] = toPixels(place);
      pen.globalAlpha = isOld ? 0.4 : 1;
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(x, y, 9, 0, 2 * Math.PI);
      pen.fill();
      pen.fillText(text, x + 14, y + 5);
      pen.globalAlpha = 1;
    }
  };
}
