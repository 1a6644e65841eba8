/** Undo, redo and clear, by buttons and keys. */

/** @typedef {'undo' | 'redo' | 'clear'} Edit */

/**
 * Control stands for a Mac's Command, too.
 * @type {Record<string, Edit>}
 */
const KEYS = {
  'Control z': 'undo',
  'Control y': 'redo',
  'Control Shift z': 'redo',
  Escape: 'clear',
  Delete: 'clear',
};

/**
 * @param {HTMLButtonElement[]} buttons whose ids are edits
 * @param {(edit: Edit) => void} onEdit
 */
export function acceptEdits(buttons, onEdit) {
  for (const button of buttons) button.addEventListener('click', () => onEdit(/** @type {Edit} */ (button.id)));
  addEventListener('keydown', (event) => {
    const edit = KEYS[pressed(event)];
    if (!edit || event.target instanceof HTMLSelectElement) return; // a list needs its keys itself
    event.preventDefault();
    onEdit(edit);
  });
}

/** The key with its modifiers, as in KEYS. */
function pressed({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const modifiers = [(ctrlKey || metaKey) && 'Control', altKey && 'Alt', shiftKey && 'Shift'];
  return [...modifiers.filter(Boolean), key.length === 1 ? key.toLowerCase() : key].join(' ');
}
