/**
 * Backward through a compiled function: one node of the tape, whose gradients are a compiled program too.
 *
 * What the forward program leaves for it is saved in storages of the call, so that a function can be called several
 * times before backward.
 */
import { grad } from "../backward.ts";
import type { Storage } from "../memory/storage.ts";
import { Node } from "../node.ts";
import type { Sweep } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import { execute, type Made, makeFresh, type Program, storageInside } from "./program.ts";

/** What backward runs: its arguments are the gradients of the outputs, then the arguments of the function. */
export interface BackwardProgram {
  readonly program: Program;
  /** Storages that forward fills and backward reads. */
  readonly saved: readonly Storage[];
  /** Storages from outside that backward reads. */
  readonly captured: readonly Storage[];
  /** The tensors that gradients go to: from outside, or an argument by its number. */
  readonly targets: readonly (Tensor | number)[];
  /** The outputs that take gradients, without their numbers, and which tensors of the result they are. */
  readonly outputs: readonly Tensor[];
  readonly places: readonly number[];
  /** Runs the function itself again, for those outputs; null if it would not do the same twice. */
  readonly rerun: ((given: readonly Tensor[]) => Tensor[]) | null;
  /** Makes the gradient for each target; null where there is none. */
  readonly results: (given: readonly Tensor[], made: Made) => (Tensor | null)[];
}

/** The node of one call. */
export class CompiledNode extends Node {
  readonly #edges: readonly ({ node: Node; output: number } | null)[];
  readonly #versions: readonly (readonly [Storage, number])[];
  #saved: Map<Storage, Storage> | null = new Map();

  /** Library use: the call had the arguments `given`, and new storages `made`. */
  constructor(
    override readonly title: string,
    readonly body: BackwardProgram,
    readonly given: readonly Tensor[],
    made: Made,
  ) {
    super();
    this.#edges = body.targets.map((x) => {
      const { node, output } = typeof x === "number" ? given[x] : x;
      return node && { node, output };
    });
    for (const storage of body.saved) this.#saved!.set(storage, made.get(storage)!);
    const read = [...body.captured, ...given.map((x) => x.storage), ...this.#saved!.values()];
    this.#versions = read.map((storage) => [storage, storage.version]);
  }

  override get outputs(): number {
    return this.body.outputs.length;
  }

  override outputLike(k: number): Tensor {
    return this.body.outputs[k];
  }

  override pushSources(stack: Node[]): void {
    for (const edge of this.#edges) if (edge) stack.push(edge.node);
  }

  override propagate(sweep: Sweep): void {
    const { body, title } = this, saved = this.#saved;
    if (!saved) {
      throw new Error(
        "Cannot call backward() again: the first call freed the tape; pass { retainGraph: true } to the first",
      );
    }
    for (const [storage, version] of this.#versions) {
      if (storage.version === version) continue;
      throw new Error(
        `Cannot run backward of compiled ${title}: a tensor that it needs was changed in place afterwards`,
      );
    }
    const arrived = body.outputs.map((y, k) => {
      const g = sweep.take(this, k);
      return g instanceof Tensor ? g : y.newZeros(y.shape);
    });
    const results = sweep.createGraph ? this.#recorded(arrived) : this.#compiled(arrived, saved);
    this.#edges.forEach((edge, i) => {
      const g = results[i];
      if (edge && g && sweep.wants(edge.node)) sweep.send(edge.node, edge.output, g, false);
    });
    if (!sweep.retainGraph) this.#saved = null;
  }

  #compiled(gradients: readonly Tensor[], saved: Made): (Tensor | null)[] {
    const { body, given } = this, args = [...gradients.map(inside), ...given], made = makeFresh(body.program);
    for (const [storage, own] of saved) storage.lend(own.address, null);
    execute(body.program, args, made);
    return body.results(args, made);
  }

  /** For gradients that are to be differentiated: those of the function itself, run once more. */
  #recorded(gradients: readonly Tensor[]): (Tensor | null)[] {
    const { rerun, targets } = this.body;
    if (!rerun) {
      throw new Error(
        `Cannot differentiate compiled ${this.title} twice: it draws random numbers or changes what it uses, so it ` +
          `cannot be run again for that; compile the whole computation`,
      );
    }
    // aliases end the history where the function begins
    const own = this.given.map((x) => x.node ? x.view(x.shape) : x), outputs = rerun(own);
    return grad(outputs, targets.map((x) => typeof x === "number" ? own[x] : x), {
      gradOutputs: [...gradients],
      createGraph: true,
      allowUnused: true,
    });
  }
}

/** A tensor as programs take it: contiguous, in the arena. */
function inside(given: Tensor): Tensor {
  const x = given.contiguous();
  if (x.storage.address >= 0) return x;
  const storage = storageInside(x.storage.bytes), { shape, dtype, strides, offset } = x;
  storage.view("uint8").set(x.storage.view("uint8"));
  return new Tensor(storage, shape, dtype, strides, offset);
}
