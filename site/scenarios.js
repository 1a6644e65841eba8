/**
 * What Python is for: each has a snapshot of its memory, the code that this puts off, and the packages that it needs.
 *
 * @typedef {{snapshot: string, late: string, packages: string[]}} Scenario names of files and packages
 */

/** The page for digits, whose snapshot has its model in it. */
export const DIGITS = { snapshot: 'snapshot-digits.bin', late: 'late-digits.bin', packages: ['kerata', 'numpy'] };

/** Models of any kind, which come later. */
export const MODELS = { snapshot: 'snapshot-models.bin', late: 'late-models.bin', packages: ['kerata', 'numpy', 'pyfive'] };
