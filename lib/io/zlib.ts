/**
 * What of node:zlib is used. It is looked up at run time: importing it would add 10 ms to every start, and a browser has
 * none.
 */

/** The functions that are called here. */
export interface Zlib {
  readonly crc32?: (bytes: Uint8Array, value: number) => number;
  readonly gunzipSync: (bytes: Uint8Array, options: UnzipOptions) => Uint8Array;
  readonly constants: { readonly Z_SYNC_FLUSH: number };
}

/** How to unzip. */
export interface UnzipOptions {
  /** More bytes than these are an error. */
  readonly maxOutputLength?: number;
  /** What to make of an end that comes too early. */
  readonly finishFlush?: number;
}

/** The module, or undefined where there is none. */
export function zlib(): Zlib | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Zlib } };
  return process?.getBuiltinModule?.("node:zlib");
}
