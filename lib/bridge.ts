/** Where scalars and tensors meet on the tape: a scalar as a 0-d tensor, and its gradient's way back. */
import type { DType } from "./dtype.ts";
import { Node } from "./node.ts";
import { Scalar } from "./scalar.ts";
import { currentNode, type Sweep } from "./tape.ts";
import { empty, type Tensor } from "./tensor.ts";

/** A scalar as a 0-d tensor; gradients of the tensor arrive at the scalar. */
export function lift(x: Scalar, dtype: DType): Tensor {
  const y = empty([], dtype);
  y.storage.view(dtype)[y.offset] = x.value;
  if (x.requiresGrad) y.node = new Lift(x);
  return y;
}

class Lift extends Node {
  constructor(readonly scalar: Scalar) {
    super();
  }

  override get title(): string {
    return "Lift";
  }

  override pushSources(stack: Node[]): void {
    stack.push(this.scalar);
  }

  override propagate(sweep: Sweep): void {
    const g = sweep.take(this, 0) as Tensor;
    sweep.send(this.scalar, 0, sweep.createGraph ? new Lowered(g) : g.item(), false);
  }
}

/** A 0-d tensor as a scalar, when the backward pass is itself recorded. */
class Lowered extends Scalar {
  readonly #node: Node | null;

  constructor(readonly tensor: Tensor) {
    super(tensor.item(), currentNode(tensor) !== null);
    this.#node = tensor.node;
  }

  override get isLeaf(): boolean {
    return this.#node === null;
  }

  override pushSources(stack: Node[]): void {
    if (this.#node) stack.push(this.#node);
  }

  override propagate(sweep: Sweep): void {
    const g = sweep.take(this, 0) as number | Scalar, { dtype, output } = this.tensor;
    if (this.#node) {
      sweep.send(this.#node, output, lift(g instanceof Scalar ? g : new Scalar(g), dtype), false);
    }
  }
}
