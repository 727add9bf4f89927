/** Makes ops methods: of tensors, in place, and of scalars. mod.ts calls it once; it is all that importing does. */
import { twin } from "./inplace.ts";
import type { Operand } from "./pointwise.ts";
import { Scalar } from "./scalar.ts";
import { registerHook, requiresGrad_, retainGrad } from "./tape.ts";
import { backward } from "./backward.ts";
import { Tensor } from "./tensor.ts";

type AnyOp = (x: Tensor | Scalar, ...rest: unknown[]) => unknown;

/** Functions of ops/ whose first parameter is not a tensor, and which so make no sense as methods. */
const notMethods = new Set([
  ...[
    "tensor",
    "zeros",
    "ones",
    "empty",
    "full",
    "arange",
    "linspace",
    "logspace",
    "eye",
    "isTensor",
    "cat",
    "concat",
  ],
  ...["stack", "slice", "rand", "randn", "randint", "randperm", "normal", "manualSeed", "meshgrid", "einsum"],
  ...["concatenate", "hstack", "vstack", "dstack", "columnStack", "broadcastTensors", "embedding", "oneHot"],
  ...["atleast1d", "atleast2d", "atleast3d", "trilIndices", "triuIndices"],
]);

/** Functions whose second parameter is the method's tensor: `where(condition, x, y)` is `x.where(condition, y)`. */
const secondFirst = new Set(["where"]);

/** Defines every function of `ops` as a method of Tensor, and those of `pointwise` in place and of Scalar. */
export function install(ops: object, pointwise: object): void {
  for (const [name, op] of functions(ops)) {
    if (notMethods.has(name) || name in Tensor.prototype) continue;
    const method: AnyOp = secondFirst.has(name) ? (x, first, ...rest) => op(first as Tensor, x, ...rest) : op;
    define(Tensor.prototype, name, methodOf(method));
  }
  for (const [name, op] of functions(pointwise)) {
    define(Tensor.prototype, `${name}_`, twin(name, op as (x: Tensor, ...rest: Operand[]) => Tensor));
    define(Scalar.prototype, name, methodOf(op));
  }
  for (const [name, op] of functions({ backward, registerHook, requiresGrad_, retainGrad })) {
    define(Tensor.prototype, name, methodOf(op));
  }
  define(Scalar.prototype, "backward", methodOf(backward as AnyOp));
}

/** `op` with `this` as its first argument; short argument lists are passed on without an array, which saves 20 ns. */
function methodOf(op: AnyOp): (this: Tensor | Scalar, ...rest: unknown[]) => unknown {
  return function (this: Tensor | Scalar, a?: unknown, b?: unknown, ...rest: unknown[]) {
    if (rest.length > 0) return op(this, a, b, ...rest);
    return b !== undefined ? op(this, a, b) : a !== undefined ? op(this, a) : op(this);
  };
}

function functions(group: object): [string, AnyOp][] {
  return Object.entries(group).filter(([, value]) => typeof value === "function") as [string, AnyOp][];
}

function define(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
}
