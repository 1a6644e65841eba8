/**
 * @param {() => Promise<void>} bring
 * @returns {() => Promise<void>} brings it at the first call alone; where that failed, the next call tries again
 */
export function once(bring) {
  let brought;
  return () => {
    brought ??= bring().catch((error) => {
      brought = undefined;
      throw error;
    });
    return brought;
  };
}
