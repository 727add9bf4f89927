/** `linalg`: a list of ops under the namespace that PyTorch has them in. */
export { matmul } from "./matmul.ts";
export {
  linalgCross as cross,
  linalgDiagonal as diagonal,
  linalgVander as vander,
  multiDot,
  vecdot,
} from "./matrix.ts";
export { linalgNorm as norm, type LinalgNormOptions, matrixNorm, vectorNorm } from "./norm.ts";

export { det, slogdet } from "./determinant.ts";
export {
  eigh,
  type EighOptions,
  eigvalsh,
  linalgSvd as svd,
  type LinalgSvdOptions,
  svdvals,
} from "./eigen.ts";
export {
  type CheckOptions,
  cholesky,
  choleskyEx,
  ldlFactor,
  ldlFactorEx,
  type LdlOptions,
  ldlSolve,
} from "./factor.ts";
export {
  cond,
  type CondOptions,
  inverse as inv,
  invEx,
  matrixPower,
  tensorinv,
  type TensorinvOptions,
} from "./inverse.ts";
export {
  lstsq,
  type LstsqOptions,
  matrixRank,
  type MatrixRankOptions,
  pinv,
  type PinvOptions,
  type ToleranceOptions,
} from "./least_squares.ts";
export { linalgLu as lu, linalgLuSolve as luSolve, luFactor, luFactorEx, type LuSolveOptions } from "./lu.ts";
export { matrixExp } from "./matrix_exp.ts";
export { householderProduct, linalgQr as qr, type LinalgQrOptions } from "./orthogonal.ts";
export {
  solve,
  solveEx,
  type SolveOptions,
  solveTriangular,
  type SolveTriangularOptions,
  tensorsolve,
  type TensorsolveOptions,
} from "./solve.ts";
