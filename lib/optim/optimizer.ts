/** The base of all optimizers: groups of parameters, their options, and the state kept for each parameter. */
import { asFlag, asNumber, isOptions, named } from "../arguments.ts";
import { describe } from "../errors.ts";
import { enableGrad } from "../grad_mode.ts";
import { sameShape, show } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { again, once, watcher } from "../watch.ts";

/** Options that every optimizer has. */
export interface OptimizerOptions {
  /** The learning rate. */
  lr?: number;
}

/** Parameters with one set of options. */
export type ParamGroup<O> = Required<O> & {
  /** What is optimized. */
  params: Tensor[];
  /** The learning rate that schedulers started from. */
  initialLr?: number;
};

/** Parameters with options that differ from the optimizer's. */
export type ParamGroupOptions<O> = O & {
  /** What is optimized. */
  params: Tensor | Iterable<Tensor>;
};

/** What an optimizer takes: tensors such as `model.parameters()`, or groups of them with options of their own. */
export type Params<O> = Iterable<Tensor> | Iterable<ParamGroupOptions<O>>;

/** What is kept for a parameter: numbers, and tensors of its shape. */
export type State = Record<string, Tensor | number | null>;

/** An optimizer's state as plain data: parameters are numbered through all groups. */
export interface OptimizerState {
  /** What is kept for each parameter, by its number. */
  readonly state: Readonly<Record<number, State>>;
  /** The options of each group; `params` are numbers. */
  readonly paramGroups:
    readonly (Readonly<Record<string, unknown>> & { readonly params: readonly number[] })[];
}

/**
 * Changes parameters by their gradients. Convert a module with `to()` or `double()` before or after it is given to an
 * optimizer: its parameters stay the same objects. See {@link https://pytorch.org/docs/stable/optim.html}.
 *
 * @throws {TypeError} for a list that is empty or holds something else than leaf tensors.
 */
export abstract class Optimizer<O extends OptimizerOptions = OptimizerOptions, S extends State = State> {
  /** The groups; change `paramGroups[0].lr` at any time. */
  readonly paramGroups: ParamGroup<O>[] = [];
  /** What is kept for each parameter. */
  readonly state: Map<Tensor, S> = new Map();
  /** The options of groups that do not say otherwise. */
  readonly defaults: Required<O>;

  /** Takes parameters, and the options that groups have by default. */
  constructor(params: Params<O>, defaults: Required<O>) {
    this.defaults = defaults;
    const list = listOf(this.#title, params);
    if (list.length === 0) {
      throw new TypeError(`Cannot make ${this.#title} of an empty list: it needs at least one parameter`);
    }
    const groups = (list.every(isOptions) ? list : [{ params: list }]) as unknown as ParamGroupOptions<O>[];
    for (const group of groups) this.addParamGroup(group); // checks them
  }

  get #title(): string {
    return this.constructor.name;
  }

  /** Checks the options of a group. */
  abstract check(group: ParamGroup<O>): void;

  /** Makes what is kept for a parameter. */
  abstract start(parameter: Tensor, group: ParamGroup<O>): S;

  /** Changes one parameter. */
  abstract update(parameter: Tensor, gradient: Tensor, group: ParamGroup<O>, state: S): void;

  /**
   * Adds parameters with options of their own: `{ params, lr: 1e-4 }`.
   *
   * @throws {TypeError} if one is not a leaf tensor, or is there already.
   */
  addParamGroup(group: ParamGroupOptions<O>): void {
    if (!isOptions(group) || group.params === undefined) {
      throw new TypeError(
        `Cannot add ${
          describe(group)
        } to ${this.#title}: a group is an object with params, such as { params, lr: 0.1 }`,
      );
    }
    const title = this.#title, params = listOf(title, group.params);
    this.#checkOptions(group);
    const known = new Set(this.paramGroups.flatMap((g) => g.params));
    for (const [i, p] of params.entries()) {
      if (!(p instanceof Tensor)) {
        throw new TypeError(
          `Cannot make ${title} with parameter ${i}: it must be a tensor, got ${describe(p)}`,
        );
      }
      if (!p.isLeaf) {
        throw new TypeError(
          `Cannot optimize parameter ${i}: it is the result of an operation; use detach() and requiresGrad_()`,
        );
      }
      if (known.has(p)) throw new TypeError(`Cannot optimize parameter ${i}: it is given twice`);
      known.add(p);
    }
    const full = { ...this.defaults, ...group, params: params as Tensor[] } as ParamGroup<O>;
    positive(title, "lr", full.lr);
    this.check(full);
    this.paramGroups.push(full);
  }

  /** Checks that a group has no options but those of the optimizer. */
  #checkOptions(group: object): void {
    for (const key in group) {
      if (key === "params" || key === "initialLr" || key in this.defaults) continue;
      throw new TypeError(
        `Cannot make ${this.#title} with option ${key}: its options are ${
          Object.keys(this.defaults).join(", ")
        }`,
      );
    }
  }

  /** Changes every parameter that has a gradient. A closure, if given, is called first; its result is returned. */
  step(): null;
  /** The same, after calling `closure` for the gradients; returns its result. */
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | null {
    if (closure !== undefined && typeof closure !== "function") {
      throw new TypeError(`Cannot call step() with ${describe(closure)}: it takes a function, or nothing`);
    }
    const loss = closure ? enableGrad(closure) : null;
    for (const group of this.paramGroups) {
      const { params } = group;
      for (let i = 0; i < params.length; i++) {
        const parameter = params[i], gradient = parameter.grad;
        if (gradient === null) continue;
        if (watcher === null) this.#change(parameter, gradient, group);
        else again(this.#title, this.#change.bind(this, parameter, gradient, group));
      }
    }
    return loss;
  }

  #change(parameter: Tensor, gradient: Tensor, group: ParamGroup<O>): void {
    let own = this.state.get(parameter);
    if (!own) {
      this.state.set(parameter, own = once(() => this.start(parameter, group)));
      escape(own);
    }
    this.update(parameter, gradient, group, own);
  }

  /** Forgets the gradients; with `setToNone: false` sets them to zero. */
  zeroGrad(options: boolean | { setToNone?: boolean } = {}): void {
    const { setToNone = true } = named<{ setToNone: boolean }>("zeroGrad", [options], ["setToNone"]);
    for (const { params } of this.paramGroups) {
      for (const p of params) p.grad = setToNone || p.grad === null ? null : p.grad.zerosLike();
    }
  }

  /** Options and state as plain data, with tensors in it; see `io.save`. */
  stateDict(): OptimizerState {
    const numbers = new Map(this.paramGroups.flatMap((g) => g.params).map((p, i) => [p, i]));
    const state: Record<number, State> = {};
    for (const [p, own] of this.state) state[numbers.get(p)!] = { ...own };
    const paramGroups = this.paramGroups.map((g) => ({ ...g, params: g.params.map((p) => numbers.get(p)!) }));
    return { state, paramGroups };
  }

  /**
   * Takes over what {@link Optimizer.stateDict} gave: optimizing then goes on where it was.
   *
   * @throws {TypeError} if groups or parameters differ in number, or options or state are not those of this optimizer.
   */
  loadStateDict(saved: OptimizerState): void {
    const sizes = (groups: readonly { params: { length: number } }[]) =>
      groups.map((g) => g.params.length).join(", ");
    const title = this.#title;
    if (!isOptions(saved) || !isOptions(saved.state) || !areGroups(saved.paramGroups)) {
      throw new TypeError(`Cannot load ${describe(saved)} into ${title}: it must be what stateDict() gives`);
    }
    if (sizes(saved.paramGroups) !== sizes(this.paramGroups)) {
      throw new TypeError(
        `Cannot load a state dict into ${title}: its groups have ${sizes(saved.paramGroups)} parameters, ` +
          `the optimizer's ${sizes(this.paramGroups)}`,
      );
    }
    const states = new Map<Tensor, S>();
    const groups = saved.paramGroups.map((group, i) => {
      const { params, initialLr: _now, ...own } = this.paramGroups[i];
      const full = { ...own, ...group, params } as ParamGroup<O>;
      this.#checkOptions(group);
      positive(title, "lr", full.lr);
      this.check(full);
      for (const [j, number] of group.params.entries()) {
        if (!Object.hasOwn(saved.state, number)) continue;
        states.set(params[j], this.#stateOf(number, saved.state[number], params[j], full));
      }
      return full;
    });
    for (const [i, group] of groups.entries()) {
      delete this.paramGroups[i].initialLr; // which not all have
      Object.assign(this.paramGroups[i], group);
    }
    this.state.clear();
    for (const [parameter, state] of states) this.state.set(parameter, state);
  }

  /** A copy of what was kept for a parameter, compared with what {@link Optimizer.start} makes for it. */
  #stateOf(number: number, saved: unknown, parameter: Tensor, group: ParamGroup<O>): S {
    const off = Object.entries(group).map(([key, value]) => [key, switchedOff(value)]);
    const fresh = this.start(parameter, group), least = this.start(parameter, Object.fromEntries(off));
    const copy: State = {}, given = isOptions(saved) ? saved : {};
    for (const key of new Set([...Object.keys(fresh), ...Object.keys(given)])) {
      const value = given[key], like = fresh[key], { shape } = like instanceof Tensor ? like : parameter;
      if (typeof value === "number" && typeof like === "number") copy[key] = value;
      else if (value === null && least[key] === null) copy[key] = null; // as before an option was turned on
      else if (value instanceof Tensor && typeof like === "object" && sameShape(value.shape, shape)) {
        copy[key] = value.detach().to(parameter.dtype).clone();
      } else {
        const found = value instanceof Tensor ? `a tensor of shape ${show(value.shape)}` : describe(value);
        const wanted = typeof like === "object" ? `a tensor of shape ${show(shape)}` : "a number";
        throw new TypeError(
          `Cannot load a state dict into ${this.#title}: ${key} of parameter ${number} is ${found}, ` +
            `it must be ${like === undefined ? "left out" : wanted}`,
        );
      }
    }
    escape(copy);
    return copy as S; // it has the keys of start(), with values of their kinds
  }

  /** The printed form: the options of each group. */
  toString(): string {
    const groups = this.paramGroups.map(({ params: _params, ...options }, i) =>
      `  group ${i}: ${Object.entries(options).map(([key, value]) => `${key}=${value}`).join(", ")}\n`
    );
    return `${this.#title} (\n${groups.join("")})`;
  }

  /** What `console.log` and the REPL show. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

/** Whether a value has the form of the groups of a state dict. */
function areGroups(value: unknown): value is OptimizerState["paramGroups"] {
  return Array.isArray(value) &&
    value.every((group) =>
      isOptions(group) && Array.isArray(group.params) && group.params.every(Number.isSafeInteger) &&
      ["number", "undefined"].includes(typeof group.initialLr)
    );
}

/** The value of an option that turns off whatever it is for. */
function switchedOff(value: unknown): unknown {
  return typeof value === "number" ? 0 : typeof value === "boolean" ? false : value;
}

/** Saves tensors from the end of the scope they were made in. */
export function escape(state: State): void {
  for (const value of Object.values(state)) if (value instanceof Tensor) value.storage.escaped = true;
}

function listOf(title: string, params: unknown): unknown[] {
  if (params instanceof Tensor) return [params];
  if (typeof params === "object" && params !== null && Symbol.iterator in params) {
    return [...params as Iterable<unknown>];
  }
  throw new TypeError(
    `Cannot make ${title} of ${
      describe(params)
    }: it takes tensors such as model.parameters(), or groups of them`,
  );
}

/** Checks that an option is a number of at least 0. */
export function positive(title: string, option: string, value: unknown): void {
  if (asNumber(title, option, value, false) < 0) {
    throw new RangeError(`Cannot make ${title} with ${option} ${value}: it must not be negative`);
  }
}

/** Checks that options are two numbers from 0 up to but without 1. */
export function fractions(title: string, option: string, value: unknown): void {
  const pair = Array.isArray(value) && value.length === 2 ? value : [NaN];
  if (!pair.every((b) => typeof b === "number" && b >= 0 && b < 1)) {
    throw new RangeError(
      `Cannot make ${title} with ${option} ${
        describe(value)
      }: they must be two numbers from 0 up to but without 1`,
    );
  }
}

/** Options by position, in the order of `defaults`, or by name; what is not given is as in `defaults`. */
export function withDefaults<O>(title: string, defaults: Required<O>, args: readonly unknown[]): Required<O> {
  const given = args.filter((a) => a !== undefined), names = Object.keys(defaults as object);
  return { ...defaults, ...named<O>(title, given, names as (keyof O & string)[]) };
}

/** Checks options that are numbers of at least 0, and flags. */
export function checkOptions(
  title: string,
  positives: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, unknown>> = {},
): void {
  for (const [option, value] of Object.entries(positives)) positive(title, option, value);
  for (const [option, value] of Object.entries(flags)) asFlag(title, option, value);
}
