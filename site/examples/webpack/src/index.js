/** A digit in a picture that is chosen is recognized. */
import { Model } from 'kerata';

const input = document.querySelector('input');
const answer = document.querySelector('output');
const model = new Model({ filepath: new URL('./mnist_cnn.bin', import.meta.url) }); // webpack copies it to dist/

model.ready().then(
  () => (answer.textContent = 'Choose a picture.'),
  (error) => (answer.textContent = error.message),
);

input.addEventListener('change', async () => {
  await model.ready();
  const [probabilities] = Object.values(await model.predict(await pixelsOf(input.files[0])));
  const digit = probabilities.indexOf(Math.max(...probabilities));
  answer.textContent = `${digit}, ${Math.round(100 * probabilities[digit])}% sure`;
});

/** At the network's size, from 0 for black to 1 for white. */
async function pixelsOf(file) {
  const small = new OffscreenCanvas(28, 28).getContext('2d');
  small.drawImage(await createImageBitmap(file), 0, 0, 28, 28);
  const { data } = small.getImageData(0, 0, 28, 28);
  return Float32Array.from({ length: 28 * 28 }, (_, pixel) => data[4 * pixel] / 255);
}
