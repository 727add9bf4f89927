/** Parameters that are computed from others whenever they are read: what weight norm and spectral norm are made of. */
import { describe } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/** The parameter `name` of a module, which is to be computed. */
export function plainParameter(action: string, module: unknown, name: unknown): Parameter {
  if (!(module instanceof Module)) {
    throw new TypeError(`Cannot call ${action}() on ${describe(module)}: it takes a module`);
  }
  const found = typeof name === "string" ? Object.getOwnPropertyDescriptor(module, name) : undefined;
  if (found?.value instanceof Parameter) return found.value;
  throw new TypeError(
    `Cannot call ${action}() on ${module.constructor.name}: ${describe(name)} is ${
      found?.get ? "computed already" : `${describe(found?.value)}, it must be the name of a parameter`
    }`,
  );
}

/** Makes `module[name]` what `compute` gives; the property it was goes away. */
export function makeComputed(module: Module, name: string, compute: (module: Module) => Tensor): void {
  Object.defineProperty(module, name, {
    get(this: Module) { // of a copy of the module: the copy
      return compute(this);
    },
    configurable: true,
    enumerable: false, // or else it would be computed whenever parameters are looked for
  });
}

/** Makes `module[name]`, computed from the properties of that name and `suffixes`, a parameter of its own again. */
export function makePlain(
  action: string,
  module: unknown,
  name: unknown,
  suffixes: readonly string[],
): void {
  if (
    !(module instanceof Module) || typeof name !== "string" ||
    Object.getOwnPropertyDescriptor(module, name)?.get === undefined ||
    !suffixes.every((suffix) => Object.hasOwn(module, name + suffix))
  ) {
    const what = module instanceof Module ? module.constructor.name : describe(module);
    throw new TypeError(`Cannot call ${action}() on ${what}: ${describe(name)} is not computed by it`);
  }
  const current: Tensor = Reflect.get(module, name), value = current.detach().clone();
  for (const suffix of suffixes) Reflect.deleteProperty(module, name + suffix);
  Reflect.deleteProperty(module, name);
  module.registerParameter(name, new Parameter(value));
}
