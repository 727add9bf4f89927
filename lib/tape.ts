/**
 * The tape: what is recorded, and the backward sweep over it.
 *
 * A sweep collects the nodes under its roots, visits them newest first, and at each adds up what arrives before the
 * node passes it on. No recursion: chains of any length work.
 */
import { isFloat } from "./dtype.ts";
import { describe } from "./errors.ts";
import { type Gradient, mode, Node } from "./node.ts";
import { Scalar } from "./scalar.ts";
import { sameShape, show } from "./shape.ts";
import { type Hook, Tensor } from "./tensor.ts";

/** Where gradients of a leaf tensor come to rest: in its `grad`. */
export class Leaf extends Node {
  /** Library use. */
  constructor(readonly tensor: Tensor) {
    super();
  }

  override get title(): string {
    return "Leaf";
  }

  override get isLeaf(): boolean {
    return true;
  }

  override pushSources(): void {}

  override propagate(sweep: Sweep): void {
    if (!sweep.accumulates) return;
    const fresh = sweep.isFresh(this, 0), g = sweep.take(this, 0) as Tensor, { tensor } = this;
    const before = tensor.grad;
    if (sweep.createGraph) tensor.grad = before ? before.add(g) : g;
    else if (before) {
      before.add_(g);
      if (fresh) g.storage.release();
    } else if (fresh && g.isContiguous()) tensor.grad = g;
    else tensor.grad = g.detach().clone();
  }
}

/** Where a sweep begins: an output, and its gradient. */
export interface SweepRoot {
  /** The node that made the output. */
  readonly node: Node;
  /** Which of its outputs. */
  readonly output: number;
  /** The weight of each element, or of the scalar. */
  readonly gradient: Gradient;
}

let sweeps = 0;
let running: Sweep | null = null;

/** One backward pass. */
export class Sweep {
  readonly #id = ++sweeps;
  /** What arrived so far, by the slots of outputs, and whether nobody but the sweep holds its storage. */
  readonly #gradients: (Gradient | undefined)[] = [];
  readonly #fresh: boolean[] = [];
  #captured: Map<Node, (Gradient | undefined)[]> | null = null;

  /** `accumulates`: leaves add to their `grad`; otherwise only what {@link capture} asked for is kept. */
  constructor(readonly createGraph: boolean, readonly retainGraph: boolean, readonly accumulates: boolean) {}

  /** Asks for the gradient of one output of a node, to be read with {@link captured}. */
  capture(node: Node): void {
    this.#captured ??= new Map();
    if (!this.#captured.has(node)) this.#captured.set(node, []);
  }

  /** The gradient that {@link capture} asked for; undefined if none arrived. */
  captured(node: Node, output: number): Gradient | undefined {
    return this.#captured?.get(node)?.[output];
  }

  /** Starts at `roots` with the given gradients and runs to the leaves. */
  run(roots: readonly SweepRoot[]): void {
    const outer = running,
      was = mode.recording,
      marks: [Node, number, number, number][] | null = outer ? [] : null;
    running = this;
    mode.recording = this.createGraph;
    try {
      const nodes = this.#collect(roots, marks);
      if (!this.accumulates) this.#markWanted(nodes);
      for (let i = 0; i < roots.length; i++) {
        this.send(roots[i].node, roots[i].output, roots[i].gradient, false);
      }
      for (let i = 0; i < nodes.length; i++) this.#visit(nodes[i]);
    } finally {
      running = outer;
      mode.recording = was;
      for (const [node, slot, seen, wanted] of marks ?? []) Object.assign(node, { slot, seen, wanted });
    }
  }

  /** Whether a gradient for `node` is of any use in this sweep. */
  wants(node: Node): boolean {
    return node.wanted === this.#id;
  }

  /** Adds to the gradient of an output. `fresh`: nobody else holds its storage. */
  send(node: Node, output: number, gradient: Gradient, fresh: boolean): void {
    const slot = node.slot + output, before = this.#gradients[slot];
    if (before === undefined) {
      this.#gradients[slot] = gradient;
      this.#fresh[slot] = fresh;
    } else if (typeof before === "number" && typeof gradient === "number") {
      this.#gradients[slot] = before + gradient;
    } else if (before instanceof Tensor && gradient instanceof Tensor) {
      // an expanded gradient shows one element many times: it cannot be added to in place
      const owned = this.#fresh[slot] && before.dtype === gradient.dtype && before.isContiguous();
      this.#gradients[slot] = owned ? before.add_(gradient) : before.add(gradient);
      this.#fresh[slot] = !this.createGraph;
      if (fresh && !this.createGraph) gradient.storage.release();
    } else this.#gradients[slot] = asScalar(before).add(asScalar(gradient));
  }

  /** Removes and returns the gradient of an output; undefined if none arrived. */
  take(node: Node, output: number): Gradient | undefined {
    const slot = node.slot + output, gradient = this.#gradients[slot];
    this.#gradients[slot] = undefined;
    return gradient;
  }

  /** Whether nobody but the sweep holds the storage of an output's gradient. */
  isFresh(node: Node, output: number): boolean {
    return this.#fresh[node.slot + output];
  }

  /**
   * The nodes under `roots`, newest first and leaves last, each given its place; `marks` takes what an outer sweep had
   * noted there. Without the leaves a chain comes sorted as it is found.
   */
  #collect(roots: readonly SweepRoot[], marks: [Node, number, number, number][] | null): Node[] {
    const id = this.#id, { accumulates } = this, nodes: Node[] = [], leaves: Node[] = [], stack: Node[] = [];
    const gradients = this.#gradients, fresh = this.#fresh;
    let sorted = true, last = Infinity, oldest = 0;
    for (let i = 0; i < roots.length; i++) stack.push(roots[i].node);
    if (!accumulates) { // what is older than all that is asked for cannot lead there; roots get gradients anyway
      oldest = Infinity;
      for (const node of [...this.#captured?.keys() ?? [], ...stack]) oldest = Math.min(oldest, node.id);
    }
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.seen === id || node.id < oldest) continue;
      marks?.push([node, node.slot, node.seen, node.wanted]);
      node.seen = id;
      node.slot = gradients.length;
      for (let k = 0; k < node.outputs; k++) {
        gradients.push(undefined);
        fresh.push(false);
      }
      if (accumulates) node.wanted = id;
      if (node.isLeaf) {
        leaves.push(node);
        continue;
      }
      if (node.id > last) sorted = false;
      last = node.id;
      nodes.push(node);
      node.pushSources(stack, id);
    }
    if (!sorted) nodes.sort((a, b) => b.id - a.id);
    for (let i = 0; i < leaves.length; i++) nodes.push(leaves[i]);
    return nodes;
  }

  /** When only some inputs are asked for: marks the nodes on the way to them, oldest first. */
  #markWanted(nodes: readonly Node[]): void {
    const id = this.#id, sources: Node[] = [];
    for (let i = nodes.length - 1; i >= 0; i--) {
      sources.length = 0;
      nodes[i].pushSources(sources, 0);
      if (this.#captured?.has(nodes[i]) || sources.some((s) => s.wanted === id)) nodes[i].wanted = id;
    }
  }

  #visit(node: Node): void {
    if (node.wanted !== this.#id) return;
    const { slot, outputs } = node;
    let arrived = false;
    for (let k = 0; k < outputs; k++) {
      if (this.#gradients[slot + k] === undefined) continue;
      arrived = true;
      if (node.hooks !== null) this.#callHooks(node, k, node.hooks[k] ?? []);
    }
    if (!arrived) return;
    const list = this.accumulates ? undefined : this.#captured?.get(node);
    if (list) {
      for (let k = 0; k < outputs; k++) {
        list[k] = this.#gradients[slot + k];
        this.#fresh[slot + k] = false;
      }
      if (node.isLeaf) return;
    }
    node.propagate(this);
  }

  #callHooks(node: Node, output: number, hooks: readonly ((g: Gradient) => Gradient | void)[]): void {
    const slot = node.slot + output;
    for (const hook of [...hooks]) {
      const replaced = hook(this.#gradients[slot]!);
      if (replaced !== undefined && replaced !== null) this.#gradients[slot] = replaced;
    }
    this.#fresh[slot] = false; // the hook may have kept it
  }
}

/** A gradient that belongs to a scalar, as one. Library use. */
export function asScalar(g: Gradient): Scalar {
  if (g instanceof Tensor) throw new Error("Bug: a tensor gradient reached a scalar");
  return g instanceof Scalar ? g : new Scalar(g);
}

/** The node of a tensor; a view's is brought up to date when its base was changed in place. */
export function currentNode(x: Tensor): Node | null {
  if (x.base !== null && x.stamp !== x.base.stamp) replayView(x);
  return x.node;
}

/** Gives a view of a base that was changed in place its new history: the same view of the base as it is now. */
function replayView(x: Tensor): void {
  const base = x.base!, was = mode.recording;
  x.stamp = base.stamp;
  mode.recording = true; // history belongs to the view, wherever it is asked for
  try {
    const fresh = base.asStrided(x.shape, x.strides, x.offset);
    x.node = fresh.node;
    x.output = fresh.output;
  } finally {
    mode.recording = was;
  }
}

/** Turns recording on or off for a leaf. */
export function requiresGrad_(x: Tensor, requiresGrad: unknown = true): Tensor {
  if (typeof requiresGrad !== "boolean") {
    throw new TypeError(`Cannot set requiresGrad to ${describe(requiresGrad)}: it must be true or false`);
  }
  if (!x.isLeaf) {
    if (requiresGrad) return x;
    throw new TypeError("Cannot set requiresGrad to false on the result of an operation: use detach()");
  }
  if (requiresGrad && !isFloat(x.dtype)) {
    throw new TypeError(
      `Cannot set requiresGrad on a tensor of dtype ${x.dtype}: only float dtypes take gradients`,
    );
  }
  if (requiresGrad !== (x.node !== null)) x.node = requiresGrad ? new Leaf(x) : null;
  if (requiresGrad) x.storage.escaped = true; // parameters outlive the scope() that they were made in
  return x;
}

/** Keeps the gradient of a non-leaf in `grad` during backward. */
export function retainGrad(x: Tensor): void {
  const node = requireNode("retainGrad", x);
  if (!node.isLeaf) {
    node.addHook(x.output, (g) => {
      x.grad = (g as Tensor).detach();
    });
  }
}

/** Calls `hook` with the gradient of `x` when a sweep reaches it; what it returns replaces the gradient. */
export function registerHook(x: Tensor, hook: Hook): { remove(): void } & Disposable {
  if (typeof hook !== "function") {
    throw new TypeError(
      `Cannot call registerHook() with ${describe(hook)}: it takes a function of the gradient`,
    );
  }
  return requireNode("registerHook", x).addHook(x.output, (g) => {
    const replaced = hook(g as Tensor);
    if (replaced === undefined || replaced === null) return;
    if (replaced instanceof Tensor && sameShape(replaced.shape, x.shape)) return replaced;
    throw new TypeError(
      `Cannot replace a gradient by what the hook returned: it must be a tensor of shape ${show(x.shape)}`,
    );
  });
}

function requireNode(name: string, x: Tensor): Node {
  const node = currentNode(x);
  if (node) return node;
  throw new TypeError(`Cannot call ${name}() on a tensor that takes no gradient: set requiresGrad first`);
}
