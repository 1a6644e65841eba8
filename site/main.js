/** Wires the page together: ink goes from the pad to Python, answers come back to the reader's side. */
import { AnswerView } from './answer.js';
import { createAutomation } from './automation.js';
import { createBars } from './bars.js';
import { acceptEdits } from './edits.js';
import { EngineView } from './engine.js';
import { readBackError, renderFrame } from './frame.js';
import { OfflineView } from './offline.js';
import { Pad } from './pad.js';
import { PictureInput } from './pictures.js';
import { createPreview } from './preview.js';
import { Recogniser } from './recogniser.js';
import { StatusView } from './status.js';

const root = document.documentElement;
/** @type {(id: string) => any} */
const find = (id) => document.getElementById(id);
let waiting = false; // whether what is on the pad has not been answered yet

const pad = new Pad(find('pad'), inkChanged);
performance.mark('kerata:pad');

const answerView = new AnswerView(find('answer'), find('announcer'));
const showBars = createBars(find('bars'));
const showPreview = createPreview(find('seen'));
const pictureInput = new PictureInput(find('picture'), {
  onOpening: (name) => showPictureNotice(`Opening ${name} …`),
  onPicture: (picture) => pad.show(picture),
  onRefused: showPictureNotice,
});
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
  // An image is copied, because what is transferred is gone, and the pad goes on showing it.
  const { width, height, data } = isImage ? structuredClone(drawing) : renderFrame(drawing);
  return { message: { type: 'frame', width, height, buffer: data.buffer }, transfer: [data.buffer] };
}

function start() {
  root.dataset.state = 'loading';
  statusView.showStarting();
  engineView.showStart('');
  recogniser.start();
  if (!pad.blank) lookAtPad();
}

/** When the first frame is painted, and no drawing has been sent to Python yet. */
function tryCanvas() {
  performance.mark('kerata:runtime');
  // Where the canvas gives noise back, Python draws the strokes itself.
  root.dataset.readback ??= readBackError() === 0 ? 'pixels' : 'strokes';
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
  if (pad.blank) answerView.showEmpty('blank');
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
  if (root.dataset.state === 'error') return; // start.js has said why
  root.dataset.state = 'error';
  statusView.showError(sentence);
}

/** Each prediction that finished, whether its ink is still on the pad or not. */
function answered({ milliseconds }) {
  if (performance.getEntriesByName('kerata:first-prediction').length === 0) {
    performance.mark('kerata:first-prediction');
  }
  statusView.showReady(find('answer').dataset.backend, milliseconds);
  answerView.count();
}

function inkChanged() {
  find('sheet').classList.toggle('blank', pad.blank);
  forgetPicture();
  if (pad.blank) {
    show(null);
    setWaiting(false);
  } else {
    lookAtPad();
  }
}

/** The last action counts: a picture that is still being opened does not come over it. */
function forgetPicture() {
  pictureInput.cancel();
  showPictureNotice('');
}

function showPictureNotice(sentence) {
  statusView.showNotice(sentence);
  setWaiting(waiting);
}

function setWaiting(value) {
  waiting = value;
  answerView.busy = waiting || pictureInput.opening;
}

async function lookAtPad() {
  const { revision, erasures } = pad;
  setWaiting(true);
  answerView.showWaiting();
  try {
    const answer = await recogniser.predictLatest(pad.picture ?? pad.strokes);
    if (!answer || erasures !== pad.erasures) return; // overtaken by newer ink, or about ink that is gone
    show(answer);
    if (revision !== pad.revision) return; // the pen went on; that ink is asked about already
    setWaiting(false);
    if (!pad.drawing) answerView.announce(answer);
  } catch (error) {
    if (revision === pad.revision) showUnread(error.message);
  }
}

function showUnread(sentence) {
  show(null);
  answerView.showEmpty('unread');
  setWaiting(false);
  if (root.dataset.state !== 'error') statusView.showNotice(sentence); // else it is shown already
}

function show(answer) {
  if (answer) {
    answerView.show(answer);
  } else {
    answerView.showEmpty('blank');
  }
  showBars(answer?.probabilities);
  showPreview(answer?.pixels);
}

acceptEdits([find('undo'), find('redo'), find('clear')], (edit) => {
  forgetPicture();
  pad[edit]();
});

new PerformanceObserver((entries, observer) => {
  for (const { name, startTime } of entries.getEntries()) {
    if (name !== 'first-contentful-paint') continue;
    performance.mark('kerata:paint', { startTime });
    observer.disconnect();
  }
}).observe({ type: 'paint', buffered: true });

window.kerata = createAutomation(recogniser);

inkChanged();
if (root.dataset.state === 'loading') {
  start();
  showExample();
} // else start.js has said why not
