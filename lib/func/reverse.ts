/** Derivatives by reverse mode, as functions of functions: the names of torch.func. */
import { asFlag, named } from "../arguments.ts";
import { grad as gradientsOf } from "../backward.ts";
import { describe, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { release, type Trace, trace, type TreeFunction } from "./trace.ts";
import { checkSameForm, leavesOf, mapTree, type Tree } from "./tree.ts";

/** Options of {@link grad} and {@link gradAndValue}. */
export interface GradFunctionOptions {
  /** Which arguments to differentiate by: a position or a list; default 0. */
  argnums?: number | readonly number[];
  /** The function returns [output, aux]; aux is passed on. Default false. */
  hasAux?: boolean;
}

/** Checks a function to be transformed. */
export function asFunction(name: string, fn: unknown): TreeFunction {
  if (typeof fn === "function") return fn as TreeFunction;
  throw new TypeError(`Cannot call func.${name}() with ${describe(fn)}: it takes a function`);
}

/** Positions of arguments, from the front, and whether the user gave a list. */
export function argumentPlaces(
  name: string,
  argnums: unknown,
  count: number,
): { places: number[]; listed: boolean } {
  const listed = Array.isArray(argnums), list: unknown[] = listed ? argnums : [argnums];
  const places = list.map((place) => {
    if (typeof place !== "number" || !Number.isInteger(place) || place < -count || place >= count) {
      throw new RangeError(
        `Cannot call func.${name}() with argnums ${
          describe(place)
        }: the function was called with ${count} arguments`,
      );
    }
    return place < 0 ? place + count : place;
  });
  return { places, listed };
}

/** The gradients of the traced outputs, weighted, by the inputs; zeros where nothing arrives. Keeps the tape. */
export function pullback(
  { inputs, outputs, nested }: Pick<Trace, "inputs" | "outputs" | "nested">,
  weights: readonly Tensor[],
): Tensor[] {
  const recorded = outputs.flatMap((y, i) => y.requiresGrad ? [i] : []);
  const found = recorded.length === 0 ? [] : gradientsOf(recorded.map((i) => outputs[i]), inputs, {
    gradOutputs: recorded.map((i) => weights[i]),
    createGraph: nested,
    retainGraph: true,
    allowUnused: true,
  });
  return inputs.map((x, i) => found[i] ?? x.zerosLike());
}

/** Deals gradients out to the arguments at `places`: each gets a tree of its own form. */
export function byArgument(
  args: readonly unknown[],
  places: readonly number[],
  listed: boolean,
  g: readonly Tensor[],
): unknown {
  let at = 0;
  const trees = places.map((place) => mapTree(args[place] as Tree, () => g[at++]));
  return listed ? trees : trees[0];
}

function differentiated(name: string, fn: unknown, options: GradFunctionOptions) {
  const f = asFunction(name, fn);
  const { argnums = 0, hasAux = false } = named<GradFunctionOptions>(`func.${name}`, [options], [], [
    "argnums",
    "hasAux",
  ]);
  asFlag(`func.${name}`, "hasAux", hasAux);
  return (args: readonly unknown[]) => {
    const { places, listed } = argumentPlaces(name, argnums, args.length);
    const traced = trace(name, f, args, places, hasAux), [y] = traced.outputs;
    if (traced.outputs.length !== 1 || y.numel() !== 1) {
      throw new ShapeError(
        `Cannot call func.${name}() on a function that returns ${
          traced.outputs.length === 1 ? `shape ${show(y.shape)}` : `${traced.outputs.length} tensors`
        }: it must return one number; see func.jacrev()`,
      );
    }
    return { traced, gradient: byArgument(args, places, listed, pullback(traced, [y.detach().onesLike()])) };
  };
}

/**
 * The gradient of `fn` as a function of the same arguments; `fn` returns one number. Nests to any order. Arguments may
 * be trees: arrays and plain objects of tensors. See {@link https://pytorch.org/docs/stable/generated/torch.func.grad.html}.
 *
 * @throws {ShapeError} when called, if `fn` returns more than one number.
 *
 * @example The second derivative of sin
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * const second = func.grad(func.grad((x) => x.sin()));
 * console.log(second(tensor(1)).item()); // −sin 1
 * ```
 */
export function grad(fn: TreeFunction, options: GradFunctionOptions = {}): TreeFunction {
  const run = differentiated("grad", fn, options);
  return (...args) => {
    const { traced, gradient } = run(args);
    return options.hasAux ? [gradient, traced.aux] : gradient;
  };
}

/**
 * As {@link grad}, returning [gradient, value], or [gradient, [value, aux]] with `hasAux`.
 *
 * @example
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * const [gradient, value] = func.gradAndValue((x) => x.mul(x).sum())(tensor([1, 2]));
 * console.log(gradient.toArray(), value.item()); // [2, 4] 5
 * ```
 */
export function gradAndValue(fn: TreeFunction, options: GradFunctionOptions = {}): TreeFunction {
  const run = differentiated("gradAndValue", fn, options);
  return (...args) => {
    const { traced, gradient } = run(args), value = release(traced);
    return [gradient, options.hasAux ? [value, traced.aux] : value];
  };
}

/**
 * The output of `fn` at `primals`, and the function that takes weights of the output (a tree of its form) to a list of
 * gradients, one for each primal: vᵀ · J without J. It may be called again. A last argument { hasAux: true } makes the
 * result [output, vjp, aux]. See {@link https://pytorch.org/docs/stable/generated/torch.func.vjp.html}.
 *
 * @example
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * const [y, pull] = func.vjp((x) => x.exp(), tensor([0, 1]));
 * console.log(y.toArray(), pull(tensor([1, 0]))[0].toArray()); // [1, e], [1, 0]
 * ```
 */
// deno-lint-ignore no-explicit-any -- the form of the result is that of the user's function
export function vjp(fn: TreeFunction, ...primals: any[]): any {
  const f = asFunction("vjp", fn), last = primals.at(-1);
  const hasAux = isAuxOption(last) && asFlag("func.vjp", "hasAux", primals.pop().hasAux);
  const places = primals.map((_, i) => i), traced = trace("vjp", f, primals, places, hasAux);
  const pull = (weights: unknown) => {
    const given = leavesOf("call the function of func.vjp()", weights);
    checkSameForm("call the function of func.vjp()", "its argument", traced.outputs, given);
    return byArgument(primals, places, true, pullback(traced, given));
  };
  return hasAux ? [release(traced), pull, traced.aux] : [release(traced), pull];
}

function isAuxOption(value: unknown): value is { hasAux: boolean } {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "hasAux";
}
