/** Spectral norm: a weight divided by its largest singular value. */
import { asCount, asNumber, named, type Optional } from "../arguments.ts";
import { noGrad } from "../grad_mode.ts";
import { resolveDim } from "../shape.ts";
import { empty, type Tensor } from "../tensor.ts";
import { makeComputed, makePlain, plainParameter } from "./computed.ts";
import { ConvTransposeNd } from "./conv_transpose.ts";
import type { Module } from "./module.ts";

/** Options of {@link spectralNorm}. */
export interface SpectralNormOptions {
  /** Which parameter; default "weight". */
  name?: string;
  /** How often the singular vectors are improved each time; default 1. */
  nPowerIterations?: number;
  /** The least length that is divided by; default 1e-12. */
  eps?: number;
  /** The dimension that counts outputs; default: 1 for transposed convolutions, else 0. */
  dim?: number | null;
}

/** What follows a parameter's name in those of the original and of its first singular vectors. */
const parts = ["Orig", "U", "V"];

/** The weight as a matrix with a row for each output. */
function matrixOf(weight: Tensor, dim: number): Tensor {
  return weight.movedim(dim, 0).reshape([weight.shape[dim], -1]);
}

/**
 * Makes the parameter `name` of a module that weight divided by its largest singular value, so that the layer is
 * 1-Lipschitz, and returns the module. The value is found by power iteration, a step whenever the weight is read while
 * training (Miyato et al. 2018). The state is called weight_orig, weight_u and weight_v. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.spectral_norm.html}.
 *
 * @throws {TypeError} if the module has no such parameter.
 *
 * @example
 * ```ts
 * import { nn } from "@dinograd/dinograd";
 *
 * const layer = nn.utils.spectralNorm(new nn.Linear(4, 3));
 * console.log(Object.keys(layer.stateDict())); // ["bias", "weight_orig", "weight_u", "weight_v"]
 * ```
 */
export function spectralNorm<M extends Module>(module: M, ...options: Optional<SpectralNormOptions>): M {
  const order = ["name", "nPowerIterations", "eps", "dim"] as const;
  const given = named<SpectralNormOptions>("spectralNorm", options, order);
  const { name = "weight", nPowerIterations = 1, eps = 1e-12, dim = null } = given;
  const weight = plainParameter("spectralNorm", module, name),
    [orig, u, v] = parts.map((part) => name + part);
  asCount("spectralNorm", "nPowerIterations", nPowerIterations, 1);
  asNumber("spectralNorm", "eps", eps);
  const at = resolveDim(
    "call spectralNorm()",
    dim ?? (module instanceof ConvTransposeNd ? 1 : 0),
    weight.shape,
  );
  const unit = (x: Tensor) => x.normalize({ dim: 0, eps });
  const start = (size: number) => noGrad(() => unit(empty([size], weight.dtype).normal_()));
  const [rows, columns] = matrixOf(weight.data, at).shape;
  const vectors = { [u]: start(rows), [v]: start(columns) };
  Reflect.deleteProperty(module, name);
  module.registerParameter(orig, weight);
  for (const [key, vector] of Object.entries(vectors)) module.registerBuffer(key, vector);
  makeComputed(module, name, (owner) => {
    const source: Tensor = Reflect.get(owner, orig), matrix = matrixOf(source, at);
    const left: Tensor = Reflect.get(owner, u), right: Tensor = Reflect.get(owner, v);
    noGrad(() => {
      for (let i = 0; owner.training && i < nPowerIterations; i++) {
        right.copy_(unit(matrix.T.matmul(left)));
        left.copy_(unit(matrix.matmul(right)));
      }
    });
    // copies, because the tape keeps them and the next step changes the vectors
    return source.div(matrix.matmul(right.clone()).dot(left.clone()));
  });
  return module;
}

/**
 * Undoes {@link spectralNorm}: the weight is a parameter again. See
 * {@link https://pytorch.org/docs/stable/generated/torch.nn.utils.remove_spectral_norm.html}.
 *
 * @throws {TypeError} if the parameter has no spectral norm.
 */
export function removeSpectralNorm<M extends Module>(module: M, name = "weight"): M {
  makePlain("removeSpectralNorm", module, name, parts);
  return module;
}
