/**
 * Scalars: numbers on the tape, without shape or memory.
 *
 * `scalar(2, { requiresGrad: true })` has the pointwise ops of tensors under the same names and mixes with them; an
 * operation on scalars alone costs tens of nanoseconds. A scalar is its own node of the tape.
 */
import { describe } from "./errors.ts";
import { mode, Node } from "./node.ts";
import type { Pointwise } from "./pointwise.ts";
import type * as pointwiseOps from "../ops/pointwise.ts"; // types only
import type { Sweep } from "./tape.ts";
import type { BackwardOptions } from "./backward.ts";
import type { Tensor } from "./tensor.ts";

/** The pointwise ops as methods of scalars: a tensor operand gives a tensor. */
export type ScalarMethods<Ops> = {
  [K in keyof Ops]: Ops[K] extends {
    (x: Scalar, ...scalars: infer A): Scalar;
    (x: Tensor, ...tensors: infer B): Tensor;
  } ? { (...scalars: A): Scalar; (...tensors: B): Tensor }
    : never;
};

/** A number that remembers how it was made. Create one with {@link scalar}. */
export class Scalar extends Node {
  /** The number. */
  readonly value: number;
  /** Whether operations on this scalar are recorded. */
  requiresGrad: boolean;
  /** The gradient that `backward()` left here: a number, or a scalar after `createGraph`. */
  grad: number | Scalar | null = null;
  /** How it was computed; null for leaves. Library use. */
  op: ScalarRule | null = null;
  /** The operands of `op`. Library use. */
  operands: readonly (Scalar | number)[] | null = null;

  /** Library use; see {@link scalar}. */
  constructor(value: number, requiresGrad = false) {
    super();
    this.value = value;
    this.requiresGrad = requiresGrad;
  }

  /** Whether it was made by the user. */
  override get isLeaf(): boolean {
    return this.op === null;
  }

  /** The name of the operation that made it. */
  override get title(): string {
    return this.op?.title ?? "Leaf";
  }

  /** The number. */
  item(): number {
    return this.value;
  }

  /** The number, in arithmetic expressions. */
  override valueOf(): number {
    return this.value;
  }

  /** The same number off the tape. */
  detach(): Scalar {
    return new Scalar(this.value);
  }

  /** Library use: pushes the operands that take a gradient. */
  override pushSources(stack: Node[], seen: number): void {
    const { operands } = this;
    if (operands === null) return;
    for (let i = 0; i < operands.length; i++) {
      const x = operands[i];
      if (typeof x !== "number" && x.requiresGrad && x.seen !== seen) stack.push(x);
    }
  }

  /** Library use: passes the gradient on to the operands, or keeps it in a leaf. */
  override propagate(sweep: Sweep): void {
    const g = sweep.take(this, 0) as number | Scalar;
    if (this.op !== null) this.op.propagate(sweep, g, this);
    else if (sweep.accumulates) this.grad = this.grad === null ? g : plus(this.grad, g);
  }

  /** For example `scalar(2.5, gradFn=<Mul>)`. */
  override toString(): string {
    const history = this.op ? `, gradFn=<${this.title}>` : this.requiresGrad ? ", requiresGrad=true" : "";
    return `scalar(${this.value}${history})`;
  }
}

/** The pointwise ops, and the tape's backward. */
export interface Scalar extends ScalarMethods<typeof pointwiseOps> {
  /** Adds this scalar's gradient into `grad` of every leaf it was computed from. */
  backward(options?: BackwardOptions): void;
}

/** How a gradient passes through a step that made a scalar: a pointwise op, or a bridge from a tensor. */
export interface ScalarRule {
  /** The name in prints. */
  readonly title: string;
  /** Sends the gradient `g` of `y` on to what `y` was made from. */
  propagate(sweep: Sweep, g: number | Scalar, y: Scalar): void;
}

function plus(a: number | Scalar, b: number | Scalar): number | Scalar {
  if (typeof a === "number") return typeof b === "number" ? a + b : b.add(a);
  return a.add(b);
}

/**
 * A number as a node of the tape.
 *
 * @throws {TypeError} if `value` is not a number.
 *
 * @example The slope of x² sin x at 2
 * ```ts
 * import { scalar } from "@dinograd/dinograd";
 *
 * const x = scalar(2, { requiresGrad: true });
 * x.mul(x).mul(x.sin()).backward();
 * console.log(x.grad); // 4 sin 2 + 4 cos 2
 * ```
 */
export function scalar(value: number, options: { requiresGrad?: boolean } = {}): Scalar {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot make a scalar of ${describe(value)}: it must be a number`);
  }
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot make a scalar with options ${describe(options)}: for example { requiresGrad: true }`,
    );
  }
  return new Scalar(value, options.requiresGrad === true);
}

/** Applies a pointwise op to numbers and scalars. Library use. */
export function applyToScalars(op: Pointwise, operands: readonly (Scalar | number)[]): Scalar {
  const a = operands[0], b = operands[1];
  let value: number;
  const p = typeof a === "number" ? a : a.value;
  if (operands.length === 1) value = op.evaluate(p);
  else if (operands.length === 2) value = op.evaluate(p, typeof b === "number" ? b : b.value);
  else value = op.evaluate(...operands.map((x) => typeof x === "number" ? x : x.value));
  const y = new Scalar(value);
  if (!mode.recording || !op.differentiable) return y;
  for (let i = 0; i < operands.length; i++) {
    const x = operands[i];
    if (typeof x === "number" || !x.requiresGrad) continue;
    y.requiresGrad = true;
    y.op = op;
    y.operands = operands;
    break;
  }
  return y;
}
