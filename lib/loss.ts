/** What all losses share: how they reduce, and the check that input and target fit. */
import { asChoice } from "./arguments.ts";
import { ShapeError } from "./errors.ts";
import { sameShape, show } from "./shape.ts";
import { asTensor, type Tensor } from "./tensor.ts";

/** How a loss sums up: the mean, the sum, or one number per element. */
export type LossReduction = "mean" | "sum" | "none";

/** Options of every loss. */
export interface LossOptions {
  /** Default "mean". */
  reduction?: LossReduction;
}

/** Options of losses whose elements can be weighted. */
export interface WeightedLossOptions extends LossOptions {
  /** The weight of each element, or of each class. */
  weight?: Tensor | null;
}

/** What is left of the losses of all elements after `reduction`. */
export function reduced(name: string, y: Tensor, reduction: unknown = "mean"): Tensor {
  const how = asChoice(name, "reduction", reduction, ["mean", "sum", "none"]);
  return how === "none" ? y : how === "sum" ? y.sum() : y.mean();
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
