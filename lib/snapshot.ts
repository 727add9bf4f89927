/** What the tape saves of tensors: shape and history, and the numbers where a gradient reads them. */
import { Storage } from "./memory/storage.ts";
import { show } from "./shape.ts";
import { currentNode } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** Stands for the numbers of a tensor that was not kept. */
const absent = new Storage(0, -1, null, null);
absent.view = absent.enter = () => {
  throw new Error("Bug: a gradient reads numbers that its op does not keep");
};

/**
 * What the tape remembers of a tensor: its history, shape and dtype, and its numbers only if `keep`. What the step that
 * made it remembers of it serves again where it is the same.
 */
export function snapshot(x: Tensor, keep: boolean, history = true): Tensor {
  const storage = keep ? x.storage : absent, node = history ? currentNode(x) : null;
  const known = node === null ? null : node.outputLike(x.output);
  if (
    known !== null && known.node === node && known.storage === storage && known.stamp === storage.version &&
    known.shape === x.shape
  ) return known;
  const copy = new Tensor(storage, x.shape, x.dtype, x.strides, x.offset);
  copy.node = node;
  copy.output = x.output;
  copy.stamp = storage.version;
  return copy;
}

/** Checks that none of the inputs of a step was changed since it was saved. */
export function checkVersions(title: string, inputs: readonly (Tensor | number)[]): void {
  for (let i = 0; i < inputs.length; i++) {
    const x = inputs[i];
    if (typeof x !== "number" && x.stamp !== x.storage.version) throwChanged(title, `input ${i}`, x);
  }
}

/** Checks that a tensor was not changed since it was saved; `what` says what it is to the step. */
export function checkVersion(title: string, what: string, x: Tensor): void {
  if (x.stamp !== x.storage.version) throwChanged(title, what, x);
}

function throwChanged(title: string, what: string, x: Tensor): never {
  const name = title[0].toLowerCase() + title.slice(1);
  throw new Error(
    `Cannot run backward of ${name}: its ${what} ${show(x.shape)} was changed in place afterwards ` +
      `(version ${x.storage.version}, recorded at ${x.stamp})`,
  );
}
