/** The 28×28 picture that the network sees: white ink on black, as MNIST's digits are. */

const SIDE = 28;

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {(pixels: ArrayLike<number> | null) => void} shows 784 values in 0..1, or none
 */
export function createPreview(canvas) {
  const context = canvas.getContext('2d');
  const image = context.createImageData(SIDE, SIDE);

  return function show(pixels) {
    if (!pixels) return context.clearRect(0, 0, SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const grey = Math.round(pixels[i] * 255);
      image.data.set([grey, grey, grey, 255], i * 4);
    }
    context.putImageData(image, 0, 0);
  };
}
