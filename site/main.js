/** Wires the page together: ink goes from the pad to Python, answers come back to the reader's side. */
import { AnswerView } from './answer.js';
import { createBars } from './bars.js';
import { acceptEdits } from './edits.js';
import { EngineView } from './engine.js';
import { canvasReadsBack, renderFrame } from './frame.js';
import { OfflineView } from './offline.js';
import { Pad } from './pad.js';
import { acceptPictures } from './pictures.js';
import { createPreview } from './preview.js';
import { Recogniser } from './recogniser.js';
import { StatusView } from './status.js';

const root = document.documentElement;
const find = (id) => document.getElementById(id);

const pad = new Pad(find('pad'), inkChanged);
performance.mark('kerata:pad');

const answerView = new AnswerView(find('answer'), find('announcer'));
const showBars = createBars(find('bars'));
const showPreview = createPreview(find('seen'));
const statusView = new StatusView(find('status'), start);
const engineView = new EngineView(find('engine'), switchTo);
const offlineView = new OfflineView(find('offline'));

const recogniser = new Recogniser(compose, {
  onProgress: (progress) => statusView.showProgress(progress),
  onUnrestored: (reason) => engineView.showStart(`Python started more slowly, without its snapshot: ${reason}`),
  onRuntime: tryCanvas,
  onReady: ready,
  onBackend: computedBy,
  onAnswer: answered,
  onIdle: () => offlineView.keepSite(), // which takes the processor
  onFailure: failed,
});

/** A drawing is strokes, or an ImageData as it is. */
function compose(drawing) {
  const isImage = drawing instanceof ImageData;
  if (!isImage && root.dataset.readback === 'strokes') {
    return { message: { type: 'strokes', strokes: drawing }, transfer: [] };
  }
  // An image is copied, because what is transferred is gone and a worker that died has to be asked again.
  const { width, height, data } = isImage ? structuredClone(drawing) : renderFrame(drawing);
  return { message: { type: 'frame', width, height, buffer: data.buffer }, transfer: [data.buffer] };
}

function start() {
  root.dataset.state = 'loading';
  statusView.showStarting();
  engineView.showStart('');
  recogniser.start();
}

/** When the first frame is painted, and no drawing has been sent to Python yet. */
function tryCanvas() {
  performance.mark('kerata:runtime');
  // Where the canvas gives noise back, Python draws the strokes itself.
  root.dataset.readback ??= canvasReadsBack() ? 'pixels' : 'strokes';
}

/** Something to look at while Python comes; without it, nothing is missing. */
async function showExample() {
  const response = await fetch(new URL('models/sample.json', import.meta.url)).catch(() => null);
  if (!response?.ok) return;
  const sample = await response.json();
  if (root.dataset.state === 'loading' && pad.blank) answerView.showStored(sample);
}

function ready() {
  performance.mark('kerata:ready');
  root.dataset.state = 'ready';
  statusView.showReady(find('answer').dataset.backend);
  if (pad.blank) answerView.showBlank();
}

function computedBy(engine) {
  answerView.backend = engine.backend;
  engineView.show(engine);
}

async function switchTo(backend) {
  try {
    await recogniser.switchTo(backend);
    statusView.showReady(find('answer').dataset.backend);
    if (!pad.blank) lookAtPad();
  } catch (error) {
    engineView.settle(error.message);
  }
}

function failed(sentence) {
  root.dataset.state = 'error';
  statusView.showError(sentence);
}

/** Each prediction that finished, whether its ink is still on the pad or not. */
function answered({ milliseconds }) {
  if (performance.getEntriesByName('kerata:first-prediction').length === 0) {
    performance.mark('kerata:first-prediction');
  }
  root.dataset.state = 'ready'; // again, if an earlier drawing had been refused
  statusView.showReady(find('answer').dataset.backend, milliseconds);
  answerView.count();
}

function inkChanged() {
  find('sheet').classList.toggle('blank', pad.blank);
  answerView.busy = !pad.blank;
  if (pad.blank) {
    show(null);
  } else {
    lookAtPad();
  }
}

async function lookAtPad() {
  const { revision, erasures } = pad;
  try {
    const answer = await recogniser.predictLatest(pad.picture ?? pad.strokes);
    if (!answer || erasures !== pad.erasures) return; // overtaken by newer ink, or about ink that is gone
    show(answer);
    if (revision !== pad.revision) return; // the pen went on; that ink is asked about already
    answerView.busy = false;
    if (!pad.drawing) answerView.announce(answer);
  } catch (error) {
    failed(error.message);
  }
}

function show(answer) {
  if (answer) {
    answerView.show(answer);
  } else {
    answerView.showBlank();
  }
  showBars(answer?.probabilities);
  showPreview(answer?.pixels);
}

acceptPictures(find('picture'), (picture) => pad.show(picture), failed);
acceptEdits([find('undo'), find('redo'), find('clear')], (edit) => pad[edit]());

new PerformanceObserver((entries, observer) => {
  for (const { name, startTime } of entries.getEntries()) {
    if (name !== 'first-contentful-paint') continue;
    performance.mark('kerata:paint', { startTime });
    observer.disconnect();
  }
}).observe({ type: 'paint', buffered: true });

async function predict(drawing) {
  const { digit, verdict, probabilities } = await recogniser.predict(drawing);
  return { digit, verdict, probabilities: probabilities && Array.from(probabilities) };
}

/**
 * @typedef {object} Reading null throughout where there was no ink
 * @property {number | null} digit the most probable
 * @property {'sure' | 'maybe' | 'none' | null} verdict none: it looks like no digit
 * @property {number[] | null} probabilities
 */

/** For automation: reads a drawing by the pad's own path, without touching the pad. */
window.kerata = {
  /**
   * @param {import('./strokes.js').Stroke[]} strokes in 0..1
   * @returns {Promise<Reading>}
   */
  predictStrokes: (strokes) => predict(strokes),

  /**
   * @param {ImageData} image one digit, in any colours and of any size
   * @returns {Promise<Reading>}
   */
  predictImage: (image) => predict(image),
};

inkChanged();
if (root.dataset.state === 'loading') {
  start();
  showExample();
} // else start.js has said why not
