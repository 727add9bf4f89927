/** Layers without parameters: functions of tensors, with options that are properties of the layer. */
import { named, type Optional } from "../arguments.ts";
import { describe } from "../errors.ts";
import { asTensor, Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** A layer that is a function of its inputs and its options. */
export abstract class FunctionLayer<Inputs extends readonly unknown[] = [x: Tensor], Output = Tensor>
  extends Module {
  /** The function's value. */
  abstract override forward(...inputs: Inputs): Output;
}

/** Makes such layers: `new nn.LeakyReLU(0.2)`, `new nn.MSELoss({ reduction: "sum" })`. */
export interface FunctionLayerClass<
  O extends object = object,
  Inputs extends readonly unknown[] = [x: Tensor],
  Output = Tensor,
> {
  /** Makes one with its options in PyTorch's order, by name in an object, or mixed; they are properties of it. */
  new (...options: Optional<Partial<O>>): FunctionLayer<Inputs, Output> & Readonly<O>;
}

/** What distinguishes one class of function layers from the others. */
interface Definition<O extends object, Inputs extends readonly unknown[], Output> {
  /** All options in PyTorch's order; NaN where one must be given. Tensors among them become buffers. */
  readonly defaults: NoInfer<O>;
  /** The function itself. */
  readonly apply: (inputs: Inputs, options: O, training: boolean) => Output;
  /** Whether options are printed that have their default value; default true. */
  readonly printsDefaults?: boolean;
}

/** A class of layers by its definition. */
export function functionLayer<O extends object, Inputs extends readonly unknown[], Output>(
  name: string,
  { defaults, apply, printsDefaults = true }: Definition<O, Inputs, Output>,
): FunctionLayerClass<O, Inputs, Output> {
  const names = Object.keys(defaults) as (keyof O & string)[];
  const optionsOf = (layer: Module): O => {
    const options: Partial<O> = {};
    for (let i = 0; i < names.length; i++) options[names[i]] = Reflect.get(layer, names[i]);
    return options as O;
  };
  const made = class extends FunctionLayer<Inputs, Output> {
    constructor(...args: Optional<Partial<O>>) {
      super();
      const options = { ...defaults, ...named<O>(name, args, names) };
      for (const key of names) {
        const value = checked(name, key, options[key], defaults[key]);
        if (value instanceof Tensor) this.registerBuffer(key, value);
        else Reflect.set(this, key, value);
      }
    }

    override forward(...inputs: Inputs): Output {
      asTensor(`apply ${name}`, "the input", inputs[0]);
      return apply(inputs, optionsOf(this), this.training);
    }

    override extraRepr(): string {
      const isShown = ([key, value]: [string, unknown]) =>
        value !== null && value !== false && !(value instanceof Tensor) &&
        (printsDefaults || value !== Reflect.get(defaults, key));
      return listed(Object.fromEntries(Object.entries(optionsOf(this)).filter(isShown)));
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made as unknown as FunctionLayerClass<O, Inputs, Output>; // its constructor sets the properties of O
}

/** An option of the type of its default; what may be null or a list is left to the function to check. */
function checked(title: string, option: string, value: unknown, standard: unknown): unknown {
  const wanted = typeof standard, isList = wanted === "number" && Array.isArray(value);
  if (standard === null || isList || (typeof value === wanted && !Number.isNaN(value))) return value;
  throw new TypeError(`Cannot make ${title} with ${option} ${describe(value)}: it must be a ${wanted}`);
}

/** Options as they are printed: `kernelSize=[3, 3], stride=2`. */
export function listed(options: object): string {
  const text = (value: unknown): string =>
    Array.isArray(value) ? `[${value.map(text).join(", ")}]` : String(value);
  return Object.entries(options).map(([name, value]) => `${name}=${text(value)}`).join(", ");
}
