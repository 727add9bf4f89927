/** What all losses share: their options, how they reduce, and the checks that input and target fit. */
import { asChoice, asFlag, named } from "./arguments.ts";
import { ShapeError } from "./errors.ts";
import { isFloat } from "./dtype.ts";
import { defineOp } from "./op.ts";
import { type Pointwise, pointwise } from "./pointwise.ts";
import { sumOf } from "./reduce.ts";
import { sameShape, show, sizeOf } from "./shape.ts";
import { asTensor, type Tensor } from "./tensor.ts";

/** How a loss sums up: the mean, the sum, or one number per element. */
export type LossReduction = "mean" | "sum" | "none";

/** Options of every loss. */
export interface LossOptions {
  /** Default "mean". */
  reduction?: LossReduction;
  /** PyTorch's old spelling: false for the sum, unless `reduce` is false; goes before `reduction`. */
  sizeAverage?: boolean | null;
  /** PyTorch's old spelling: false for no reduction; goes before `reduction`. */
  reduce?: boolean | null;
}

/** Options of losses whose elements can be weighted. */
export interface WeightedLossOptions extends LossOptions {
  /** The weight of each element, or of each class. */
  weight?: Tensor | null;
}

/** Options of losses with a margin. */
export interface MarginLossOptions extends LossOptions {
  /** How far apart things must be to cost nothing. */
  margin?: number;
}

/** Where most losses have their reduction: after their own options, behind its two old spellings. */
export const REDUCTION = ["sizeAverage", "reduce", "reduction"] as const;

/** Reads the options of a loss, given in PyTorch's order or by name; the old spellings become a `reduction`. */
export function lossOptions<T extends Omit<LossOptions, "reduction"> & { reduction?: string }>(
  name: string,
  args: readonly unknown[],
  order: readonly (keyof T & string)[],
): Partial<T> {
  const options = named<T>(name, args, order), { sizeAverage = null, reduce = null } = options;
  if (sizeAverage === null && reduce === null) return options;
  const every = reduce !== null && !asFlag(name, "reduce", reduce);
  const total = sizeAverage !== null && !asFlag(name, "sizeAverage", sizeAverage);
  return { ...options, reduction: every ? "none" : total ? "sum" : "mean" };
}

/** What is left of the losses of all elements after `reduction`. */
export function reduced(name: string, y: Tensor, reduction: unknown = "mean"): Tensor {
  const how = asChoice(name, "reduction", reduction, ["mean", "sum", "none"]);
  return how === "none" ? y : how === "sum" ? y.sum() : y.mean();
}

/** What {@link total} adds up: a pointwise op of two tensors and of numbers. */
interface Summand {
  readonly op: Pointwise;
  readonly numbers: readonly number[];
  readonly count: number;
}

/** The sum over two tensors of one shape and dtype, divided by `count`. */
const total = defineOp<Summand>({
  name: "lossTotal",
  forward: ([x, y], { op, numbers, count }) => {
    const sum = sumOf([x.contiguous(), y.contiguous(), ...numbers], x, op.root);
    return count === 1 ? sum : sum.div_(count);
  },
  gradEach: (index) => (g, [x, y], _total, { op, numbers, count }) =>
    op.slope(index, g.div(count), [x, y, ...numbers]).expand(x.shape),
  meaning: ([x, y], { op, numbers, count }) => (op.apply([x, y, ...numbers]) as Tensor).sum().div(count),
});

/** The loss that `op` says of each element, after `reduction`: a mean or sum in one pass takes a third of the time of two. */
export function lossOf(
  name: string,
  op: Pointwise,
  [x, y]: readonly [Tensor, Tensor],
  reduction: unknown = "mean",
  numbers: readonly number[] = [],
): Tensor {
  const how = asChoice(name, "reduction", reduction, ["mean", "sum", "none"]);
  if (how === "none" || x.dtype !== y.dtype || !isFloat(x.dtype)) {
    return reduced(name, op.apply([x, y, ...numbers]) as Tensor, how);
  }
  return total([x, y], { op, numbers, count: how === "sum" ? 1 : sizeOf(x.shape) });
}

/** The two sides of a loss, checked: tensors of one shape. */
export function sides(name: string, input: Tensor, target: Tensor): [Tensor, Tensor] {
  const x = asTensor(`take ${name}`, "the input", input), y = asTensor(`take ${name}`, "the target", target);
  if (!sameShape(x.shape, y.shape)) {
    throw new ShapeError(
      `Cannot take ${name} of input ${show(x.shape)} and target ${show(y.shape)}: the shapes must be equal`,
    );
  }
  return [x, y];
}

/** Checks that tensors, the inputs of `name`, have as many dimensions. */
export function alike(name: string, inputs: Readonly<Record<string, unknown>>): Tensor[] {
  const tensors = Object.entries(inputs).map(([what, x]) => asTensor(`take ${name}`, what, x));
  if (tensors.every((x) => x.ndim === tensors[0].ndim)) return tensors;
  throw new ShapeError(
    `Cannot take ${name} of ${tensors.map((x) => show(x.shape)).join(", ")}: ${
      Object.keys(inputs).join(", ")
    } must have as many dimensions`,
  );
}

const floored = pointwise("atLeast", (k, x, least) => k.max(x, least), {
  params: 1,
  gradient: [(_k, g) => g],
});

/** The larger of each element and `least`, which is there to divide by: gradients pass as if it were not. */
export function atLeast(x: Tensor, least: number): Tensor {
  return floored.apply([x, least]) as Tensor;
}
