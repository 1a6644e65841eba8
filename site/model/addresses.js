/**
 * Where the workers are, and the files that they ask for. In the npm package, a list of all of them stands in place of this
 * module (pysrc/npm), for bundlers give each file a name of its own.
 */

/** URLs of the workers. */
export const WORKERS = {
  fetcher: new URL('./fetcher.js', import.meta.url).href,
  worker: new URL('./worker.js', import.meta.url).href,
};

/** URLs of files by their paths in the site, as ../files.js takes them: of those that are elsewhere. */
export const FILES = {};
