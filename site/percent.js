const format = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });

/**
 * @param {number} share in 0..1
 * @returns {string} such as "99.4%"; never more than "99.9%", because a network is never certain
 */
export function percent(share) {
  return format.format(Math.min(share, 0.999));
}
