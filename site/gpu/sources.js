/** The files beside this module that hold the kernels' source text. The npm package has their text in its place (pysrc/npm). */

/**
 * @param {string} name of a kernel
 * @param {'glsl' | 'wgsl'} language
 * @returns {Promise<string>}
 */
export async function sourceOf(name, language) {
  const url = new URL(`./${language}/${name}.${language}`, import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`could not download ${name}.${language} (the server answered ${response.status})`);
  return response.text();
}
