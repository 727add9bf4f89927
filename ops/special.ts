/** `special`: a list of ops under the namespace that PyTorch has them in. */
export {
  airyAi,
  besselJ0,
  besselJ1,
  besselY0,
  besselY1,
  i0,
  i0e,
  i1,
  i1e,
  modifiedBesselI0,
  modifiedBesselI1,
  modifiedBesselK0,
  modifiedBesselK1,
  scaledModifiedBesselK0,
  scaledModifiedBesselK1,
  sphericalBesselJ0,
} from "./bessel.ts";
export { erf, erfc, erfcx, erfinv } from "./error_function.ts";
export { exp2, expm1, log1p, logit, sigmoid as expit, xlogy } from "./exponential.ts";
export {
  digamma,
  digamma as psi,
  igamma as gammainc,
  igammac as gammaincc,
  lgamma as gammaln,
  mvlgamma as multigammaln,
  polygamma,
} from "./gamma.ts";
export { entr, logNdtr, ndtr, ndtri, xlog1py } from "./normal.ts";
export {
  chebyshevPolynomialT,
  chebyshevPolynomialU,
  chebyshevPolynomialV,
  chebyshevPolynomialW,
  hermitePolynomialH,
  hermitePolynomialHe,
  laguerrePolynomialL,
  legendrePolynomialP,
  shiftedChebyshevPolynomialT,
  shiftedChebyshevPolynomialU,
  shiftedChebyshevPolynomialV,
  shiftedChebyshevPolynomialW,
} from "./polynomial.ts";
export { logsumexp } from "./reduce.ts";
export { round } from "./rounding.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export { sinc } from "./trigonometric.ts";
export { zeta } from "./zeta.ts";
