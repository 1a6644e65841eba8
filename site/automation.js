/** `window.kerata`, for tests and scripts: reads drawings by the pad's own path, without touching the pad. */

/**
 * @typedef {object} Reading null throughout where there was no ink
 * @property {number | null} digit the most probable
 * @property {'sure' | 'maybe' | 'none' | null} verdict none: it looks like no digit
 * @property {number[] | null} probabilities
 */

/** @param {import('./recogniser.js').Recogniser} recogniser */
export function createAutomation(recogniser) {
  async function predict(drawing) {
    const { digit, verdict, probabilities } = await recogniser.predict(drawing);
    return { digit, verdict, probabilities: probabilities && Array.from(probabilities) };
  }

  return {
    /**
     * @param {import('./strokes.js').Stroke[]} strokes in any unit
     * @returns {Promise<Reading>} rejects with a sentence, as the next one does
     */
    async predictStrokes(strokes) {
      if (!isList(strokes, (stroke) => isList(stroke, isPoint))) {
        throw new TypeError('predictStrokes: expected [[[x, y], …], …], a list of points for each stroke.');
      }
      return predict(strokes);
    },

    /**
     * @param {ImageData} image one digit, in any colours and of any size
     * @returns {Promise<Reading>}
     */
    async predictImage(image) {
      // One that was transferred is empty.
      if (!(image instanceof ImageData && image.data.length > 0)) {
        throw new TypeError('predictImage: expected an ImageData with its pixels.');
      }
      return predict(image);
    },
  };
}

function isList(value, isItem) {
  return Array.isArray(value) && value.every(isItem);
}

function isPoint(value) {
  return value?.length === 2 && Number.isFinite(value[0]) && Number.isFinite(value[1]);
}
