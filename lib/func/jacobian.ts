/** Whole matrices of derivatives: one pass a row by reverse mode, one a column by forward mode. */
import { named } from "../arguments.ts";
import { noGrad } from "../grad_mode.ts";
import { runStack } from "../join.ts";
import type { Tensor } from "../tensor.ts";
import { tangentsOf } from "./forward.ts";
import { argumentPlaces, asFunction, byArgument, type GradFunctionOptions, pullback } from "./reverse.ts";
import { type Trace, trace, type TreeFunction } from "./trace.ts";
import { mapTree } from "./tree.ts";

/** Calls `visit` with each of the tensors of 0 and one 1 in the shape of `x`, and puts the answers in a row. */
function eachUnit<T>(x: Tensor, visit: (unit: Tensor) => T): T[] {
  return Array.from({ length: x.numel() }, (_, i) =>
    visit(noGrad(() => {
      const unit = x.newZeros([x.numel()]);
      unit.select(0, i).fill_(1);
      return unit.reshape(x.shape);
    })));
}

/** Rows or columns, each a tensor, as one of shape [...outer, ...inner]. */
function assemble(parts: readonly Tensor[], outer: Tensor, inner: Tensor): Tensor {
  const shape = [...outer.shape, ...inner.shape];
  return parts.length === 0 ? outer.newZeros(shape) : runStack(parts, { dim: 0 }).reshape(shape);
}

/** For each output, for each input, ∂output/∂input of shape [...output, ...input]. */
type Blocks = (traced: Trace) => Tensor[][];

function byRows(traced: Trace): Tensor[][] {
  return traced.outputs.map((y, k) => {
    const rows = eachUnit(
      y,
      (unit) =>
        pullback(traced, traced.outputs.map((other, j) => j === k ? unit : noGrad(() => other.zerosLike()))),
    );
    return traced.inputs.map((x, i) => assemble(rows.map((row) => row[i]), y, x));
  });
}

function byColumns(traced: Trace): Tensor[][] {
  const columns = traced.inputs.map((x, i) =>
    eachUnit(
      x,
      (unit) =>
        tangentsOf(traced, traced.inputs.map((other, j) => j === i ? unit : noGrad(() => other.zerosLike()))),
    )
  );
  return traced.outputs.map((y, k) =>
    traced.inputs.map((x, i) => {
      const stacked = assemble(columns[i].map((column) => column[k]), x, y), rank = x.shape.length;
      const order = [...stacked.shape.keys()];
      return stacked.permute([...order.slice(rank), ...order.slice(0, rank)]);
    })
  );
}

function jacobian(name: string, fn: unknown, options: GradFunctionOptions, blocksOf: Blocks): TreeFunction {
  const f = asFunction(name, fn);
  const { argnums = 0, hasAux = false } = named<GradFunctionOptions>(`func.${name}`, [options], [], [
    "argnums",
    "hasAux",
  ]);
  return (...args) => {
    const { places, listed } = argumentPlaces(name, argnums, args.length);
    const traced = trace(name, f, args, places, hasAux), blocks = blocksOf(traced);
    const result = mapTree(traced.output, (_, k) => byArgument(args, places, listed, blocks[k]));
    return hasAux ? [result, traced.aux] : result;
  };
}

/**
 * The Jacobian of `fn` as a function of the same arguments, by reverse mode: one backward pass for each element of the
 * output, so best where outputs are few. Shape [...output, ...input]; trees give trees. See
 * {@link https://pytorch.org/docs/stable/generated/torch.func.jacrev.html}.
 *
 * @example
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * console.log(func.jacrev((x) => x.mul(x))(tensor([1, 2])).toArray()); // [[2, 0], [0, 4]]
 * ```
 */
export function jacrev(fn: TreeFunction, options: GradFunctionOptions = {}): TreeFunction {
  return jacobian("jacrev", fn, options, byRows);
}

/**
 * The Jacobian of `fn` by forward mode: one pass for each element of the input, so best where inputs are few; otherwise
 * as {@link jacrev}. See {@link https://pytorch.org/docs/stable/generated/torch.func.jacfwd.html}.
 *
 * @example
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * console.log(func.jacfwd((x) => x.mul(x))(tensor([1, 2])).toArray()); // [[2, 0], [0, 4]]
 * ```
 */
export function jacfwd(fn: TreeFunction, options: GradFunctionOptions = {}): TreeFunction {
  return jacobian("jacfwd", fn, options, byColumns);
}

/**
 * The matrix of second derivatives of `fn`, which returns one number: forward mode over reverse mode. Shape
 * [...input, ...input]. See {@link https://pytorch.org/docs/stable/generated/torch.func.hessian.html}.
 *
 * @example
 * ```ts
 * import { func, tensor } from "@dinograd/dinograd";
 *
 * console.log(func.hessian((x) => x.pow(3).sum())(tensor([1, 2])).toArray()); // [[6, 0], [0, 12]]
 * ```
 */
export function hessian(fn: TreeFunction, options: Pick<GradFunctionOptions, "argnums"> = {}): TreeFunction {
  return jacfwd(jacrev(fn, options), options);
}
