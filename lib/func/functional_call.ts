/** Calling a module with other parameters than its own. */
import { isOptions } from "../arguments.ts";
import { describe, ShapeError } from "../errors.ts";
import { show } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { Module } from "../nn/module.ts";

/**
 * What `module.forward(...inputs)` gives with some parameters and buffers, named as in its state dict, replaced. The
 * module itself stays as it is; tied parameters are replaced together. See
 * {@link https://pytorch.org/docs/stable/generated/torch.func.functional_call.html}.
 *
 * @throws {TypeError} if the module has no tensor of a name. {@link ShapeError} if a shape differs.
 *
 * @example The gradient by all parameters at once
 * ```ts
 * import { func, nn, ones } from "@dinograd/dinograd";
 *
 * const model = new nn.Linear(3, 1), state = model.stateDict();
 * const loss = (weights: typeof state) => func.functionalCall(model, weights, ones(2, 3)).sum();
 * console.log(func.grad(loss)(state).weight.toArray()); // [[2, 2, 2]]
 * ```
 */
export function functionalCall(
  module: Module,
  parametersAndBuffers: Readonly<Record<string, Tensor>>,
  inputs: unknown,
  // deno-lint-ignore no-explicit-any -- every layer has outputs of its own
): any {
  const replaced = replacements(module, parametersAndBuffers), undo: (() => void)[] = [];
  try {
    for (const part of module.modules()) {
      for (const [key, own] of Object.entries(part)) {
        const other = own instanceof Tensor ? replaced.get(own) : undefined;
        if (!other) continue;
        Reflect.set(part, key, other);
        undo.push(() => Reflect.set(part, key, own));
      }
    }
    return module.forward(...(Array.isArray(inputs) ? inputs : [inputs]));
  } finally {
    for (const put of undo) put();
  }
}

/** By the module's own tensors, what takes their places. */
function replacements(module: Module, given: unknown): Map<Tensor, Tensor> {
  const action = "call func.functionalCall()";
  if (typeof module?.modules !== "function") {
    throw new TypeError(`Cannot ${action} on ${describe(module)}: it takes a module`);
  }
  if (!isOptions(given)) {
    throw new TypeError(
      `Cannot ${action} with ${describe(given)}: parameters must be an object of tensors by name`,
    );
  }
  const own = new Map<string, Tensor>([...module.namedParameters(), ...module.namedBuffers()]);
  for (const [path, part] of module.namedModules()) { // other names of tied parameters
    for (const [name, tensor] of part.namedParameters(path, false)) own.set(name, tensor);
  }
  return new Map(
    Object.entries(given).map(([name, other]) => {
      const tensor = own.get(name);
      if (!tensor) {
        throw new TypeError(
          `Cannot ${action}: the module has no tensor ${name}; it has ${[...own.keys()].join(", ")}`,
        );
      }
      if (!(other instanceof Tensor)) {
        throw new TypeError(`Cannot ${action}: ${name} must be a tensor, got ${describe(other)}`);
      }
      if (show(other.shape) !== show(tensor.shape)) {
        throw new ShapeError(
          `Cannot ${action}: ${name} has shape ${show(other.shape)}, it must have ${show(tensor.shape)}`,
        );
      }
      return [tensor, other];
    }),
  );
}
