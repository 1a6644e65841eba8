/** Pictures of digits instead of drawings: opened, dropped on the page, or pasted. */

const LONGEST_SIDE = 448; // pixels; Python looks at no more than half of them

/**
 * @param {HTMLInputElement} input for files
 * @param {(picture: ImageData) => void} onPicture
 * @param {(sentence: string) => void} onRefused
 */
export function acceptPictures(input, onPicture, onRefused) {
  async function take(files) {
    const file = files?.[0];
    if (!file) return;
    try {
      onPicture(await readPicture(file));
    } catch {
      onRefused(`${file.name} is not a picture that this browser can read: try a PNG or JPEG file.`);
    }
  }

  input.addEventListener('change', async () => {
    await take(input.files);
    input.value = ''; // so that the same file, opened again, is a change
  });
  addEventListener('paste', (event) => take(event.clipboardData?.files));
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files);
  });
}

async function readPicture(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
