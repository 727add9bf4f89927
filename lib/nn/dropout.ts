/** Dropout as layers. */
import { asFlag, named, type Optional } from "../arguments.ts";
import { asProbability } from "../distributions.ts";
import { asTensor, type Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** Options of {@link Dropout}. */
export interface DropoutLayerOptions {
  /** The probability that an element becomes 0; default 0.5. */
  p?: number;
  /** Whether to change the input itself; default false. */
  inplace?: boolean;
}

/**
 * While training, sets elements to 0 with probability `p` (0.5) and scales the others by 1 / (1 − p). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html}.
 *
 * @example
 * ```ts
 * import { manualSeed, nn, ones } from "@dinograd/dinograd";
 *
 * const layer = new nn.Dropout(0.5);
 * manualSeed(0);
 * console.log(layer.forward(ones(5)).toArray()); // [0, 0, 2, 0, 0]
 * console.log(layer.eval().forward(ones(2)).toArray()); // [1, 1]
 * ```
 */
export class Dropout extends Module {
  /** The probability that an element becomes 0. */
  readonly p: number;
  /** Whether to change the input itself. */
  readonly inplace: boolean;

  /** Sets the probability. */
  constructor(...options: Optional<DropoutLayerOptions>) {
    super();
    const name = this.constructor.name, order = ["p", "inplace"] as const;
    const { p = 0.5, inplace = false } = named<DropoutLayerOptions>(name, options, order);
    this.p = asProbability(name, "p", p);
    this.inplace = asFlag(name, "inplace", inplace);
  }

  /** Drops elements of any shape. */
  override forward(x: Tensor): Tensor {
    return asTensor("apply Dropout", "the input", x).dropout(this.p, this.training, {
      inplace: this.inplace,
    });
  }

  /** The options. */
  override extraRepr(): string {
    return `p=${this.p}, inplace=${this.inplace}`;
  }
}

/** As {@link Dropout}, for whole channels of [n, channels, length] (Tompson et al. 2015). */
export class Dropout1d extends Dropout {
  /** Drops channels of [n, channels, ...]. */
  override forward(x: Tensor): Tensor {
    return asTensor("apply Dropout", "the input", x).featureDropout(this.p, this.training, {
      inplace: this.inplace,
    });
  }
}

/** As {@link Dropout1d}, for [n, channels, height, width]. */
export class Dropout2d extends Dropout1d {}

/** As {@link Dropout1d}, for [n, channels, depth, height, width]. */
export class Dropout3d extends Dropout1d {}

/**
 * Dropout that keeps mean and variance, for after {@link SELU} (Klambauer et al. 2017). See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.AlphaDropout.html}.
 */
export class AlphaDropout extends Dropout {
  /** Drops elements of any shape. */
  override forward(x: Tensor): Tensor {
    return asTensor("apply AlphaDropout", "the input", x).alphaDropout(this.p, this.training, {
      inplace: this.inplace,
    });
  }
}

/**
 * As {@link AlphaDropout}, for whole channels of [n, channels, ...]. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html}.
 */
export class FeatureAlphaDropout extends Dropout {
  /** Drops channels of [n, channels, ...]. */
  override forward(x: Tensor): Tensor {
    return asTensor("apply FeatureAlphaDropout", "the input", x).featureAlphaDropout(this.p, this.training, {
      inplace: this.inplace,
    });
  }
}
