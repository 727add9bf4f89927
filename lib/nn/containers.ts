/** Modules made of modules. */
import { isOptions } from "../arguments.ts";
import { describe } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** Modules as arguments, in one array, or by name. */
export type Modules = Module[] | [modules: readonly Module[]] | [modules: Readonly<Record<string, Module>>];

/** A list of modules, which are its properties 0, 1, 2, ... */
export abstract class List extends Module {
  /** The module at a place from 0 on. */
  [index: number]: Module;

  /** How many modules there are. */
  get length(): number {
    return [...this].length;
  }

  /** The module at a place; negative ones count from the end. */
  at(index: number): Module | undefined {
    return [...this].at(index);
  }

  /** Adds a module at the end. */
  append(module: Module): this {
    this.addModule(String(this.length), module);
    return this;
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<Module>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  /** The modules in order. */
  *[Symbol.iterator](): Generator<Module> {
    for (const value of Object.values(this)) if (value instanceof Module) yield value;
  }
}

/**
 * Applies modules one after the other. They may be given as arguments, as one array, or as an object with names;
 * `model[0]` and `for (const layer of model)` reach them. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html}.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@dinograd/dinograd";
 *
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
 * console.log(model.forward(ones(3, 2)).shape, model.length); // [3, 1] 3
 * console.log(String(model[1])); // Tanh()
 * ```
 */
export class Sequential extends List {
  /** Lines up modules. */
  constructor(...modules: Modules) {
    super();
    const [first] = modules;
    if (modules.length === 1 && Array.isArray(first)) this.extend(first);
    else if (
      modules.length === 1 && first !== null && typeof first === "object" && !(first instanceof Module)
    ) {
      for (const [name, module] of Object.entries(first)) this.addModule(name, module);
    } else this.extend(modules as Module[]);
  }

  /** Each module applied to the output of the one before. */
  override forward(x: Tensor): Tensor {
    let y = x;
    for (const module of this) y = module.forward(y);
    return y;
  }
}

/**
 * Holds modules in a list, so that they are found; a plain array as a property is not. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html}.
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * const layers = new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2)]);
 * console.log(Object.keys(layers.stateDict())); // ["0.weight", "0.bias", "1.weight", "1.bias"]
 * ```
 */
export class ModuleList extends List {
  /** Lists modules. */
  constructor(modules: Iterable<Module> = []) {
    super();
    if (typeof modules?.[Symbol.iterator] !== "function") {
      throw new TypeError(`Cannot make a ModuleList of ${describe(modules)}: it takes an array of modules`);
    }
    this.extend(modules);
  }

  /** There is none: a list only holds. */
  override forward(): never {
    throw new TypeError(
      "Cannot call forward() of a ModuleList: it only holds modules; loop over it, or use Sequential",
    );
  }
}

/**
 * Holds modules by name. See {@link https://pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html}.
 */
export class ModuleDict extends Module {
  /** Names modules. */
  constructor(modules: Readonly<Record<string, Module>> = {}) {
    super();
    if (!isOptions(modules)) {
      throw new TypeError(
        `Cannot make a ModuleDict of ${describe(modules)}: it takes an object of modules by name`,
      );
    }
    for (const [name, module] of Object.entries(modules)) this.addModule(name, module);
  }

  /** The module of a name. */
  get(name: string): Module | undefined {
    const value: unknown = Reflect.get(this, name);
    return value instanceof Module ? value : undefined;
  }

  /** There is none: it only holds. */
  override forward(): never {
    throw new TypeError("Cannot call forward() of a ModuleDict: it only holds modules; get() one of them");
  }
}
