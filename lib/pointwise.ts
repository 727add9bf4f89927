/**
 * Pointwise ops: a formula is all there is to say.
 *
 * From the formula come the kernels (through {@link PointwiseKernel}), the scalar form, and the gradients, which are
 * pointwise ops themselves: each is one fused kernel and can be differentiated again. An op whose derived gradient
 * is numerically poor, or wasteful because the output already says it, states a better one beside the formula.
 */
import { asNumber, named } from "./arguments.ts";
import { differentiate } from "./derivative.ts";
import { type DType, isFloat, numberDType, promote, promoteWeak } from "./dtype.ts";
import { describe } from "./errors.ts";
import { PointwiseKernel } from "./execute.ts";
import {
  type Algebra,
  type Expr,
  express,
  type Formula,
  Graph,
  inputsOf,
  interpret,
  numbers,
  substitute,
  toFunction,
} from "./formula.ts";
import { lift } from "./bridge.ts";
import { mode } from "./node.ts";
import { OpNode, type Recordable, registry, titleOf } from "./op.ts";
import { applyToScalars, Scalar, type ScalarRule } from "./scalar.ts";
import { broadcastShapes, sameShape, type Shape, stridesOf } from "./shape.ts";
import { currentNode, type Sweep } from "./tape.ts";
import { empty, Tensor } from "./tensor.ts";

/** What a pointwise op accepts: a tensor, a scalar, or a number; shapes broadcast. */
export type Operand = Tensor | Scalar | number;

/** A pointwise op of one operand. */
export interface Unary {
  (x: Scalar): Scalar;
  (x: Tensor): Tensor;
}

/** A pointwise op of two operands; a tensor on either side gives a tensor. */
export interface Binary {
  (x: number, y: Tensor): Tensor;
  (x: Scalar, y: Scalar | number): Scalar;
  (x: Tensor, y: Operand): Tensor;
}

/** A pointwise op of one operand with options that are numbers: in PyTorch's order, or by name in an object. */
export interface Adjustable<Options> {
  (x: Scalar, ...options: (number | Options)[]): Scalar;
  (x: Tensor, ...options: (number | Options)[]): Tensor;
}

/** The gradient for one input in the words of the algebra: from g, the output y and the inputs. */
export type GradientFormula = <V, M>(k: Algebra<V, M>, g: V, y: V, ...x: V[]) => V;

/** What is special about a pointwise op. */
export interface PointwiseOptions {
  /** How messages say it: "multiply"; default "call name()". */
  readonly verb?: string;
  /** The dtype of the result: of the operands, a float even for integers, or always the same. */
  readonly result?: "same" | "float" | "bool" | "int32";
  /** The type that integer operands are computed in; default int32. Doubles hold every int32. */
  readonly integersIn?: "float32" | "float64";
  /** How many of the formula's arguments at the end are plain numbers given with the call. */
  readonly params?: number;
  /** Better gradients than the derived ones; null keeps the derived one, false says there is none. */
  readonly gradient?: readonly (GradientFormula | null | false)[];
}

/** A gradient as a pointwise op, and where its operands come from (see {@link Pointwise.gradientOf}). */
interface Derived {
  readonly op: Pointwise;
  readonly uses: readonly number[];
  readonly needs: number;
  readonly evaluate: (x: readonly number[]) => number;
}

const scratch: number[] = [];

/** A pointwise op. */
export class Pointwise implements Recordable, ScalarRule {
  readonly name: string;
  readonly title: string;
  readonly broadcasts = true;
  /** How many operands it takes, and how many of them are plain numbers. */
  readonly arity: number;
  readonly params: number;
  /** Whether gradients flow at all. */
  readonly differentiable: boolean;
  readonly #formula: Formula | Expr;
  readonly #options: PointwiseOptions;
  // what the formula says is found out at the first use: 400 ops would add 10 ms to every start
  #graph: Graph | null;
  #root: Expr | null = null;
  #evaluate: ((...x: number[]) => number) | null = null;
  readonly #derived: (Derived | null | undefined)[] = [];
  #kernel: PointwiseKernel | null = null;

  /** Library use; see {@link pointwise}. */
  constructor(
    name: string,
    formula: Formula | Expr,
    options: PointwiseOptions,
    graph: Graph | null = null,
    arity = -1,
  ) {
    this.name = name;
    this.title = titleOf(name);
    this.#options = options;
    this.#formula = formula;
    this.#graph = graph;
    this.params = options.params ?? 0;
    this.arity = typeof formula === "function" ? formula.length - 1 : arity;
    const { result = "same", gradient } = options;
    this.differentiable = (result === "same" || result === "float") && !gradient?.every((g) => g === false);
  }

  /** Where its expressions live. */
  get graph(): Graph {
    return this.#graph ??= new Graph();
  }

  /** The expression behind the op: operands are inputs 0 to arity − 1. */
  get root(): Expr {
    const { graph } = this, formula = this.#formula;
    return this.#root ??= typeof formula === "function" ? express(formula, this.arity, graph) : formula;
  }

  /** The op on numbers. */
  get evaluate(): (...x: number[]) => number {
    return this.#evaluate ??= this.#onNumbers();
  }

  #onNumbers(): (...x: number[]) => number {
    const formula = this.#formula;
    // a formula of one word is that word on numbers: mul for mul
    const word = wordOf(this.root, this.arity);
    if (word) return word;
    if (typeof formula === "function") {
      return (formula as (k: Algebra<number>, ...x: number[]) => number).bind(null, numbers);
    }
    const run = toFunction(formula);
    return (...x) => run(x);
  }

  /** Applies the op: operands first, then its number parameters. */
  apply(operands: readonly Operand[]): Tensor | Scalar {
    const count = operands.length - this.params;
    for (let i = 0; i < operands.length; i++) {
      const x = operands[i];
      if (typeof x === "number" || x instanceof Scalar) continue;
      if (x instanceof Tensor && i < count) return this.#applyToTensors(operands, count);
      this.#refuse(x, i);
    }
    return applyToScalars(this, operands as (Scalar | number)[]);
  }

  #applyToTensors(operands: readonly Operand[], count: number): Tensor {
    let shape: Shape | null = null, lifts = false, like: Tensor | null = null;
    for (let i = 0; i < count; i++) {
      const x = operands[i];
      if (x instanceof Tensor) {
        if (shape === null) shape = x.shape;
        else if (!sameShape(shape, x.shape)) shape = broadcastShapes(this.#verb(), shape, x.shape);
        if (shape === x.shape) like = x;
      } else if (x instanceof Scalar) lifts = true;
      else if (typeof x !== "number") this.#refuse(x, i);
    }
    const common = commonDType(operands, count), { result } = this.#options;
    const dtype = result === "float" && !isFloat(common) ? "float32" : common;
    const given = lifts
      ? operands.map((x) => x instanceof Scalar ? lift(x, isFloat(dtype) ? dtype : "float32") : x)
      : operands as readonly (Tensor | number)[];
    const strides = like?.shape === shape && like.isContiguous() ? like.strides : stridesOf(shape!);
    const out = empty(shape!, result === "bool" || result === "int32" ? result : dtype, strides);
    this.kernel.run(out, isFloat(dtype) ? dtype : this.#options.integersIn ?? dtype, given);
    if (mode.recording && this.differentiable && isFloat(out.dtype)) this.#record(given, out);
    return out;
  }

  /** Computes into an existing tensor of the result's shape; nothing is recorded. */
  applyInto(out: Tensor, operands: readonly (Tensor | number)[], compute: DType = out.dtype): Tensor {
    this.kernel.run(out, compute, operands);
    out.storage.version++;
    return out;
  }

  /** The compiled forms of the formula. */
  get kernel(): PointwiseKernel {
    return this.#kernel ??= new PointwiseKernel(this.root);
  }

  /**
   * The gradient with respect to operand `index` as a pointwise op, null where it is 0 everywhere. `uses` says what
   * its operands are: an operand of this op by its index, the incoming gradient by `arity`, the output by `arity + 1`.
   */
  gradientOf(index: number): Derived | null {
    const known = this.#derived[index];
    return known !== undefined ? known : this.#derived[index] = this.#derive(index);
  }

  gradient(index: number, g: Tensor, node: OpNode): Tensor {
    return this.slope(index, g, node.inputs as Operand[], node.output);
  }

  /** The gradient for operand `index`, from that of the output `y`; g may be 0-d, one for all. */
  slope(index: number, g: Tensor, x: readonly Operand[], y: Tensor | null = null): Tensor {
    const derived = this.gradientOf(index);
    if (derived === null) return (x[index] as Tensor).zerosLike();
    const { op, uses } = derived, { arity } = this;
    if (uses.length === 1 && op.root.word === "input") return g;
    const operands: Operand[] = new Array(uses.length);
    for (let n = 0; n < uses.length; n++) {
      const u = uses[n];
      operands[n] = u === arity ? g : u > arity ? y ?? this.apply(x) : x[u];
    }
    return op.apply(operands) as Tensor;
  }

  tangent(index: number, tangent: Tensor, node: OpNode): Tensor | null {
    // element by element the derivative is a factor: what it does to gradients it does to tangents
    return this.gradientOf(index) === null ? null : this.gradient(index, tangent, node);
  }

  propagate(sweep: Sweep, g: number | Scalar, y: Scalar): void {
    const operands = y.operands!, { arity } = this;
    for (let i = 0; i < operands.length; i++) {
      const x = operands[i];
      if (typeof x === "number" || !x.requiresGrad || !sweep.wants(x)) continue;
      const derived = this.gradientOf(i);
      if (derived === null) {
        sweep.send(x, 0, 0, false);
        continue;
      }
      const { uses } = derived;
      if (sweep.createGraph) {
        sweep.send(
          x,
          0,
          derived.op.apply(uses.map((u) => u === arity ? g : u > arity ? y : operands[u])) as Scalar,
          false,
        );
        continue;
      }
      for (let n = 0; n < uses.length; n++) {
        const u = uses[n], from = u === arity ? g : u > arity ? y : operands[u];
        scratch[n] = typeof from === "number" ? from : from.value;
      }
      sweep.send(x, 0, derived.evaluate(scratch), false);
    }
  }

  #record(operands: readonly (Tensor | number)[], out: Tensor): void {
    let needs = 0, recorded = false;
    for (let i = 0; i < operands.length; i++) {
      const x = operands[i];
      if (typeof x === "number" || currentNode(x) === null) continue;
      recorded = true;
      needs |= this.gradientOf(i)?.needs ?? 0;
    }
    if (!recorded) return;
    const node = new OpNode(this, null, operands.length);
    for (let i = 0; i < operands.length; i++) {
      const keep = (needs >> i & 1) === 1, takes = this.#takes(i);
      node.save(i, keep || takes ? operands[i] : 0, keep, takes);
    }
    node.finish(out, (needs >> (this.arity + 1) & 1) === 1);
  }

  #takes(index: number): boolean {
    return index < this.arity - this.params && this.#options.gradient?.[index] !== false;
  }

  #derive(index: number): Derived | null {
    if (!this.#takes(index)) return null;
    const { graph, arity, root } = this, k = graph.algebra;
    const inputs = Array.from({ length: arity }, (_, i) => graph.input(i));
    const g = graph.input(arity), y = graph.input(arity + 1), stated = this.#options.gradient?.[index];
    let expr = stated ? stated<Expr, Expr>(k, g, y, ...inputs) : differentiate(graph, root, g, inputs)[index];
    if (expr === null) return null;
    if (!stated) {
      // Where the output says all that is needed, as for exp, keep it instead of the inputs.
      const short = substitute(expr, graph, new Map([[root, y]]));
      if (inputsOf(short).every((u) => u >= arity || isNumberInput(this, u))) expr = short;
    }
    const uses = inputsOf(expr), fresh = new Graph(), places: Expr[] = [];
    uses.forEach((u, n) => places[u] = fresh.input(n));
    const compact = interpret<Expr>(expr, fresh.algebra, places);
    const op = new Pointwise(`${this.name}Backward${index}`, compact, {}, fresh, uses.length);
    let needs = 0;
    for (const u of uses) if (u !== arity) needs |= 1 << u;
    return { op, uses, needs, evaluate: toFunction(compact) };
  }

  #verb(): string {
    return this.#options.verb ?? `call ${this.name}() on`;
  }

  #refuse(x: unknown, i: number): never {
    const action = this.#options.verb ?? `call ${this.name}()`;
    throw new TypeError(`Cannot ${action}: operand ${i} must be a tensor or a number, got ${describe(x)}`);
  }
}

/** The function on numbers that an expression is, if it is one word applied to all inputs in order. */
function wordOf(root: Expr, arity: number): ((...x: number[]) => number) | null {
  const { word, args, callee } = root;
  if (word === "input" || word === "constant" || args.length !== arity) return null;
  if (!args.every((x, i) => x.word === "input" && x.value === i)) return null;
  return word === "call" ? callee!.compute : numbers[word] as (...x: number[]) => number;
}

function isNumberInput(op: Pointwise, index: number): boolean {
  return index >= op.arity - op.params && index < op.arity;
}

/** PyTorch's promotion: tensors with dimensions decide, then 0-d tensors, then numbers (see dtype.ts). */
export function commonDType(operands: readonly Operand[], count: number): DType {
  let dimensioned: DType | null = null, zeroD: DType | null = null, plain: DType | null = null;
  for (let i = 0; i < count; i++) {
    const x = operands[i];
    if (!(x instanceof Tensor)) {
      const type = typeof x === "number" ? numberDType(x) : "float32";
      plain = plain === null ? type : promote(plain, type);
    } else if (x.shape.length > 0) {
      dimensioned = dimensioned === null || dimensioned === x.dtype ? x.dtype : promote(dimensioned, x.dtype);
    } else zeroD = zeroD === null ? x.dtype : promote(zeroD, x.dtype);
  }
  let result = dimensioned;
  if (zeroD !== null) result = result === null ? zeroD : promoteWeak(result, zeroD);
  return plain === null ? result! : promoteWeak(result!, plain);
}

/** Defines a pointwise op by its formula and registers it. */
export function pointwise(name: string, formula: Formula, options: PointwiseOptions = {}): Pointwise {
  const op = new Pointwise(name, formula, options);
  registry.set(name, op);
  return op;
}

/** The public function of a pointwise op of one operand. */
export function unary(name: string, formula: Formula, options: PointwiseOptions = {}): Unary {
  const op = pointwise(name, formula, options);
  return ((x: Operand) => op.apply([x])) as Unary;
}

/** The public function of a pointwise op of two operands. */
export function binary(name: string, formula: Formula, options: PointwiseOptions = {}): Binary {
  const op = pointwise(name, formula, options);
  return ((x: Operand, y: Operand) => op.apply([x, y])) as Binary;
}

/** The public function of a pointwise op of one operand and options: the formula's last arguments, as `defaults` has them. */
export function adjustable<Option extends string>(
  name: string,
  defaults: Readonly<Record<Option, number>>,
  formula: Formula,
  options: PointwiseOptions = {},
): Adjustable<Partial<Record<Option, number>>> {
  const keys = Object.keys(defaults) as Option[], usual = keys.map((key) => defaults[key]);
  const op = pointwise(name, formula, { ...options, params: keys.length });
  return ((x: Operand, ...given: unknown[]) => {
    if (given.length === 0) return op.apply([x, ...usual]);
    const read = named<Record<string, unknown>>(name, given, keys);
    return op.apply([x, ...keys.map((key) => asNumber(name, key, read[key] ?? defaults[key]))]);
  }) as Adjustable<Partial<Record<Option, number>>>;
}
