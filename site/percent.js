/**
 * Not by Intl.NumberFormat, whose making alone took a sixth of the time until the pad takes ink.
 *
 * @param {number} share in 0..1
 * @returns {string} such as "99.4%"; never more than "99.9%", because a network is never certain
 */
export function percent(share) {
  return `${(100 * Math.min(share, 0.999)).toFixed(1)}%`;
}
