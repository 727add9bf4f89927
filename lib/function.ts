/** The user's own ops: a forward and a backward function, as PyTorch's autograd.Function. */
import { isFloat } from "./dtype.ts";
import { describe, ShapeError } from "./errors.ts";
import { mode, Node } from "./node.ts";
import { sameShape, show } from "./shape.ts";
import { snapshot } from "./snapshot.ts";
import { currentNode, type Sweep } from "./tape.ts";
import { Tensor } from "./tensor.ts";

/** What forward leaves for backward. */
export class FunctionContext {
  #saved: { tensor: Tensor; version: number }[] = [];
  readonly #fixed = new Set<Tensor>();
  /** For each argument of forward, whether its gradient is needed. */
  readonly needsInputGrad: readonly boolean[];
  /** Anything else that backward should know. */
  [key: string]: unknown;

  /** Library use. */
  constructor(needsInputGrad: readonly boolean[]) {
    this.needsInputGrad = needsInputGrad;
  }

  /** Keeps tensors, inputs or outputs, until backward; changing them in place afterwards is then an error. */
  saveForBackward(...tensors: Tensor[]): void {
    this.#saved = tensors.map((tensor) => ({ tensor, version: tensor.storage.version }));
  }

  /** The tensors given to {@link saveForBackward}. */
  get savedTensors(): Tensor[] {
    for (const { tensor, version } of this.#saved) {
      if (tensor.storage.version !== version) {
        throw new Error(
          `Cannot run backward of a Function: a saved tensor ${
            show(tensor.shape)
          } was changed in place afterwards ` +
            `(version ${tensor.storage.version}, recorded at ${version})`,
        );
      }
    }
    return this.#saved.map(({ tensor }) => tensor);
  }

  /** Says that an output takes no gradient. */
  markNonDifferentiable(...outputs: Tensor[]): void {
    for (const y of outputs) this.#fixed.add(y);
  }

  /** Library use: whether an output takes a gradient. */
  isDifferentiable(y: Tensor): boolean {
    return isFloat(y.dtype) && !this.#fixed.has(y);
  }
}

/** What forward returns: one tensor or several. */
export type FunctionOutput = Tensor | readonly Tensor[];

/** What backward returns: one gradient for each argument of forward, null for those without; alone if there is one. */
export type FunctionGradient = Tensor | null | readonly (Tensor | null)[];

/**
 * The base of the user's own ops: extend it with static `forward` and `backward`, call `apply`. See
 * {@link https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function}.
 *
 * `forward` is not recorded; `backward` is, when the graph of gradients is asked for, so it can be differentiated.
 *
 * @example
 * ```ts
 * import { autograd, type Tensor, tensor } from "@dinograd/dinograd";
 *
 * class Cube extends autograd.Function {
 *   static override forward(context: autograd.FunctionContext, x: Tensor) {
 *     context.saveForBackward(x);
 *     return x.mul(x).mul(x);
 *   }
 *   static override backward(context: autograd.FunctionContext, g: Tensor) {
 *     const [x] = context.savedTensors;
 *     return g.mul(x).mul(x).mul(3);
 *   }
 * }
 * const x = tensor(2, { requiresGrad: true });
 * (Cube.apply(x) as Tensor).backward();
 * console.log(x.grad!.item()); // 12
 * ```
 */
export class Function {
  // deno-lint-ignore no-explicit-any -- the arguments are the user's
  static forward(_context: FunctionContext, ..._args: any[]): FunctionOutput {
    throw new TypeError(`Cannot apply ${this.name}: it has no static forward(context, ...inputs)`);
  }

  // deno-lint-ignore no-explicit-any -- one gradient for each output
  static backward(_context: FunctionContext, ..._gradients: any[]): FunctionGradient {
    throw new TypeError(
      `Cannot run backward of ${this.name}: it has no static backward(context, ...gradients)`,
    );
  }

  /** Runs forward and records the call. */
  static apply(...args: unknown[]): Tensor | Tensor[] {
    const needs = args.map((x) => x instanceof Tensor && currentNode(x) !== null);
    const context = new FunctionContext(needs), was = mode.recording;
    mode.recording = false;
    let result: FunctionOutput;
    try {
      result = this.forward(context, ...args);
    } finally {
      mode.recording = was;
    }
    const outputs = result instanceof Tensor ? [result] : result;
    if (!Array.isArray(outputs) || !outputs.every((y) => y instanceof Tensor)) {
      throw new TypeError(
        `Cannot apply ${this.name}: forward must return a tensor or an array of them, got ${
          describe(result)
        }`,
      );
    }
    const fresh = outputs.map((y) => args.includes(y) ? y.detach() : y); // an input returned as it is gets a new history
    if (was && needs.includes(true)) new FunctionNode(this, context, args, fresh);
    return result instanceof Tensor ? fresh[0] : fresh;
  }
}

class FunctionNode extends Node {
  readonly #edges: ({ node: Node; output: number; shape: readonly number[] } | null)[];
  readonly #shapes: readonly (readonly number[])[];
  /** The outputs without numbers; null for those that take no gradient. */
  readonly #like: readonly (Tensor | null)[];
  #context: FunctionContext | null;

  constructor(
    readonly rule: typeof Function,
    context: FunctionContext,
    args: readonly unknown[],
    outputs: readonly Tensor[],
  ) {
    super();
    this.#context = context;
    this.#shapes = outputs.map((y) => y.shape);
    this.#like = outputs.map((y) => context.isDifferentiable(y) ? snapshot(y, false, false) : null);
    this.#edges = args.map((x) => {
      const node = x instanceof Tensor ? currentNode(x) : null;
      return node && x instanceof Tensor ? { node, output: x.output, shape: x.shape } : null;
    });
    outputs.forEach((y, k) => {
      if (context.isDifferentiable(y)) Object.assign(y, { node: this, output: k });
    });
  }

  override get title(): string {
    return this.rule.name;
  }

  override get outputs(): number {
    return this.#shapes.length;
  }

  override outputLike(k: number): Tensor | null {
    return this.#like[k];
  }

  override pushSources(stack: Node[]): void {
    for (const edge of this.#edges) if (edge) stack.push(edge.node);
  }

  override propagate(sweep: Sweep): void {
    const context = this.#context;
    if (!context) {
      throw new Error(
        "Cannot call backward() again: the first call freed the tape; pass { retainGraph: true } to the first",
      );
    }
    const arrived = this.#like.map((_, k) => sweep.take(this, k) as Tensor | undefined);
    const some = arrived.find((g) => g !== undefined)!;
    const returned = this.rule.backward(
      context,
      ...arrived.map((g, k) => g ?? some.newZeros(this.#shapes[k])),
    );
    const gradients = Array.isArray(returned) ? returned : [returned];
    this.#edges.forEach((edge, i) => {
      const g: unknown = gradients[i];
      if (!edge || g === null || g === undefined || !sweep.wants(edge.node)) return;
      if (!(g instanceof Tensor) || !sameShape(g.shape, edge.shape)) {
        const got = g instanceof Tensor ? show(g.shape) : describe(g);
        throw new ShapeError(
          `Cannot run backward of ${this.title}: gradient ${i} is ${got}, it must be a tensor of ${
            show(edge.shape)
          }`,
        );
      }
      sweep.send(edge.node, edge.output, g, false);
    });
    if (!sweep.retainGraph) this.#context = null;
  }
}
