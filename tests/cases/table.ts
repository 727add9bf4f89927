/** Every op with its checks: what the tests iterate over. */
import "../../mod.ts"; // makes ops methods, which gradients call
import * as activation from "../../ops/activation.ts";
import * as arithmetic from "../../ops/arithmetic.ts";
import * as arrange from "../../ops/arrange.ts";
import * as bounds from "../../ops/bounds.ts";
import * as comparison from "../../ops/comparison.ts";
import * as condition from "../../ops/condition.ts";
import * as convert from "../../ops/convert.ts";
import * as create from "../../ops/create.ts";
import * as diagonal from "../../ops/diagonal.ts";
import * as dropout from "../../ops/dropout.ts";
import * as exponential from "../../ops/exponential.ts";
import * as gather from "../../ops/gather.ts";
import * as index from "../../ops/index.ts";
import * as join from "../../ops/join.ts";
import * as lookup from "../../ops/lookup.ts";
import * as loss from "../../ops/loss.ts";
import * as mask from "../../ops/mask.ts";
import * as matmul from "../../ops/matmul.ts";
import * as movement from "../../ops/movement.ts";
import * as pad from "../../ops/pad.ts";
import * as random from "../../ops/random.ts";
import * as rectifier from "../../ops/rectifier.ts";
import * as reduce from "../../ops/reduce.ts";
import * as rounding from "../../ops/rounding.ts";
import * as sample from "../../ops/sample.ts";
import * as scatterReduce from "../../ops/scatter_reduce.ts";
import * as softmax from "../../ops/softmax.ts";
import * as special from "../../ops/special.ts";
import * as trigonometric from "../../ops/trigonometric.ts";
import { Tensor } from "../../lib/tensor.ts";
import type { Case, Checks, Elsewhere, Family } from "./case.ts";
import { checks as activationChecks } from "./activation.ts";
import { checks as arithmeticChecks } from "./arithmetic.ts";
import { checks as arrangeChecks } from "./arrange.ts";
import { checks as boundsChecks } from "./bounds.ts";
import { checks as comparisonChecks } from "./comparison.ts";
import { checks as conditionChecks } from "./condition.ts";
import { checks as convertChecks } from "./convert.ts";
import { checks as createChecks } from "./create.ts";
import { checks as diagonalChecks } from "./diagonal.ts";
import { checks as dropoutChecks } from "./dropout.ts";
import { checks as exponentialChecks } from "./exponential.ts";
import { checks as gatherChecks } from "./gather.ts";
import { checks as indexChecks } from "./index.ts";
import { checks as joinChecks } from "./join.ts";
import { checks as lookupChecks } from "./lookup.ts";
import { checks as lossChecks } from "./loss.ts";
import { checks as maskChecks } from "./mask.ts";
import { checks as matmulChecks } from "./matmul.ts";
import { checks as movementChecks } from "./movement.ts";
import { checks as padChecks } from "./pad.ts";
import { checks as randomChecks } from "./random.ts";
import { checks as rectifierChecks } from "./rectifier.ts";
import { checks as reduceChecks } from "./reduce.ts";
import { checks as roundingChecks } from "./rounding.ts";
import { checks as sampleChecks } from "./sample.ts";
import { checks as scatterReduceChecks } from "./scatter_reduce.ts";
import { checks as softmaxChecks } from "./softmax.ts";
import { checks as specialChecks } from "./special.ts";
import { checks as trigonometricChecks } from "./trigonometric.ts";

/** One op under test. */
export interface Op extends Checks {
  readonly name: string;
  /** The file of ops/ that defines it. */
  readonly family: string;
  /** The op on the inputs of a case: all tensors it returns, however nested. */
  readonly run: (x: readonly Tensor[], c: Case) => Tensor[];
  /** The function itself. */
  readonly f: (...args: unknown[]) => unknown;
}

/** The families by file name, and the ops that another test covers. */
export const families: readonly string[] = [];

function family<Module extends object>(name: string, module: Module, checks: Family<Module>): Op[] {
  (families as string[]).push(name);
  const entries = Object.entries(checks) as [string, Checks | Elsewhere][];
  return entries.flatMap(([op, entry]) => "elsewhere" in entry ? [] : [opOf(op, name, module, entry)]);
}

function opOf(name: string, family: string, module: object, checks: Checks): Op {
  const f = (module as Record<string, (...args: unknown[]) => unknown>)[name];
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

/** Every op of every family. */
export const table: readonly Op[] = [
  ...family("activation", activation, activationChecks),
  ...family("arithmetic", arithmetic, arithmeticChecks),
  ...family("arrange", arrange, arrangeChecks),
  ...family("bounds", bounds, boundsChecks),
  ...family("comparison", comparison, comparisonChecks),
  ...family("condition", condition, conditionChecks),
  ...family("convert", convert, convertChecks),
  ...family("create", create, createChecks),
  ...family("diagonal", diagonal, diagonalChecks),
  ...family("dropout", dropout, dropoutChecks),
  ...family("exponential", exponential, exponentialChecks),
  ...family("gather", gather, gatherChecks),
  ...family("index", index, indexChecks),
  ...family("join", join, joinChecks),
  ...family("lookup", lookup, lookupChecks),
  ...family("loss", loss, lossChecks),
  ...family("mask", mask, maskChecks),
  ...family("matmul", matmul, matmulChecks),
  ...family("movement", movement, movementChecks),
  ...family("pad", pad, padChecks),
  ...family("random", random, randomChecks),
  ...family("rectifier", rectifier, rectifierChecks),
  ...family("reduce", reduce, reduceChecks),
  ...family("rounding", rounding, roundingChecks),
  ...family("sample", sample, sampleChecks),
  ...family("scatter_reduce", scatterReduce, scatterReduceChecks),
  ...family("softmax", softmax, softmaxChecks),
  ...family("special", special, specialChecks),
  ...family("trigonometric", trigonometric, trigonometricChecks),
];
