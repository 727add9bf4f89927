/** Every op with its checks: what the tests iterate over. */
import "../../mod.ts"; // makes ops methods, which gradients call
import * as fft from "../../ops/fft.ts";
import * as linalg from "../../ops/linalg.ts";
import * as ops from "../../ops/mod.ts";
import * as special from "../../ops/special.ts";
import { Tensor } from "../../lib/tensor.ts";
import { checks as activation } from "./activation.ts";
import { checks as adaptivePool } from "./adaptive_pool.ts";
import { checks as addmm } from "./addmm.ts";
import { checks as arithmetic } from "./arithmetic.ts";
import { checks as arrange } from "./arrange.ts";
import { checks as attention } from "./attention.ts";
import { checks as bessel } from "./bessel.ts";
import { checks as bitwise } from "./bitwise.ts";
import { checks as bounds } from "./bounds.ts";
import { checks as combine } from "./combine.ts";
import { checks as comparison } from "./comparison.ts";
import { checks as complex } from "./complex.ts";
import { checks as condition } from "./condition.ts";
import { checks as conv } from "./conv.ts";
import { checks as convert } from "./convert.ts";
import { checks as create } from "./create.ts";
import { checks as crossEntropy } from "./cross_entropy.ts";
import { checks as diagonal } from "./diagonal.ts";
import { checks as distance } from "./distance.ts";
import { checks as dropout } from "./dropout.ts";
import { checks as eigen } from "./eigen.ts";
import { checks as embedding } from "./embedding.ts";
import { checks as exponential } from "./exponential.ts";
import { checks as extremes } from "./extremes.ts";
import { checks as factor } from "./factor.ts";
import { checks as float } from "./float.ts";
import { checks as gamma } from "./gamma.ts";
import { checks as gated } from "./gated.ts";
import { checks as gather } from "./gather.ts";
import { checks as grid } from "./grid.ts";
import { checks as histogram } from "./histogram.ts";
import { checks as im2col } from "./im2col.ts";
import { checks as index } from "./index.ts";
import { checks as integrate } from "./integrate.ts";
import { checks as interpolate } from "./interpolate.ts";
import { checks as inverse } from "./inverse.ts";
import { checks as determinant } from "./determinant.ts";
import { checks as leastSquares } from "./least_squares.ts";
import { checks as lowRank } from "./low_rank.ts";
import { checks as lu } from "./lu.ts";
import { checks as matrixExp } from "./matrix_exp.ts";
import { checks as orthogonal } from "./orthogonal.ts";
import { checks as join } from "./join.ts";
import { checks as likelihood } from "./likelihood.ts";
import { checks as lookup } from "./lookup.ts";
import { checks as loss } from "./loss.ts";
import { checks as margin } from "./margin.ts";
import { checks as mask } from "./mask.ts";
import { checks as matmul } from "./matmul.ts";
import { checks as matrix } from "./matrix.ts";
import { checks as maxPool } from "./max_pool.ts";
import { checks as movement } from "./movement.ts";
import { checks as norm } from "./norm.ts";
import { checks as normLayer } from "./norm_layer.ts";
import { checks as normal } from "./normal.ts";
import { checks as normalize } from "./normalize.ts";
import { checks as pad } from "./pad.ts";
import { checks as pixelShuffle } from "./pixel_shuffle.ts";
import { checks as polynomial } from "./polynomial.ts";
import { checks as pool } from "./pool.ts";
import { checks as products } from "./products.ts";
import { checks as random } from "./random.ts";
import { checks as rank } from "./rank.ts";
import { checks as rearrange } from "./rearrange.ts";
import { checks as rectifier } from "./rectifier.ts";
import { checks as reduce } from "./reduce.ts";
import { checks as remainder } from "./remainder.ts";
import { checks as resize } from "./resize.ts";
import { checks as rnn } from "./rnn.ts";
import { checks as rnnCell } from "./rnn_cell.ts";
import { checks as rounding } from "./rounding.ts";
import { checks as sample } from "./sample.ts";
import { checks as scan } from "./scan.ts";
import { checks as scatterReduce } from "./scatter_reduce.ts";
import { checks as search } from "./search.ts";
import { checks as segment } from "./segment.ts";
import { checks as sequence } from "./sequence.ts";
import { checks as shift } from "./shift.ts";
import { checks as sign } from "./sign.ts";
import { checks as slice } from "./slice.ts";
import { checks as softmax } from "./softmax.ts";
import { checks as solve } from "./solve.ts";
import { checks as sort } from "./sort.ts";
import { checks as errorFunction } from "./error_function.ts";
import { checks as split } from "./split.ts";
import { checks as statistics } from "./statistics.ts";
import { checks as strided } from "./strided.ts";
import { checks as trigonometric } from "./trigonometric.ts";
import { checks as unique } from "./unique.ts";
import { checks as unpool } from "./unpool.ts";
import { checks as window } from "./window.ts";
import { checks as zeta } from "./zeta.ts";
import type { Case, Checks, Elsewhere, Table } from "./case.ts";

/** All families, by the file of ops/ that has them. */
const families = {
  activation,
  adaptivePool,
  addmm,
  arithmetic,
  arrange,
  attention,
  bessel,
  bitwise,
  bounds,
  combine,
  comparison,
  complex,
  condition,
  conv,
  convert,
  create,
  crossEntropy,
  diagonal,
  distance,
  dropout,
  eigen,
  embedding,
  exponential,
  extremes,
  factor,
  float,
  gamma,
  gated,
  gather,
  grid,
  histogram,
  im2col,
  index,
  integrate,
  interpolate,
  inverse,
  determinant,
  leastSquares,
  lowRank,
  lu,
  matrixExp,
  orthogonal,
  join,
  likelihood,
  lookup,
  loss,
  margin,
  mask,
  matmul,
  matrix,
  maxPool,
  movement,
  norm,
  normLayer,
  normal,
  normalize,
  pad,
  pixelShuffle,
  polynomial,
  pool,
  products,
  random,
  rank,
  rearrange,
  rectifier,
  reduce,
  remainder,
  resize,
  rnn,
  rnnCell,
  rounding,
  sample,
  scan,
  scatterReduce,
  search,
  segment,
  sequence,
  shift,
  sign,
  slice,
  softmax,
  solve,
  sort,
  errorFunction,
  split,
  statistics,
  strided,
  trigonometric,
  unique,
  unpool,
  window,
  zeta,
};

type Joined<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer All) => void ? All : never;

/** All in one; an op that none of them mentions does not compile. */
({} as Joined<(typeof families)[keyof typeof families]>) satisfies Table;

type Namespace = Readonly<Record<string, unknown>>;

/** Where functions live that are no methods. */
const spaces: Readonly<Record<string, Namespace>> = { fft, linalg, special };

/** One op under test. */
export interface Op extends Checks {
  /** As the library exports it: "linalg.inv" for what only a namespace has. */
  readonly name: string;
  readonly family: string;
  /** The op on the inputs of a case: all tensors it returns, however nested. */
  readonly run: (x: readonly Tensor[], c: Case) => Tensor[];
  /** The function itself. */
  readonly f: (...args: unknown[]) => unknown;
}

function opOf(name: string, family: string, checks: Checks): Op {
  const [first, second] = name.split(".");
  const f = (second ? spaces[first][second] : (ops as Namespace)[first]) as (...args: unknown[]) => unknown;
  const call = checks.call as ((x: readonly Tensor[], args: readonly unknown[]) => unknown) | undefined;
  // what changes its first input in place gets a copy
  const start = (x: readonly Tensor[]) =>
    name.endsWith("_") && x[0] instanceof Tensor ? [x[0].clone(), ...x.slice(1)] : x;
  const run: Op["run"] = (x, { args = [] }) =>
    tensorsOf(call ? call(start(x), args) : f(...start(x), ...args));
  return { ...checks, name, family, run, f };
}

/** All tensors in a result: one, an array, a tuple with names. */
export function tensorsOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return typeof result === "object" && result !== null ? Object.values(result).flatMap(tensorsOf) : [];
}

/** The families to test: all, unless `--family` names some (see run.ts). */
const chosen = Deno.env.get("DINOGRAD_FAMILY")?.split(",");

/** Every op, or those of the families chosen. */
export const table: readonly Op[] = Object.entries(families).flatMap(([family, checks]) => {
  if (chosen && !chosen.includes(family)) return [];
  return (Object.entries(checks) as [string, Checks | Elsewhere][])
    .flatMap(([name, entry]) => "elsewhere" in entry ? [] : [opOf(name, family, entry)]);
});
