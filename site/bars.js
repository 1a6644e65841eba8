/** Ten bars, one for each digit: how probable the network finds it. */
import { percent } from './percent.js';

/**
 * @param {HTMLOListElement} list empty; it is filled with ten items
 * @returns {(probabilities: ArrayLike<number> | null) => void} shows ten probabilities, or none
 */
export function createBars(list) {
  const items = Array.from({ length: 10 }, (_, digit) => createItem(digit));
  list.replaceChildren(...items);

  function show(probabilities) {
    const shares = Array.from(probabilities ?? new Array(10).fill(0));
    const best = probabilities ? shares.indexOf(Math.max(...shares)) : -1;
    items.forEach((item, digit) => {
      item.style.setProperty('--share', shares[digit]);
      item.querySelector('.share').textContent = probabilities ? percent(shares[digit]) : '';
      item.classList.toggle('best', digit === best);
    });
  }

  show(null);
  return show;
}

function createItem(digit) {
  const item = document.createElement('li');
  item.innerHTML = `<span class="label">${digit}</span><span class="bar"></span><span class="share"></span>`;
  return item;
}
