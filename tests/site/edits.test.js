import assert from 'node:assert/strict';
import { test } from 'node:test';

class HTMLSelectElement extends EventTarget {}
const page = new EventTarget();
Object.assign(globalThis, { HTMLSelectElement, addEventListener: page.addEventListener.bind(page) });

const { acceptEdits } = await import('../../site/edits.js');

const edits = [];
const buttons = ['undo', 'redo', 'clear'].map((id) => Object.assign(new EventTarget(), { id }));
acceptEdits(buttons, (edit) => edits.push(edit));

/** The edits that a key leads to, and whether the browser still does with it what it always does. */
function press(key, modifiers = {}, target = page) {
  const event = Object.assign(new Event('keydown', { cancelable: true }), { key, ...modifiers });
  Object.defineProperty(event, 'target', { value: target });
  edits.length = 0;
  const isLeft = page.dispatchEvent(event);
  return [...edits, ...(isLeft ? ['left to the browser'] : [])];
}

test('keys of every system edit', () => {
  for (const control of [{ ctrlKey: true }, { metaKey: true }]) {
    assert.deepEqual(press('z', control), ['undo']);
    assert.deepEqual(press('y', control), ['redo']);
    assert.deepEqual(press('Z', { ...control, shiftKey: true }), ['redo']);
  }
  assert.deepEqual(press('Escape'), ['clear']);
  assert.deepEqual(press('Delete'), ['clear']);
});

test('other keys, other modifiers and keys for a list are left to the browser', () => {
  assert.deepEqual(press('z'), ['left to the browser']);
  assert.deepEqual(press('z', { ctrlKey: true, altKey: true }), ['left to the browser']);
  assert.deepEqual(press('Delete', { ctrlKey: true }), ['left to the browser']);
  assert.deepEqual(press('Escape', {}, new HTMLSelectElement()), ['left to the browser']);
});

test('a button does what it is called', () => {
  edits.length = 0;
  for (const button of buttons) button.dispatchEvent(new Event('click'));
  assert.deepEqual(edits, ['undo', 'redo', 'clear']);
});
