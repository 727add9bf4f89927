/** The arguments of a compiled function: which calls are alike, and tensors in nested arrays and objects. */
import { isOptions } from "../arguments.ts";
import { mode } from "../node.ts";
import { sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** Arguments taken apart: tensors that may be others next time, and all else, in the order of the arguments. */
export interface Leaves {
  readonly tensors: Tensor[];
  /** Marks for arrays, objects and tensors, and whatever else there is. */
  readonly rest: unknown[];
}

const ARRAY = Symbol("array"), OBJECT = Symbol("object");
const TENSOR = Symbol("tensor"), RECORDED = Symbol("recorded tensor");

/** Whether a tensor stands for itself alone: gradients come to rest in it. */
function isFixed(x: Tensor): boolean {
  return x.node !== null && x.isLeaf;
}

/** Whether backward may go on from a tensor to what it was computed from. */
export function isRecorded(x: Tensor): boolean {
  return mode.recording && x.node !== null;
}

/** Takes a value apart. */
export function takeApart(value: unknown, leaves: Leaves): void {
  if (value instanceof Tensor && !isFixed(value)) {
    leaves.rest.push(isRecorded(value) ? RECORDED : TENSOR);
    leaves.tensors.push(value);
  } else if (Array.isArray(value)) {
    leaves.rest.push(ARRAY, value.length);
    for (let i = 0; i < value.length; i++) takeApart(value[i], leaves);
  } else if (isOptions(value) && !(value instanceof Tensor)) {
    const keys = Object.keys(value);
    leaves.rest.push(OBJECT, keys.length);
    for (const key of keys) {
      leaves.rest.push(key);
      takeApart(Reflect.get(value, key), leaves);
    }
  } else leaves.rest.push(value);
}

/** The value with each tensor replaced; those that stand for themselves too if `all`. */
export function withTensors(value: unknown, replace: (x: Tensor) => unknown, all = false): unknown {
  if (value instanceof Tensor) return !all && isFixed(value) ? value : replace(value);
  if (Array.isArray(value)) return value.map((part) => withTensors(part, replace, all));
  if (!isOptions(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withTensors(part, replace, all)]),
  );
}

/** Whether two lists of arguments are the same but for what is in the tensors, and where in memory they are. */
export function areAlike(a: Leaves, b: Leaves): boolean {
  if (a.tensors.length !== b.tensors.length || a.rest.length !== b.rest.length) return false;
  for (let i = 0; i < a.rest.length; i++) if (!Object.is(a.rest[i], b.rest[i])) return false;
  for (let i = 0; i < a.tensors.length; i++) {
    const x = a.tensors[i], y = b.tensors[i];
    if (x.dtype !== y.dtype || !sameShape(x.shape, y.shape) || !sameShape(x.strides, y.strides)) return false;
  }
  return true;
}

/** Whether two of the tensors share memory. */
export function anyShared({ tensors }: Leaves): boolean {
  for (let i = 0; i < tensors.length; i++) {
    for (let j = 0; j < i; j++) if (tensors[i].storage === tensors[j].storage) return true;
  }
  return false;
}
