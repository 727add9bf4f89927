/** What the options of all models have in common. */
import { asCount, asNumber, named } from "../../arguments.ts";

/** Options of every model. */
export interface ModelOptions {
  /** How many classes there are; default 1000. */
  numClasses?: number;
  /** How many channels images have; default 3. */
  inChannels?: number;
  /** What the numbers of channels of all layers are multiplied by; default 1. Rounded, and at least 1. */
  widthMult?: number;
}

/** What a model is told in the end. */
export interface ModelSettings<O extends ModelOptions> {
  /** How many classes there are. */
  readonly numClasses: number;
  /** How many channels images have. */
  readonly inChannels: number;
  /** A number of channels, made larger or smaller. */
  readonly width: (channels: number) => number;
  /** The options that only some models have, as given. */
  readonly own: Partial<O>;
}

/** Reads the options of a model; `names` are those that not all models have. */
export function modelSettings<O extends ModelOptions>(
  title: string,
  options: O,
  names: readonly (keyof O & string)[],
): ModelSettings<O> {
  const own = named<O>(title, [options], [], ["numClasses", "inChannels", "widthMult", ...names]);
  const { numClasses = 1000, inChannels = 3, widthMult = 1 }: ModelOptions = own;
  const factor = asNumber(title, "widthMult", widthMult, false);
  return {
    numClasses: asCount(title, "numClasses", numClasses, 1),
    inChannels: asCount(title, "inChannels", inChannels, 1),
    width: (channels) => Math.max(1, Math.round(channels * factor)),
    own,
  };
}
