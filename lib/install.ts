/** Makes ops methods: of tensors, in place, and of scalars. mod.ts calls it once; it is all that importing does. */
import { turn, twin } from "./inplace.ts";
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
  ...[
    "concatenate",
    "hstack",
    "vstack",
    "dstack",
    "columnStack",
    "broadcastTensors",
    "oneHot",
  ],
  ...["atleast1d", "atleast2d", "atleast3d", "trilIndices", "triuIndices"],
  ...["blockDiag", "cartesianProd", "broadcastShapes"],
]);

/** Functions whose second parameter is the method's tensor: `where(condition, x, y)` is `x.where(condition, y)`. */
const secondFirst = new Set(["where"]);

/** Ops beyond the pointwise ones that PyTorch also has in place. */
export type InPlaceName =
  | ("cumsum" | "cumprod" | "tril" | "triu" | "renorm")
  | ("addmm" | "addmv" | "addr" | "baddbmm" | "addbmm")
  | ("squeeze" | "unsqueeze" | "transpose" | "t" | "swapaxes" | "swapdims");

/** How each is done in place: its result is written into the tensor, or the tensor becomes its own view. */
export const inPlace: Readonly<Record<InPlaceName, typeof twin | typeof turn>> = {
  ...{ cumsum: twin, cumprod: twin, tril: twin, triu: twin, renorm: twin },
  ...{ addmm: twin, addmv: twin, addr: twin, baddbmm: twin, addbmm: twin },
  ...{ squeeze: turn, unsqueeze: turn, transpose: turn, t: turn, swapaxes: turn, swapdims: turn },
};

/** Defines every function of `ops` as a method of Tensor, and those of `pointwise` in place and of Scalar. */
export function install(ops: object, pointwise: object): void {
  const ofTensor: PropertyDescriptorMap = {}, ofScalar: PropertyDescriptorMap = {};
  for (const [name, op] of functions(ops)) {
    if (notMethods.has(name) || name in Tensor.prototype) continue;
    const method: AnyOp = secondFirst.has(name) ? (x, first, ...rest) => op(first as Tensor, x, ...rest) : op;
    ofTensor[name] = hidden(methodOf(method));
    const how = Object.hasOwn(inPlace, name) ? inPlace[name as InPlaceName] : null;
    if (how) ofTensor[`${name}_`] = hidden(how(name, op as (x: Tensor, ...rest: unknown[]) => Tensor));
  }
  for (const [name, op] of functions(pointwise)) {
    ofTensor[`${name}_`] = hidden(twin(name, op as (x: Tensor, ...rest: Operand[]) => Tensor));
    ofScalar[name] = hidden(methodOf(op));
  }
  for (const [name, op] of functions({ backward, registerHook, requiresGrad_, retainGrad })) {
    ofTensor[name] = hidden(methodOf(op));
  }
  ofScalar.backward = hidden(methodOf(backward as AnyOp));
  inherit(Tensor.prototype, ofTensor);
  inherit(Scalar.prototype, ofScalar);
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

/**
 * Gives a prototype methods by way of an object that it inherits from: V8 takes 15 us for each of a thousand definitions
 * on a prototype in use, and half a microsecond on an object without one.
 */
function inherit(prototype: object, methods: PropertyDescriptorMap): void {
  const holder = Object.create(null, methods);
  Object.setPrototypeOf(holder, Object.getPrototypeOf(prototype));
  Object.setPrototypeOf(prototype, holder);
}

/** As methods of classes are: not enumerable. */
function hidden(value: unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true };
}
