/** The optional speed-up for code that does not yield: memory of temporaries given back at the end of a block. */
import { releaseSince, track } from "./memory/storage.ts";
import type { Tensor } from "./tensor.ts";

/** Returned by {@link scope}. */
export interface Scope extends Disposable {
  /** Keeps a tensor beyond the end of the scope, and returns it. */
  keep(x: Tensor): Tensor;
}

/**
 * Gives back the memory of all tensors made until the end of the enclosing block, except those kept, gradients and
 * parameters. Never needed: the garbage collector does the same, later. Synchronous code only.
 *
 * @example
 * ```ts
 * import { ones, scope } from "@dinograd/dinograd";
 *
 * function norm() {
 *   using s = scope();
 *   const x = ones([1000, 1000]);
 *   return s.keep(x.mul(x).sum());
 * }
 * console.log(norm().item()); // 1000000
 * ```
 */
export function scope(): Scope {
  return new OpenScope();
}

/** A class, as a literal with methods of its own would take 0.2 us more. */
class OpenScope implements Scope {
  readonly #mark = track();
  readonly #kept: Tensor[] = [];

  keep(x: Tensor): Tensor {
    this.#kept.push(x);
    return x;
  }

  [Symbol.dispose](): void {
    releaseSince(this.#mark, this.#kept);
  }
}
