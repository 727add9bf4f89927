/** Every op with its checks: what the tests iterate over. */
import "../../mod.ts"; // makes ops methods, which gradients call
import * as ops from "../../ops/mod.ts";
import { Tensor } from "../../lib/tensor.ts";
import { checks as activation } from "./activation.ts";
import { checks as arithmetic } from "./arithmetic.ts";
import { checks as arrange } from "./arrange.ts";
import { checks as bounds } from "./bounds.ts";
import { checks as comparison } from "./comparison.ts";
import { checks as condition } from "./condition.ts";
import { checks as convert } from "./convert.ts";
import { checks as create } from "./create.ts";
import { checks as crossEntropy } from "./cross_entropy.ts";
import { checks as diagonal } from "./diagonal.ts";
import { checks as dropout } from "./dropout.ts";
import { checks as exponential } from "./exponential.ts";
import { checks as extremes } from "./extremes.ts";
import { checks as gather } from "./gather.ts";
import { checks as index } from "./index.ts";
import { checks as join } from "./join.ts";
import { checks as lookup } from "./lookup.ts";
import { checks as loss } from "./loss.ts";
import { checks as mask } from "./mask.ts";
import { checks as matmul } from "./matmul.ts";
import { checks as movement } from "./movement.ts";
import { checks as pad } from "./pad.ts";
import { checks as random } from "./random.ts";
import { checks as rearrange } from "./rearrange.ts";
import { checks as rectifier } from "./rectifier.ts";
import { checks as reduce } from "./reduce.ts";
import { checks as rounding } from "./rounding.ts";
import { checks as sample } from "./sample.ts";
import { checks as scatterReduce } from "./scatter_reduce.ts";
import { checks as slice } from "./slice.ts";
import { checks as softmax } from "./softmax.ts";
import { checks as special } from "./special.ts";
import { checks as split } from "./split.ts";
import { checks as strided } from "./strided.ts";
import { checks as trigonometric } from "./trigonometric.ts";
import type { Case, Checks, Elsewhere, Table } from "./case.ts";

/** All families in one; an op that none of them mentions does not compile. */
const checks: Table = {
  ...activation,
  ...arithmetic,
  ...arrange,
  ...bounds,
  ...comparison,
  ...condition,
  ...convert,
  ...create,
  ...crossEntropy,
  ...diagonal,
  ...dropout,
  ...exponential,
  ...extremes,
  ...gather,
  ...index,
  ...join,
  ...lookup,
  ...loss,
  ...mask,
  ...matmul,
  ...movement,
  ...pad,
  ...random,
  ...rearrange,
  ...rectifier,
  ...reduce,
  ...rounding,
  ...sample,
  ...scatterReduce,
  ...slice,
  ...softmax,
  ...special,
  ...split,
  ...strided,
  ...trigonometric,
};

/** One op under test. */
export interface Op extends Checks {
  readonly name: string;
  /** The op on the inputs of a case: all tensors it returns, however nested. */
  readonly run: (x: readonly Tensor[], c: Case) => Tensor[];
  /** The function itself. */
  readonly f: (...args: unknown[]) => unknown;
}

function opOf(name: string, checks: Checks): Op {
  const f = ops[name as keyof Table] as (...args: unknown[]) => unknown;
  const call = checks.call as ((x: readonly Tensor[], args: readonly unknown[]) => unknown) | undefined;
  // what changes its first input in place gets a copy
  const start = (x: readonly Tensor[]) =>
    name.endsWith("_") && x[0] instanceof Tensor ? [x[0].clone(), ...x.slice(1)] : x;
  const run: Op["run"] = (x, { args = [] }) =>
    tensorsOf(call ? call(start(x), args) : f(...start(x), ...args));
  return { ...checks, name, run, f };
}

/** All tensors in a result: one, an array, a tuple with names. */
export function tensorsOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return typeof result === "object" && result !== null ? Object.values(result).flatMap(tensorsOf) : [];
}

/** Every op. */
export const table: readonly Op[] = (Object.entries(checks) as [string, Checks | Elsewhere][])
  .flatMap(([name, entry]) => "elsewhere" in entry ? [] : [opOf(name, entry)]);
