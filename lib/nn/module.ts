/**
 * The base of all layers and models.
 *
 * A module finds its parameters and submodules when asked, by looking at its own properties: a {@link Parameter} there
 * is a parameter, a {@link Module} a submodule, in the order of assignment. No registering, no proxies. Properties are
 * spelled in camelCase, names in state dicts as PyTorch spells them: `inProjWeight` is `in_proj_weight`.
 */
import { asFlag, named } from "../arguments.ts";
import { asDType, type DType, isFloat } from "../dtype.ts";
import { describe } from "../errors.ts";
import { asTensor, Tensor } from "../tensor.ts";
import { watcher } from "../watch.ts";
import { copied, type Copies } from "./copy.ts";
import { Parameter } from "./parameter.ts";
import { copyInto, type LoadResult, type StateDict } from "./state_dict.ts";

/** Called before `forward` with its arguments; may return an array of others. */
// deno-lint-ignore no-explicit-any -- every layer has inputs of its own
export type ForwardPreHook = (module: Module, inputs: any[]) => unknown[] | void;

/** Called after `forward` with its arguments and result; may return another result. */
// deno-lint-ignore no-explicit-any -- every layer has inputs and outputs of its own
export type ForwardHook = (module: Module, inputs: any[], output: any) => unknown;

/** Takes a hook away again; also at the end of a block with `using`. */
export interface HookHandle extends Disposable {
  /** Takes the hook away. */
  remove(): void;
}

/** How a property is called in state dicts. */
function pythonName(property: string): string {
  return property.replace(/([a-z0-9])([A-Z])/g, (_, before, letter) => `${before}_${letter.toLowerCase()}`);
}

/**
 * A part of a model: extend it, make layers and parameters properties, and write `forward`. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Module.html}.
 *
 * @example
 * ```ts
 * import { nn, ones, type Tensor } from "@dinograd/dinograd";
 *
 * class Net extends nn.Module {
 *   hidden = new nn.Linear(4, 8);
 *   out = new nn.Linear(8, 1);
 *   override forward(x: Tensor): Tensor {
 *     return this.out.forward(this.hidden.forward(x).tanh());
 *   }
 * }
 * const net = new Net();
 * console.log(Object.keys(net.stateDict())); // ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
 * console.log(net.forward(ones(2, 4)).shape); // [2, 1]
 * ```
 */
export abstract class Module {
  #training = true;
  /** Names of buffers, and whether state dicts have them. */
  readonly #buffers = new Map<string, boolean>();
  readonly #before: ForwardPreHook[] = [];
  readonly #after: ForwardHook[] = [];

  /** Whether the module is training rather than predicting; see {@link Module.train}. */
  get training(): boolean {
    if (watcher !== null) watcher.flag(this, "training");
    return this.#training;
  }

  set training(training: boolean) {
    this.#training = training;
  }

  /** Computes the output. Call it directly: `layer.forward(x)`. */
  // deno-lint-ignore no-explicit-any -- every layer has inputs and outputs of its own
  abstract forward(...inputs: any[]): any;

  /** The parameters of this module and of those below, each once. */
  *parameters(recurse = true): Generator<Parameter> {
    const seen = new Set<Parameter>();
    for (const module of recurse ? below(this) : [this]) {
      for (const value of Object.values(module)) {
        if (!(value instanceof Parameter) || seen.has(value)) continue;
        seen.add(value);
        yield value;
      }
    }
  }

  /** As {@link Module.parameters}, with names. */
  *namedParameters(prefix = "", recurse = true): Generator<[name: string, parameter: Parameter]> {
    const seen = new Set<Parameter>();
    for (const [path, module] of recurse ? this.namedModules(prefix) : [[prefix, this] as const]) {
      for (const [key, value] of Object.entries(module)) {
        if (!(value instanceof Parameter) || seen.has(value)) continue;
        seen.add(value);
        yield [join(path, key), value];
      }
    }
  }

  /** The buffers, tensors that belong to the state but are not learned, of this module and of those below. */
  *buffers(recurse = true): Generator<Tensor> {
    for (const [, buffer] of this.namedBuffers("", recurse)) yield buffer;
  }

  /** As {@link Module.buffers}, with names. */
  *namedBuffers(prefix = "", recurse = true): Generator<[name: string, buffer: Tensor]> {
    const seen = new Set<Tensor>();
    for (const [path, module] of recurse ? this.namedModules(prefix) : [[prefix, this] as const]) {
      for (const key of module.#buffers.keys()) {
        const value = property(module, key);
        if (!(value instanceof Tensor) || seen.has(value)) continue;
        seen.add(value);
        yield [join(path, key), value];
      }
    }
  }

  /** The modules directly below, each once. */
  *children(): Generator<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** As {@link Module.children}, with names. */
  *namedChildren(): Generator<[name: string, child: Module]> {
    const seen = new Set<Module>();
    for (const [key, value] of Object.entries(this)) {
      if (!(value instanceof Module) || seen.has(value)) continue;
      seen.add(value);
      yield [pythonName(key), value];
    }
  }

  /** This module and all below, each once. */
  *modules(): Generator<Module> {
    yield* below(this);
  }

  /** As {@link Module.modules}, with names: this one is "". */
  *namedModules(prefix = "", seen: Set<Module> = new Set()): Generator<[name: string, module: Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren()) {
      yield* child.namedModules(prefix ? `${prefix}.${name}` : name, seen);
    }
  }

  /** All parameters and persistent buffers by name, off the tape; they share the module's numbers. */
  stateDict(): Record<string, Tensor> {
    const state: Record<string, Tensor> = {};
    this.#collectState("", state);
    return state;
  }

  #collectState(prefix: string, state: Record<string, Tensor>): void {
    const entries = Object.entries(this);
    for (const [key, value] of entries) {
      if (value instanceof Parameter) state[join(prefix, key)] = value.detach();
    }
    for (const [key, persistent] of this.#buffers) {
      const value = property(this, key);
      if (persistent && value instanceof Tensor) state[join(prefix, key)] = value.detach();
    }
    for (const [key, value] of entries) {
      if (value instanceof Module) value.#collectState(join(prefix, key), state);
    }
  }

  /**
   * Copies numbers from a state dict, of this library or of PyTorch. Unless `strict` is false every name must be in both.
   *
   * @throws {Error} if names are missing or unexpected, or shapes differ: the message lists all of them.
   */
  loadStateDict(state: StateDict, options: { strict?: boolean } = {}): LoadResult {
    const { strict = true } = named<{ strict: boolean }>("loadStateDict", [options], ["strict"]);
    const title = this.constructor.name, own = this.stateDict();
    return copyInto(title, own, state, pythonName, asFlag("loadStateDict", "strict", strict));
  }

  /** Switches this module and all below to training (dropout drops, batch norm learns its statistics) or back. */
  train(mode = true): this {
    asFlag("train", "mode", mode);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches to predicting: `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Forgets the gradients of all parameters; with `setToNone: false` sets them to zero. */
  zeroGrad(options: { setToNone?: boolean } = {}): void {
    const { setToNone = true } = named<{ setToNone: boolean }>("zeroGrad", [options], ["setToNone"]);
    for (const parameter of this.parameters()) {
      parameter.grad = setToNone || !parameter.grad ? null : parameter.grad.zerosLike();
    }
  }

  /** Says for all parameters whether gradients are wanted: `false` freezes them. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad_(requiresGrad);
    return this;
  }

  /** Converts all float parameters and buffers to another float dtype; parameters stay the same objects. */
  to(dtype: DType | Tensor | { dtype?: DType; device?: string }): this {
    const wanted = typeof dtype === "string" ? dtype : dtype?.dtype;
    if (wanted === undefined || String(wanted) === "cpu") return this;
    const type = asDType(`convert ${this.constructor.name}`, wanted);
    if (!isFloat(type)) {
      throw new TypeError(
        `Cannot convert ${this.constructor.name} to ${type}: parameters must be float32 or float64`,
      );
    }
    for (const parameter of this.parameters()) {
      const { grad } = parameter;
      parameter.data = parameter.data.to(type);
      if (grad) parameter.grad = grad.detach().to(type);
    }
    for (const module of this.modules()) {
      for (const key of module.#buffers.keys()) {
        const value = property(module, key);
        if (value instanceof Tensor && isFloat(value.dtype)) setProperty(module, key, keep(value.to(type)));
      }
    }
    return this;
  }

  /** Converts to float64. */
  double(): this {
    return this.to("float64");
  }

  /** Converts to float32. */
  float(): this {
    return this.to("float32");
  }

  /**
   * A deep copy: modules, parameters and buffers of its own, tied where these are tied, without gradients. Hooks and
   * other functions are shared, as are instances of classes that are neither modules nor tensors. Constructors do not
   * run: a class with `#private` fields needs a `clone` of its own, which asks `copies` for what is copied already.
   */
  clone(copies: Copies = new Map()): this {
    const instance = (value: object) => value instanceof Module ? value.clone(copies) : value;
    const known = copies.get(this);
    if (known) return known as this;
    const copy: this = Reflect.construct(Module, [], this.constructor);
    copies.set(this, copy);
    copy.#training = this.#training;
    for (const key of Reflect.ownKeys(this)) {
      const property = Object.getOwnPropertyDescriptor(this, key)!;
      if (property.get) Object.defineProperty(copy, key, property);
      else if (property.enumerable) Reflect.set(copy, key, copied(property.value, copies, instance));
    }
    for (const [name, persistent] of this.#buffers) copy.#buffers.set(name, persistent);
    copy.#before.push(...this.#before);
    copy.#after.push(...this.#after);
    if (this.#before.length + this.#after.length > 0) copy.#callHooks();
    return copy;
  }

  /** Calls `f` with every module below, innermost first, and with this one. */
  apply(f: (module: Module) => void): this {
    if (typeof f !== "function") {
      throw new TypeError(`Cannot call apply() with ${describe(f)}: it takes a function of a module`);
    }
    for (const child of this.children()) child.apply(f);
    f(this);
    return this;
  }

  /** Makes a tensor part of the state without learning it: the property `name`. Not `persistent`: not in state dicts. */
  registerBuffer(name: string, buffer: Tensor | null, options: { persistent?: boolean } = {}): void {
    const { persistent = true } = named<{ persistent: boolean }>("registerBuffer", [options], ["persistent"]);
    this.#checkName("registerBuffer", name);
    this.#buffers.set(name, asFlag("registerBuffer", "persistent", persistent));
    setProperty(this, name, buffer === null ? null : keep(asTensor("register a buffer", name, buffer)));
  }

  /** Makes a parameter the property `name`; an assignment does the same. */
  registerParameter(name: string, parameter: Parameter | null): void {
    this.#checkName("registerParameter", name);
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw new TypeError(
        `Cannot register ${name}: it must be a Parameter or null, got ${describe(parameter)}`,
      );
    }
    setProperty(this, name, parameter);
  }

  /** Makes a module the property `name`; an assignment does the same. */
  addModule(name: string, module: Module): void {
    this.#checkName("addModule", name);
    if (!(module instanceof Module)) {
      throw new TypeError(`Cannot add the module ${name}: it must be a Module, got ${describe(module)}`);
    }
    setProperty(this, name, module);
  }

  #checkName(action: string, name: unknown): void {
    if (
      typeof name === "string" && name !== "" && !name.includes(".") && !(name in Object.getPrototypeOf(this))
    ) return;
    throw new TypeError(
      `Cannot call ${action}() with name ${describe(name)}: it must be a free name without dots`,
    );
  }

  /** Calls `hook` before each `forward`; the handle takes it away. */
  registerForwardPreHook(hook: ForwardPreHook): HookHandle {
    return this.#addHook("registerForwardPreHook", this.#before, hook);
  }

  /** Calls `hook` after each `forward`; the handle takes it away. */
  registerForwardHook(hook: ForwardHook): HookHandle {
    return this.#addHook("registerForwardHook", this.#after, hook);
  }

  #addHook<H>(action: string, hooks: H[], hook: H): HookHandle {
    if (typeof hook !== "function") {
      throw new TypeError(`Cannot call ${action}() with ${describe(hook)}: it takes a function`);
    }
    hooks.push(hook);
    this.#callHooks();
    const remove = () => {
      const at = hooks.indexOf(hook);
      if (at >= 0) hooks.splice(at, 1);
      if (this.#before.length + this.#after.length === 0) Reflect.deleteProperty(this, "forward");
    };
    return { remove, [Symbol.dispose]: remove };
  }

  /** While there are hooks, a `forward` of the object's own calls them around that of its class. */
  #callHooks(): void {
    if (Object.hasOwn(this, "forward")) return;
    const value = (...inputs: unknown[]): unknown => this.#forwardWithHooks(inputs);
    Object.defineProperty(this, "forward", { value, configurable: true, writable: true });
  }

  #forwardWithHooks(inputs: unknown[]): unknown {
    for (const hook of [...this.#before]) inputs = hook(this, inputs) ?? inputs;
    let output: unknown = Object.getPrototypeOf(this).forward.apply(this, inputs);
    for (const hook of [...this.#after]) output = hook(this, inputs, output) ?? output;
    return output;
  }

  /** What stands between the parentheses of the printed form: `inFeatures=4, outFeatures=8`. */
  extraRepr(): string {
    return "";
  }

  /** The printed form: the tree of modules, laid out as PyTorch prints. */
  toString(): string {
    const own = this.extraRepr(), lines: string[] = [];
    for (const [key, value] of Object.entries(this)) {
      if (value instanceof Module) {
        lines.push(`(${pythonName(key)}): ${String(value).replaceAll("\n", "\n  ")}`);
      }
    }
    const title = this.constructor.name;
    if (lines.length === 0) return `${title}(${own})`;
    return `${title}(\n${[...(own ? [own] : []), ...lines].map((line) => `  ${line}\n`).join("")})`;
  }

  /** What `console.log` and the REPL show. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
}

/** A module and all below, each once; without names, this is 4 times faster than namedModules(). */
function below(module: Module, seen: Set<Module> = new Set()): Set<Module> {
  if (seen.has(module)) return seen;
  seen.add(module);
  for (const value of Object.values(module)) if (value instanceof Module) below(value, seen);
  return seen;
}

function join(prefix: string, key: string): string {
  return prefix ? `${prefix}.${pythonName(key)}` : pythonName(key);
}

function property(module: Module, key: string): unknown {
  return Reflect.get(module, key);
}

function setProperty(module: Module, key: string, value: unknown): void {
  Reflect.set(module, key, value);
}

/** Saves a tensor from the end of the scope it was made in. */
function keep(x: Tensor): Tensor {
  x.storage.escaped = true;
  return x;
}
