const ARROW = '10,1 16.5,18 10,14.5 3.5,18';

const DRIVERS = [
  { name: 'Available', kind: 'good full' },
  { name: 'Busy', kind: 'sky full' },
  { name: 'Unreachable', kind: 'act' },
];

/** What the shapes are; they fade as what is known of them gets old. */
export function Legend() {
  return (
    <ul class="legend" aria-label="Shapes on the map">
      {DRIVERS.map(({ name, kind }) => (
        <li key={name}>
          <svg viewBox="0 0 20 20" class={kind} aria-hidden="true">
            <polygon points={ARROW} />
          </svg>
          {name}
        </li>
      ))}
      <li>
        <span class="key pickup" /> pickup
      </li>
      <li>
        <span class="key dropoff" /> drop-off
      </li>
    </ul>
  );
}
