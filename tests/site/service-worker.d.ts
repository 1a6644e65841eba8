/** What the build puts before the service worker. */

declare const FILES: Record<string, string>;
declare const SIZES: string;
