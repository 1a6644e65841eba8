/** Has a page predict, and tells its host when it had, and what happened until then: milliseconds since it was opened. */

const tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: 'longtask', buffered: true });

// A page of ours predicts what is drawn; a peer's has done so without being asked, `predicted.js`.
const answer = window.kerata ? (await kerata.predictStrokes(STROKES)).digit : await window.answer;

const at = (type, name) => performance.getEntriesByType(type).find((entry) => entry.name === name)?.startTime ?? null;
const measured = {
  answer,
  paint: at('paint', 'first-contentful-paint'),
  pad: at('mark', 'kerata:pad'),
  python: at('mark', 'kerata:runtime'),
  prediction: at('mark', 'first-prediction') ?? at('mark', 'kerata:first-prediction'),
  blocked: tasks.reduce((sum, task) => sum + task.duration - 50, 0),
};
if (location.search === '?keep') await navigator.serviceWorker.ready;
await fetch('measured', { method: 'POST', body: JSON.stringify(measured) });
