/** The arguments in a pickle: numbers and text, read in order. Knows no opcode. */

const LONGEST_INTEGER = 1024; // bytes; a bigint of n bytes takes n² time

/** Reads a pickle from its start to its end; every method throws an Error past the end. */
export class PickleBytes {
  #at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Passes `count` bytes and returns the position of the first. */
  #pass(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new Error("it ends too early");
    this.#at += count;
    return at;
  }

  /** An unsigned number of 1 byte. */
  byte(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  /** An unsigned number of 2 bytes. */
  short(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }

  /** An unsigned number of 4 bytes. */
  unsigned(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  /** A signed number of 4 bytes. */
  signed(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }

  /** An unsigned number of 8 bytes. */
  long(): number {
    return Number(this.#view.getBigUint64(this.#pass(8), true));
  }

  /** A float64, big-endian as only here. */
  float(): number {
    return this.#view.getFloat64(this.#pass(8));
  }

  /** A signed number of `count` bytes; a bigint where a number would not be exact. */
  integer(count: number): number | bigint {
    if (count > LONGEST_INTEGER) throw new Error(`it has a whole number of ${count} bytes`);
    const at = this.#pass(count);
    let value = 0n;
    for (let i = at + count - 1; i >= at; i--) value = value << 8n | BigInt(this.#bytes[i]);
    value = BigInt.asIntN(8 * count, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  /** Text of `count` bytes. */
  text(count: number): string {
    const at = this.#pass(count);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + count));
  }

  /** Text up to the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    const text = this.text(end < 0 ? Infinity : end - this.#at);
    this.#pass(1);
    return text;
  }
}
