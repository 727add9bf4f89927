/**
 * A node of the tape: one recorded step, whatever it computed with.
 *
 * Tensor operations (op.ts), scalars (scalar.ts) and leaves (tape.ts) are its kinds; the sweep of tape.ts walks them
 * without knowing which is which.
 */
import type { Scalar } from "./scalar.ts";
import type { Sweep } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What flows backward: tensors along tensors, numbers along scalars (scalars when the graph is to be recorded). */
export type Gradient = Tensor | Scalar | number;

/** Called with a gradient when the sweep reaches its output; what it returns replaces the gradient. */
export type NodeHook = (gradient: Gradient) => Gradient | void;

/** What is recorded at the moment. Library use; see {@link noGrad} and {@link detectAnomaly}. */
export const mode = { recording: true, anomaly: false };

let created = 0;

/** The id of the newest node: later ones have a higher one. */
export function newestNode(): number {
  return created;
}

/** One recorded step. Ids grow with time, so sorting by them gives an order in which gradients are complete. */
export abstract class Node {
  /** When it was recorded. */
  readonly id: number = ++created;
  /** Bookkeeping of the current sweep: position of the first output's gradient, and which sweep came by. */
  slot = 0;
  /** The last sweep that saw this node. */
  seen = 0;
  /** The last sweep that wants gradients to flow here. */
  wanted = 0;
  /** Hooks by output. */
  hooks: (NodeHook[] | undefined)[] | null = null;

  /** The name in prints: `gradFn=<Mul>`. */
  abstract readonly title: string;

  /** How many outputs take a gradient. */
  get outputs(): number {
    return 1;
  }

  /** Whether this is a leaf, where gradients come to rest. */
  get isLeaf(): boolean {
    return false;
  }

  /** Pushes the nodes that this one's inputs came from; those that sweep `seen` has seen may be left out. */
  abstract pushSources(stack: Node[], seen: number): void;

  /** Takes its gradient from the sweep and sends on those of its inputs. */
  abstract propagate(sweep: Sweep): void;

  /** A tensor of the shape and dtype of an output, without its numbers; null if it takes no gradient. */
  outputLike(_output: number): Tensor | null {
    return null;
  }

  /** Adds a hook for one output; the result removes it. */
  addHook(output: number, hook: NodeHook): { remove(): void } & Disposable {
    const list = (this.hooks ??= [])[output] ??= [];
    list.push(hook);
    const remove = () => {
      const at = list.indexOf(hook);
      if (at >= 0) list.splice(at, 1);
    };
    return { remove, [Symbol.dispose]: remove };
  }

  /** The printed form. */
  toString(): string {
    return `<${this.title}>`;
  }

  /** What `console.log` shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}
