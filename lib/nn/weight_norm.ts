/** Weight norm: a weight's length and direction as parameters of their own. */
import { named, type Optional } from "../arguments.ts";
import { noGrad } from "../grad_mode.ts";
import { resolveDim } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { makeComputed, makePlain, plainParameter } from "./computed.ts";
import type { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** Options of {@link weightNorm}. */
export interface WeightNormOptions {
  /** Which parameter; default "weight". */
  name?: string;
  /** The dimension that counts the lengths; null or -1: there is one for all. Default 0. */
  dim?: number | null;
}

/** What follows a parameter's name in those of its length and its direction. */
const parts = ["G", "V"];

/** The lengths of the parts of `v` along `dim`, to be multiplied with it. */
function lengths(v: Tensor, dim: number | null): Tensor {
  return dim === null ? v.norm() : v.norm(2, v.shape.map((_, d) => d).filter((d) => d !== dim), true);
}

/**
 * Makes the parameter `name` of a module g · v / ‖v‖ of two others, called `name`G and `name`V (in state dicts weight_g
 * and weight_v), and returns the module (Salimans and Kingma 2016). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html}.
 *
 * @throws {TypeError} if the module has no such parameter.
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * const layer = nn.utils.weightNorm(new nn.Linear(4, 3));
 * console.log(Object.keys(layer.stateDict())); // ["bias", "weight_g", "weight_v"]
 * ```
 */
export function weightNorm<M extends Module>(module: M, ...options: Optional<WeightNormOptions>): M {
  const { name = "weight", dim = 0 } = named<WeightNormOptions>("weightNorm", options, ["name", "dim"]);
  const weight = plainParameter("weightNorm", module, name), [g, v] = parts.map((part) => name + part);
  const at = dim === null || dim === -1 ? null : resolveDim("call weightNorm()", dim, weight.shape);
  Reflect.deleteProperty(module, name);
  module.registerParameter(g, new Parameter(noGrad(() => lengths(weight, at))));
  module.registerParameter(v, new Parameter(weight.data));
  makeComputed(module, name, (owner) => {
    const direction: Tensor = Reflect.get(owner, v), length: Tensor = Reflect.get(owner, g);
    return direction.mul(length.div(lengths(direction, at)));
  });
  return module;
}

/**
 * Undoes {@link weightNorm}: the weight is a parameter again. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.remove_weight_norm.html}.
 *
 * @throws {TypeError} if the parameter has no weight norm.
 */
export function removeWeightNorm<M extends Module>(module: M, name = "weight"): M {
  makePlain("removeWeightNorm", module, name, parts);
  return module;
}
