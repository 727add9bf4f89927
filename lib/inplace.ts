/**
 * Changing tensors in place, on and off the tape.
 *
 * Off the tape the kernel writes into the tensor and its version goes up, so that a backward pass that needed the old
 * numbers refuses. On the tape the tensor adopts the history of the result; if it is a view, the base's history
 * becomes "the base with this part replaced", and other views are brought up to date when next used (tape.ts).
 */
import { isFloat } from "./dtype.ts";
import { mode, newestNode, type Node } from "./node.ts";
import { sameShape, show } from "./shape.ts";
import { currentNode } from "./tape.ts";
import { OpNode, registry } from "./op.ts";
import { type Operand, Pointwise } from "./pointwise.ts";
import { become, Tensor } from "./tensor.ts";

/**
 * Changes `x` in place. `compute` gives the result as a new tensor, recorded; `write`, if given, computes it straight
 * into `x`, and is used when nothing is to be recorded.
 */
export function assign(
  name: string,
  x: Tensor,
  compute: () => Tensor,
  write?: (out: Tensor) => void,
): Tensor {
  checkPlaces(name, x);
  refuseLeaf(name, x);
  const own = currentNode(x);
  if (!mode.recording && write) {
    write(x);
    x.storage.version++;
    return x;
  }
  const before = newestNode(), y = compute();
  if (!sameShape(y.shape, x.shape)) {
    throw new TypeError(
      `Cannot call ${name}() on shape ${show(x.shape)}: the result has shape ${show(y.shape)}`,
    );
  }
  if (isFloat(y.dtype) && !isFloat(x.dtype)) {
    throw new TypeError(`Cannot call ${name}() on dtype ${x.dtype}: the result is ${y.dtype}`);
  }
  const result = y.dtype === x.dtype ? y : y.to(x.dtype), recorded = mode.recording && result.node !== null;
  if (recorded && x.base === x) {
    throw new Error(
      `Cannot call ${name}() on a view made inside noGrad() of a tensor that takes a gradient: the change could not ` +
        `be recorded; make the view outside`,
    );
  }
  const was = mode.recording;
  mode.recording = false;
  try {
    keepOld(x, result.node, before);
    x.copy_(result);
  } finally {
    mode.recording = was;
  }
  if (was && (recorded || own)) rewrite(x, result);
  return x;
}

/** Checks that `x` is not, and is not a view of, a leaf whose change the tape would lose. */
export function refuseLeaf(name: string, x: Tensor): void {
  if (!mode.recording || !currentNode(x.base ?? x)?.isLeaf) return;
  throw new Error(
    `Cannot call ${name}() on a ${
      x.base ? "view of a " : ""
    }leaf that takes a gradient: its change could not be ` +
      `differentiated; wrap it in noGrad()`,
  );
}

/**
 * Where the steps to `last` saved numbers of `x` itself, which are about to be overwritten, gives them copies; `before`
 * is the newest step that is not one of them.
 */
function keepOld(x: Tensor, last: Node | null, before: number): void {
  const steps = last === null ? [] : [last], met = new Set<Node>();
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (step.id <= before || met.has(step)) continue;
    met.add(step);
    step.pushSources(steps, -1);
    if (!(step instanceof OpNode)) continue;
    step.inputs = step.inputs.map((saved) => {
      if (typeof saved === "number" || saved.storage !== x.storage) return saved;
      const copy = saved.detach().clone();
      copy.node = saved.node;
      copy.output = saved.output;
      return copy;
    });
  }
}

/**
 * The in-place twin of a pointwise op: `twin("mul", mul)` is the method `mul_`. Where the kernel can write straight
 * into the tensor, because operands fit it as they are, it does.
 */
export function twin(
  name: string,
  op: (x: Tensor, ...rest: Operand[]) => Tensor,
): (this: Tensor, ...rest: Operand[]) => Tensor {
  const definition = registry.get(name);
  const direct = definition instanceof Pointwise && definition.params === 0 && definition.differentiable
    ? definition
    : null;
  const title = `${name}_`;
  return function (...rest) {
    if (!mode.recording && direct !== null && rest.length === direct.arity - 1 && allJoin(rest, this)) {
      checkPlaces(title, this);
      return direct.applyInto(this, rest.length === 1 ? [this, rest[0]] : [this, ...rest]);
    }
    return assign(title, this, () => op(this, ...rest));
  };
}

/**
 * The in-place form of an op that makes views: `turn("squeeze", squeeze)` is the method `squeeze_`, which makes the tensor
 * its own view. Other views of its memory stay what they are.
 */
export function turn(
  name: string,
  op: (x: Tensor, ...rest: unknown[]) => Tensor,
): (this: Tensor, ...rest: unknown[]) => Tensor {
  return function (...rest) {
    const view = op(this, ...rest);
    refuseLeaf(`${name}_`, this);
    become(this, view);
    if (mode.recording && view.node !== null) {
      this.node = view.node;
      this.output = view.output;
      if (this.base === null) this.stamp++;
    }
    return this;
  };
}

/** Whether the operands are numbers, or tensors that have the float dtype of `x` and broadcast to its shape. */
function allJoin(operands: readonly Operand[], x: Tensor): operands is (Tensor | number)[] {
  if (!isFloat(x.dtype)) return false;
  for (let i = 0; i < operands.length; i++) {
    const y = operands[i];
    if (typeof y !== "number" && !(y instanceof Tensor && joins(y, x))) return false;
  }
  return true;
}

/** Refuses to write where several elements share memory. */
export function checkPlaces(name: string, x: Tensor): void {
  const { shape, strides } = x;
  for (let d = 0; d < shape.length; d++) {
    if (strides[d] === 0 && shape[d] > 1) {
      throw new Error(
        `Cannot call ${name}() on an expanded tensor of shape ${
          show(shape)
        }: its elements share memory; use .clone()`,
      );
    }
  }
}

/** Whether `y` has the dtype of `x`, broadcasts to its shape, and no element of it is overwritten before it is read. */
function joins(y: Tensor, x: Tensor): boolean {
  if (y.storage === x.storage && !(y.offset === x.offset && sameShape(y.strides, x.strides))) return false;
  const pad = x.shape.length - y.shape.length;
  return y.dtype === x.dtype && pad >= 0 &&
    y.shape.every((size, i) => size === 1 || size === x.shape[pad + i]);
}

/** Gives `x`, whose numbers are now those of `result`, the history of `result`. */
function rewrite(x: Tensor, result: Tensor): void {
  const { base } = x;
  if (base === null) {
    x.node = result.node;
    x.output = result.output;
    x.stamp++;
    return;
  }
  const merged = base.asStridedScatter(result, x.shape, x.strides, x.offset);
  base.node = merged.node;
  base.output = merged.output;
  base.stamp++;
  currentNode(x);
}
