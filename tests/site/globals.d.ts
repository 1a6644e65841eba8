/** What the page's scripts share through `self`, and what browsers have that TypeScript does not know. */

interface Window {
  /** The workers that the page's first script has opened. */
  early?: { fetcher: Worker; worker: Worker; events: Event[] };
  /** For automation. */
  kerata: object;
  KerasJS: any;
}

interface Navigator {
  connection?: { saveData: boolean };
}

interface ErrorConstructor {
  /** V8's. */
  stackTraceLimit: number;
}

declare const KerasJS: any;
declare const GPUBufferUsage: Record<'STORAGE' | 'COPY_SRC' | 'COPY_DST' | 'MAP_READ', number>;
declare const GPUMapMode: Record<'READ', number>;
