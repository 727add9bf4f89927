/**
 * Forward mode: tangents carried along what was recorded, oldest step first.
 *
 * A step that knows its own rule (pointwise ops by their derived formulas, linear ops by themselves) computes its
 * tangent directly. Any other is transposed: its backward is linear in the incoming gradient g, so the derivative of
 * ⟨backward(g), tangents⟩ with respect to g is the tangent that goes out. What a step saved for backward is all that
 * either needs, and both are made of differentiable ops, so forward mode nests with itself and with backward.
 */
import { grad } from "./backward.ts";
import { mode, type Node } from "./node.ts";
import { OpNode } from "./op.ts";
import { sameShape, show } from "./shape.ts";
import { currentNode, Sweep } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Where a tangent enters: an input of the function, recorded, and the direction it moves in. */
export interface Seed {
  readonly x: Tensor;
  readonly tangent: Tensor;
}

/**
 * The tangents of `outputs` as the seeds move: J · v without J; null where an output does not depend on any of them.
 * The tape is kept. `createGraph` records the tangents themselves.
 */
export function pushforward(
  outputs: readonly Tensor[],
  seeds: readonly Seed[],
  createGraph: boolean,
): (Tensor | null)[] {
  const was = mode.recording, tangents = new Tangents();
  for (const { x, tangent } of seeds) tangents.add(currentNode(x)!, x.output, tangent);
  mode.recording = createGraph;
  try {
    const nodes = outputs.map((y) => currentNode(y));
    for (const node of stepsUnder(nodes, tangents)) {
      const direct = node instanceof OpNode && node.op.tangent !== undefined;
      if (direct) carry(node, tangents);
      else transpose(node, tangents, createGraph);
    }
    return outputs.map((y, i) => nodes[i] && (tangents.of(nodes[i], y.output) ?? null));
  } finally {
    mode.recording = was;
  }
}

/** The tangents that have arrived so far, by node and output. */
class Tangents {
  readonly #all = new Map<Node, (Tensor | undefined)[]>();
  /** No step before the oldest input can depend on one. */
  oldest = Infinity;

  has(node: Node): boolean {
    return this.#all.has(node);
  }

  of(node: Node, output: number): Tensor | undefined {
    return this.#all.get(node)?.[output];
  }

  add(node: Node, output: number, tangent: Tensor): void {
    const list = this.#all.get(node) ?? [], before = list[output];
    list[output] = before ? before.add(tangent) : tangent;
    this.#all.set(node, list);
    this.oldest = Math.min(this.oldest, node.id);
  }
}

/** The steps that the outputs were computed by since the inputs, oldest first, without the inputs. */
function stepsUnder(outputs: readonly (Node | null)[], inputs: Tangents): Node[] {
  const seen = new Set<Node>(), stack = outputs.filter((node) => node !== null), steps: Node[] = [];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node) || node.id < inputs.oldest || inputs.has(node)) continue;
    seen.add(node);
    if (node.isLeaf) continue;
    steps.push(node);
    node.pushSources(stack, -1);
  }
  return steps.sort((a, b) => a.id - b.id);
}

/** ẏ = Σ ∂y/∂xᵢ · ẋᵢ by the op's own rule. */
function carry(node: OpNode, tangents: Tangents): void {
  node.inputs.forEach((x, i) => {
    const tangent = typeof x === "number" || x.node === null ? undefined : tangents.of(x.node, x.output);
    const part = tangent && node.op.tangent!(i, tangent, node);
    if (!part) return;
    const { shape, dtype } = node.output!, typed = part.dtype === dtype ? part : part.to(dtype);
    tangents.add(node, 0, sameShape(typed.shape, shape) ? typed : typed.expand(shape));
  });
}

/** ẏ = d⟨backward(g), ẋ⟩ / dg */
function transpose(node: Node, tangents: Tangents, createGraph: boolean): void {
  const sources: Node[] = [];
  node.pushSources(sources, -1);
  if (!sources.some((source) => tangents.has(source))) return;
  mode.recording = true;
  const step = new Step(node, tangents);
  node.propagate(step);
  mode.recording = createGraph;
  const { sent, incoming } = step, places = [...incoming.keys()];
  if (sent.length === 0) return;
  const results = grad(sent.map(({ g }) => g), places.map((k) => incoming.get(k)!), {
    gradOutputs: sent.map(({ tangent }) => tangent),
    createGraph,
    allowUnused: true,
  });
  results.forEach((tangent, i) => tangent && tangents.add(node, places[i], tangent));
}

/** The sweep that a single step sees when it is transposed: it asks for backward, linear in `incoming`. */
class Step extends Sweep {
  /** What backward sent to inputs that have a tangent. */
  readonly sent: { g: Tensor; tangent: Tensor }[] = [];
  /** The gradients it was given, by output: ones, for only their place in the result counts. */
  readonly incoming = new Map<number, Tensor>();

  constructor(readonly node: Node, readonly tangents: Tangents) {
    super(true, true, false);
  }

  override wants(node: Node): boolean {
    return this.tangents.has(node);
  }

  override isFresh(): boolean {
    return false;
  }

  override take(node: Node, output: number): Tensor | undefined {
    const like = node.outputLike(output);
    if (!like) return undefined;
    const g = like.newOnes(like.shape).requiresGrad_();
    this.incoming.set(output, g);
    return g;
  }

  override send(node: Node, output: number, gradient: unknown): void {
    const tangent = this.tangents.of(node, output), g = gradient as Tensor;
    if (!tangent) return;
    if (currentNode(g) === null) {
      if (g.toTypedArray().every((v) => v === 0)) return; // no part in the derivative
      // ours are all made of ops; a user's Function need not be
      throw new TypeError(
        `Cannot carry tangents through ${this.node.title}: its backward cannot be differentiated; use reverse mode`,
      );
    }
    if (!sameShape(g.shape, tangent.shape)) {
      throw new Error(`Bug: a tangent of shape ${show(tangent.shape)} met a gradient of ${show(g.shape)}`);
    }
    this.sent.push({ g, tangent });
  }
}
