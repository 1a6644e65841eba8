/** Where the site's files are that workers ask for: beside this module, unless a bundler has put each elsewhere. */
let urls = {};

/** @param {Record<string, string>} elsewhere URLs of files by their paths in the site, such as "pyodide/python.mjs" */
export function setFileUrls(elsewhere) {
  urls = elsewhere;
}

/**
 * @param {string} path in the site
 * @returns {string} its URL
 */
export const fileUrl = (path) => urls[path] ?? new URL(path, import.meta.url).href;
