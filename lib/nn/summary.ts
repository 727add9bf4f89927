/** A model at a glance: its layers, what they give, and how many parameters they have. */
import { describe } from "../errors.ts";
import { noGrad } from "../grad_mode.ts";
import { type Shape, show, sizeOf } from "../shape.ts";
import { empty, Tensor } from "../tensor.ts";
import { constant_ } from "./init.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/** A line of a {@link Summary}. */
export interface SummaryRow {
  /** The module's name in the model, as in `namedModules()`: that of the model itself is "". */
  readonly name: string;
  /** Its class. */
  readonly type: string;
  /** The shapes of its outputs when it was first called; none if it was not. */
  readonly outputShapes: readonly Shape[];
  /** How many numbers its own parameters hold, without those of modules below and of modules above. */
  readonly parameters: number;
}

/** What {@link summary} gives; printed, it is a table. */
export class Summary {
  /** A line for each module. */
  readonly rows: readonly SummaryRow[];
  /** How many numbers all parameters hold, shared ones counted once. */
  readonly parameters: number;
  /** How many of them take gradients. */
  readonly trainable: number;

  /** Library use: see {@link summary}. */
  constructor(rows: readonly SummaryRow[], parameters: number, trainable: number) {
    this.rows = rows;
    this.parameters = parameters;
    this.trainable = trainable;
  }

  /** The table. */
  toString(): string {
    const lines = this.rows.map(({ name, type, outputShapes, parameters }) => {
      const path = name.split("."), depth = name === "" ? 0 : path.length;
      const label = name === "" ? type : `${"  ".repeat(depth)}${path.at(-1)}: ${type}`;
      return [label, outputShapes.map(show).join(", ") || "not called", grouped(parameters)];
    });
    const table = [["Layer", "Output", "Parameters"], ...lines];
    const [first, second, third] = [0, 1, 2].map((i) => Math.max(...table.map((line) => line[i].length)));
    const text = table.map(([a, b, c]) => `${a.padEnd(first)}  ${b.padEnd(second)}  ${c.padStart(third)}`);
    const rule = "-".repeat(text[0].length), fixed = this.parameters - this.trainable;
    const total = `Parameters: ${grouped(this.parameters)}, of which ${
      grouped(this.trainable)
    } trainable and ${grouped(fixed)} frozen`;
    return [text[0], rule, ...text.slice(1), rule, total].join("\n");
  }

  /** What `console.log` and the REPL show. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/** 1234567 as 1,234,567. */
function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * The layers of a model as a table, with the shapes that come out of them and their numbers of parameters; shared
 * parameters count where they come first. `input` is what `forward` takes, or the shape of a float tensor; several of
 * either stand in an array. The model predicts once, in evaluation mode and off the tape, and is then as it was.
 *
 * @throws {TypeError} if `input` is none of these.
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * const model = new nn.Sequential(new nn.Linear(784, 32), new nn.ReLU(), new nn.Linear(32, 10));
 * console.log(nn.summary(model, [1, 784]));
 * // Layer        Output   Parameters
 * // --------------------------------
 * // Sequential   [1, 10]           0
 * //   0: Linear  [1, 32]      25,120
 * //   1: ReLU    [1, 32]           0
 * //   2: Linear  [1, 10]         330
 * // --------------------------------
 * // Parameters: 25,450, of which 25,450 trainable and 0 frozen
 * ```
 */
export function summary(model: Module, input: Tensor | Shape | readonly (Tensor | Shape)[]): Summary {
  if (!(model instanceof Module)) {
    throw new TypeError(`Cannot summarize ${describe(model)}: it must be a module`);
  }
  const outputs = outputsOf(model, inputsOf(model, input)), counted = new Set<Parameter>();
  const count = (parameters: Iterable<Parameter>) => {
    let total = 0;
    for (const parameter of parameters) {
      if (!counted.has(parameter)) total += sizeOf(parameter.shape);
      counted.add(parameter);
    }
    return total;
  };
  const rows = [...model.namedModules()].map(([name, module]) => ({
    name,
    type: module.constructor.name,
    outputShapes: outputs.get(module) ?? [],
    parameters: count(module.parameters(false)),
  }));
  const all = [...counted],
    total = (parameters: Parameter[]) => parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return new Summary(rows, total(all), total(all.filter((parameter) => parameter.requiresGrad)));
}

/** What to call a model with. */
function inputsOf(model: Module, input: unknown): Tensor[] {
  const isShape = (value: unknown): value is Shape =>
    Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0);
  const [parameter] = model.parameters(), dtype = parameter?.dtype ?? "float32";
  const list: unknown[] = Array.isArray(input) && !isShape(input) ? input : [input];
  return list.map((item) => {
    if (item instanceof Tensor) return item;
    if (isShape(item)) return constant_(empty(item, dtype), 0);
    throw new TypeError(
      `Cannot summarize ${model.constructor.name} for ${
        describe(item)
      }: it takes a tensor, a shape, or an array of these`,
    );
  });
}

/** The shapes that come out of each module when the model is called. */
function outputsOf(model: Module, inputs: Tensor[]): Map<Module, Shape[]> {
  const outputs = new Map<Module, Shape[]>(),
    modes = [...model.modules()].map((m) => [m, m.training] as const);
  const note = (module: Module, _inputs: unknown, output: unknown) => {
    if (!outputs.has(module)) outputs.set(module, [...shapesIn(output)]);
  };
  const handles = modes.map(([module]) => module.registerForwardHook(note));
  try {
    noGrad(() => model.eval().forward(...inputs));
  } finally {
    for (const handle of handles) handle.remove();
    for (const [module, mode] of modes) module.training = mode;
  }
  return outputs;
}

/** The shapes of tensors among the items of arrays and the properties of objects. */
function* shapesIn(output: unknown): Generator<Shape> {
  if (output instanceof Tensor) yield output.shape;
  else if (typeof output === "object" && output !== null) {
    for (const item of Object.values(output)) yield* shapesIn(item);
  }
}
