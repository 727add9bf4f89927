/** The files that NumPy and PyTorch wrote, with what is in them; made by tests/data/io.py. */
import { type io, Tensor } from "../mod.ts";
import json from "./data/io.json" with { type: "json" };

/** A tensor of a file: element type there, shape, values; JSON has no word for infinity but a string. */
export type Described = readonly [stored: string, shape: readonly number[], values: readonly unknown[]];

/** A file and what is in it. */
export interface Fixture {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly tensors: Readonly<Record<string, Described>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Everything in a checkpoint, tensors described. */
  readonly value: unknown;
}

/** Fixtures by name. */
export const fixtures: ReadonlyMap<string, Fixture> = new Map(
  Object.entries(json).map(([name, file]) => {
    const { bytes, tensors, metadata = {}, value = null } = {
      ...file as unknown as { bytes: string; tensors: Fixture["tensors"] },
      ...file as { metadata?: Fixture["metadata"]; value?: unknown },
    };
    return [name, { name, bytes: Uint8Array.fromBase64(bytes), tensors, metadata, value }];
  }),
);

/** The bytes of a fixture. */
export function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  return fixtures.get(name)!.bytes;
}

const held: Readonly<Record<string, string>> = {
  ...{ float16: "float32", bfloat16: "float32", int64: "int32", int16: "int32", int8: "int32" },
  ...{ uint64: "int32", uint32: "int32", uint16: "int32" },
};

/** What a tensor of a fixture should be here: dtype, shape, values. */
export function expected([stored, shape, values]: Described): unknown[] {
  return [held[stored] ?? stored, shape, values.map(Number)];
}

/** Dtype, shape and values of a tensor. */
export function facts(x: Tensor): unknown[] {
  return [x.dtype, x.shape, [...x.toTypedArray()]];
}

/** The facts of tensors anywhere in a value. */
export function factsWithin(value: io.TorchValue): unknown {
  if (value instanceof Tensor) return facts(value);
  if (Array.isArray(value)) return value.map(factsWithin);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, factsWithin(inner)]));
}
