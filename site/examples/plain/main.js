/** A digit that is drawn is recognized. No bundler: `kerata.js` is a module that browsers import from where it lies. */
import { Model } from '../../kerata.js';

const pad = document.querySelector('canvas'); // 28 × 28 pixels, as many as the network reads
const answer = document.querySelector('output');
const ink = pad.getContext('2d', { willReadFrequently: true });
Object.assign(ink, { strokeStyle: '#fff', lineWidth: 2.5, lineCap: 'round', lineJoin: 'round' });

const model = new Model({ filepath: '../mnist_cnn.bin' });

try {
  await model.ready();
  answer.textContent = 'Draw here, large and in the middle.';
} catch (error) {
  answer.textContent = error.message;
}

/** From 0 for black to 1 for white, as the network learned them. */
function pixels() {
  const { data } = ink.getImageData(0, 0, 28, 28);
  return Float32Array.from({ length: 28 * 28 }, (_, pixel) => data[4 * pixel] / 255);
}

async function recognize() {
  const [probabilities] = Object.values(await model.predict(pixels()));
  const digit = probabilities.indexOf(Math.max(...probabilities));
  answer.textContent = `${digit}, ${Math.round(100 * probabilities[digit])}% sure`;
}

function draw({ offsetX, offsetY, buttons }) {
  if (!buttons) return;
  ink.lineTo(offsetX / 10, offsetY / 10);
  ink.stroke();
}

pad.addEventListener('pointerdown', (event) => {
  ink.beginPath();
  draw(event);
});
pad.addEventListener('pointermove', draw);
pad.addEventListener('pointerup', recognize);
document.querySelector('button').addEventListener('click', () => ink.clearRect(0, 0, 28, 28));
