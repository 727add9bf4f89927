/**
 * Reading and writing tensors at listed places: what indexing, gathering, masks and index maps come down to.
 *
 * {@link Places} list blocks of a tensor x in the order in which they form another tensor y. `taking` ops read them,
 * spread is their adjoint, `changing` ops add to or replace the listed blocks of a copy, or of x itself.
 */
import { fillBlocks, type Places, takeBlocks, writeBlocks } from "./blocks.ts";
import { isFloat } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { fillElements } from "./fill.ts";
import { assign, refuseLeaf } from "./inplace.ts";
import { mode, Node } from "./node.ts";
import { defineOp } from "./op.ts";
import { sameShape, type Shape, show, sizeOf } from "./shape.ts";
import { currentNode } from "./tape.ts";
import { asTensor, empty, Tensor } from "./tensor.ts";
import { again } from "./watch.ts";

/** The part of `source` that an index of shape `shape` covers: its first elements along each dimension. */
export function partOf(name: string, shape: Shape, source: Tensor): Tensor {
  if (sameShape(shape, source.shape)) return source;
  if (sizeOf(shape) === 0) return source.newZeros(shape);
  if (sizeOf(shape) === 1 && sizeOf(source.shape) === 1) return source.reshape(shape);
  if (shape.length !== source.shape.length || shape.some((size, i) => size > source.shape[i])) {
    throw new ShapeError(
      `Cannot call ${name}() with an index of shape ${show(shape)} and src of shape ${
        show(source.shape)
      }: the index ` +
        `must have as many dimensions and nowhere be larger`,
    );
  }
  return shape.reduce((part, size, i) => part.narrow(i, 0, size), source);
}

/** Checks what is to be written into `x` and gives it the dtype of `x`. */
export function asSource(name: string, what: string, value: unknown, x: Tensor): Tensor {
  const source = asTensor(`call ${name}()`, what, value);
  if (isFloat(source.dtype) && !isFloat(x.dtype)) {
    throw new TypeError(
      `Cannot call ${name}() on dtype ${x.dtype} with ${what} of dtype ${source.dtype}: convert one with .to()`,
    );
  }
  return source.to(x.dtype);
}

export type { Places };

/** An op that reads blocks: y = x at the places. */
export function taking(name: string): (x: Tensor, places: Places) => Tensor {
  const run = defineOp<Places>({
    name,
    forward: ([x], places) => takeBlocks(x, places),
    keeps: "nothing",
    grad: [(g, [x], _y, places) => spread([g], { ...places, shape: x.shape })],
  });
  return (x, places) => run([x], places);
}

/** The adjoint of taking: zeros of the places' `shape`, to which the blocks of x are added there. */
export const spread: (inputs: readonly Tensor[], places: Places) => Tensor = defineOp<Places>({
  name: "spread",
  forward: ([x], places) => {
    const y = empty(places.shape, x.dtype);
    fillElements(y, 0);
    writeBlocks(y, places, x, "add");
    return y;
  },
  keeps: "nothing",
  grad: [(g, [x], _y, places) => takePlaces(g, { ...places, shape: x.shape })],
});

/** The blocks of x at the places. */
export const takePlaces: (x: Tensor, places: Places) => Tensor = taking("takePlaces");

interface ChangeParams extends Places {
  /** What to write if there is no source tensor. */
  readonly value: number;
}

/** An op that changes blocks of a copy of x: to a number, or to those of `source`, which has the places' shape. */
export interface ChangeOp {
  (x: Tensor, places: Places, source: Tensor | number): Tensor;
  /** The same in place. */
  inPlace(x: Tensor, places: Places, source: Tensor | number): Tensor;
}

/** Defines an op that adds to or replaces blocks. */
export function changing(name: string, change: "put" | "add"): ChangeOp {
  const write = (y: Tensor, places: Places, source: Tensor | number) =>
    source instanceof Tensor ? writeBlocks(y, places, source, change) : fillBlocks(y, places, source, change);
  const run = defineOp<ChangeParams>({
    name,
    forward: ([x, source], params) => {
      const y = x.clone();
      write(y, params, source ?? params.value);
      return y;
    },
    keeps: "nothing",
    grad: [
      (g, _inputs, _y, params) => change === "add" ? g : clearPlaces(g, params, 0),
      (g, _inputs, _y, params) => takePlaces(g, params),
    ],
  });
  const apply = (x: Tensor, places: Places, source: Tensor | number) =>
    source instanceof Tensor
      ? run([x, source], { ...places, value: 0 })
      : run([x], { ...places, value: source });
  const inPlace = (x: Tensor, places: Places, source: Tensor | number): Tensor => {
    refuseLeaf(`${name}_`, x);
    if (recorded(x, source) || !x.isContiguous()) {
      return assign(`${name}_`, x, () => apply(x, places, source));
    }
    again(`${name}_`, () => {
      write(x, places, source);
      x.storage.version++;
    });
    return x;
  };
  return Object.assign(apply, { inPlace });
}

/** Whether changing `x` with `source` is a matter for the tape. */
export function recorded(x: Tensor, source: unknown): boolean {
  if (!mode.recording) return false;
  return currentNode(x) !== null ||
    (source instanceof Tensor ? currentNode(source) !== null : source instanceof Node);
}

/** A copy with a number put at the places. */
export const clearPlaces: ChangeOp = changing("clearPlaces", "put");
