/** What losses share as layers: PyTorch's old spellings of `reduction`, and how they are printed. */
import type { LossOptions } from "../loss.ts"; // a type only
import { asFlag } from "../arguments.ts";
import { functionLayer, type FunctionLayerClass } from "./function_layer.ts";
import type { Tensor } from "../tensor.ts";

/** An input and a target. */
export type Pair = [input: Tensor, target: Tensor];

/** The options that every loss has. */
export const mean: Required<LossOptions> = { sizeAverage: null, reduce: null, reduction: "mean" };

/** The same, of a loss that may have further reductions. */
type Reduced = Omit<Required<LossOptions>, "reduction"> & { readonly reduction: string };

/** A class of losses; `apply` sees the old spellings as a `reduction`. */
export function loss<O extends Reduced, Inputs extends readonly unknown[] = Pair>(
  name: string,
  defaults: NoInfer<O>,
  apply: (inputs: Inputs, options: Omit<O, "sizeAverage" | "reduce">) => Tensor,
): FunctionLayerClass<O, Inputs> {
  return functionLayer<O, Inputs, Tensor>(name, {
    defaults,
    printsDefaults: false,
    apply: (inputs, { sizeAverage, reduce, ...options }) => {
      const every = reduce !== null && !asFlag(name, "reduce", reduce);
      const total = sizeAverage !== null && !asFlag(name, "sizeAverage", sizeAverage);
      if (sizeAverage === null && reduce === null) return apply(inputs, options);
      return apply(inputs, { ...options, reduction: every ? "none" : total ? "sum" : "mean" });
    },
  });
}
