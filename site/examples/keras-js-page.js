/** A page for Keras.js: its network answers what is drawn. `KerasJS` is Kerata's. */

const model = new KerasJS.Model({
  filepath: 'mnist_cnn.bin',
  gpu: true,
  transferLayerOutputs: true,
});

const pad = document.querySelector('canvas');
const answer = document.getElementById('answer');
const ink = pad.getContext('2d', { willReadFrequently: true });
Object.assign(ink, { lineWidth: 20, lineCap: 'round', lineJoin: 'round' });

const say = (text) => {
  answer.textContent = text;
};

model
  .ready()
  .then(() => say('Draw here.'))
  .catch((error) => say(error.message));

const draw = ({ offsetX, offsetY }) => {
  ink.lineTo(offsetX, offsetY);
  ink.stroke();
};

pad.addEventListener('pointerdown', (event) => {
  pad.setPointerCapture(event.pointerId);
  ink.beginPath();
  ink.moveTo(event.offsetX, event.offsetY);
  draw(event);
});

pad.addEventListener('pointermove', (event) => {
  if (pad.hasPointerCapture(event.pointerId)) draw(event);
});

pad.addEventListener('pointerup', () => {
  model
    .ready()
    .then(() => model.predict(digit()))
    .then(({ output }) => {
      const likeliest = output.indexOf(Math.max(...output));
      say(`${likeliest}, ${Math.round(100 * output[likeliest])}% sure`);
    })
    .catch((error) => say(error.message));
});

document.getElementById('clear').addEventListener('click', () => {
  ink.clearRect(0, 0, pad.width, pad.height);
  say('Draw here.');
});

/** The drawing as MNIST has digits: at most 20 pixels high and wide, its center of mass in the middle of 28 × 28. */
function digit() {
  const { size, x, y } = extent();
  const scale = 20 / size;
  const small = new OffscreenCanvas(28, 28).getContext('2d', { willReadFrequently: true });
  small.imageSmoothingQuality = 'high';
  small.drawImage(pad, 14 - scale * x, 14 - scale * y, scale * pad.width, scale * pad.height);
  const { data } = small.getImageData(0, 0, 28, 28);
  return Float32Array.from({ length: 784 }, (_, pixel) => data[4 * pixel + 3] / 255); // the network learned 0 to 1
}

/** How large the drawing is, in pixels, and its center of mass. */
function extent() {
  const { data, width } = ink.getImageData(0, 0, pad.width, pad.height);
  let [left, right, top, bottom] = [Infinity, 0, Infinity, 0];
  let [count, sumX, sumY] = [0, 0, 0];
  for (let pixel = 0; pixel < data.length / 4; pixel += 1) {
    if (data[4 * pixel + 3] < 128) continue;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    [count, sumX, sumY] = [count + 1, sumX + x, sumY + y];
  }
  return { size: 1 + Math.max(right - left, bottom - top), x: sumX / count, y: sumY / count };
}
