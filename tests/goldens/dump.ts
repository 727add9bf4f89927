/** Writes every case of every op as JSON lines, with the numbers of its inputs: what make.py evaluates in PyTorch. */
import type { TypedArray } from "../../lib/dtype.ts";
import type { Tensor } from "../../lib/tensor.ts";
import type { Case } from "../cases/case.ts";
import { inputsOf, isDifferentiable, leavesOf, title } from "../cases/draw.ts";
import { type Op, table } from "../cases/table.ts";

/** One case as make.py reads it. */
export interface Row {
  readonly op: string;
  readonly family: string;
  /** The case in words, unique within the op. */
  readonly title: string;
  /** The Python expression; empty for the function or method of the op's name. */
  readonly torch: string;
  readonly args: readonly unknown[];
  readonly inputs: readonly { shape: readonly number[]; dtype: string; values: unknown[]; takes: boolean }[];
}

/** The rows of an op: every case that PyTorch can say something about. */
export function rowsOf(op: Op): { c: Case; row: Row }[] {
  if (op.torch === null) return [];
  return op.cases.map((c, i) => {
    const leaves = op.gradient !== "none" && isDifferentiable(c) ? leavesOf(c) : inputsOf(c);
    const inputs = leaves.map((x) => ({
      shape: x.shape,
      dtype: x.dtype,
      values: written(x),
      takes: x.requiresGrad,
    }));
    return {
      c,
      row: {
        op: op.name,
        family: op.family,
        title: `${i}: ${title(c)}`,
        torch: op.torch ?? "",
        args: c.args ?? [],
        inputs,
      },
    };
  });
}

/** A short name of the row's contents, to notice goldens that were made for another case. */
export function stampOf(row: Row): string {
  let hash = 0x811c9dc5; // FNV-1a
  for (const c of textOf(row)) hash = Math.imul(hash ^ c.codePointAt(0)!, 0x01000193) >>> 0;
  return hash.toString(16);
}

/** A row as JSON; numbers that are not finite are text there. */
function textOf(row: object): string {
  return JSON.stringify(row, (_, v) => typeof v === "number" && !Number.isFinite(v) ? String(v) : v);
}

/** Elements as JSON can hold them: what is not finite as text. */
export function written(x: Tensor): unknown[] {
  return [...x.toTypedArray() as TypedArray].map((v) =>
    Number.isFinite(v) && !Object.is(v, -0) ? v : Object.is(v, -0) ? "-0" : String(v)
  );
}

if (import.meta.main) {
  for (const op of table.filter(({ family }) => Deno.args.length === 0 || Deno.args.includes(family))) {
    for (const { row } of rowsOf(op)) console.log(textOf({ ...row, stamp: stampOf(row) }));
  }
}
