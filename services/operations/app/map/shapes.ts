import type { Map as MapLibre } from 'maplibre-gl';
import type { Look } from '../styles/look.ts';

const PX = 20;
/** Drawn larger than shown, for screens that have more pixels. */
const RATIO = 2;

type Draw = (pen: CanvasRenderingContext2D) => void;

const arrow: Draw = (pen) => {
  pen.moveTo(10, 1);
  pen.lineTo(16.5, 18);
  pen.lineTo(10, 14.5);
  pen.lineTo(3.5, 18);
  pen.closePath();
};
const dot: Draw = (pen) => pen.arc(10, 10, 5.5, 0, 2 * Math.PI);
const square: Draw = (pen) => pen.rect(4.5, 4.5, 11, 11);

/** Every shape that a map of ours has: drivers as arrows or dots, a pickup as a full square, a drop-off as an empty one. */
export function addShapes(map: MapLibre, look: Look): void {
  const add = (name: string, draw: Draw, { fill, edge }: { fill: string; edge: string }) => {
    const image = painted(draw, fill, edge);
    if (image) map.addImage(name, image, { pixelRatio: RATIO });
  };
  const labels = { Available: look.good, Busy: look.sky, Unreachable: look.act, Offline: look.quiet };
  for (const [label, colour] of Object.entries(labels)) {
    const isGone = label === 'Unreachable' || label === 'Offline';
    const paint = isGone ? { fill: look.ground, edge: colour } : { fill: colour, edge: look.ground };
    add(`${label} arrow`, arrow, paint);
    add(`${label} dot`, dot, paint);
  }
  add('pickup', square, { fill: look.text, edge: look.ground });
  add('dropoff', square, { fill: look.ground, edge: look.text });
}

function painted(draw: Draw, fill: string, edge: string): ImageData | undefined {
  const canvas = document.createElement('canvas');
  canvas.width = PX * RATIO;
  canvas.height = PX * RATIO;
  const pen = canvas.getContext('2d');
  if (!pen) return undefined;
  pen.scale(RATIO, RATIO);
  pen.beginPath();
  draw(pen);
  pen.fillStyle = fill;
  pen.strokeStyle = edge;
  pen.lineWidth = 2;
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
