// Part of the language as Node runs it, but in the types only of browsers.
declare const WebAssembly: {
  readonly Memory: new (pages: {
    initial: number;
    maximum: number;
    shared: boolean;
  }) => { readonly buffer: SharedArrayBuffer };
};

const wasmPageBytes = 65536;

/**
 * Memory that threads can share and that begins at a page, as reading past the page cache (O_DIRECT) demands. The memory of a
 * WebAssembly module is the only kind JavaScript gets aligned. Zeroed, at most 4 GiB, untouched parts cost nothing.
 */
export function allocatePageAligned(bytes: number): SharedArrayBuffer {
  const pages = Math.max(1, Math.ceil(bytes / wasmPageBytes));
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
