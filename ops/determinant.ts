/** Determinants and their logarithms, with gradients at singular matrices too. */
import { cofactors } from "../lib/linalg/cofactor.ts";
import type { Floats } from "../lib/gemm_loop.ts";
import { asSquare, kernelsFor, matricesOf, numbersOf, zerosOf } from "../lib/matrices.ts";
import { defineMultiOp, defineOp } from "../lib/op.ts";
import type { Tensor } from "../lib/tensor.ts";
import { linalgSvd } from "./eigen.ts";
import { invEx } from "./inverse.ts";

/** Calls `visit` with the factors P·A = L·U of every matrix. */
function eachLu(
  x: Tensor,
  visit: (i: number, n: number, lu: Floats, pivots: Int32Array) => void,
): void {
  const n = x.shape.at(-1)!, kernels = kernelsFor(n, x.dtype);
  const from = matricesOf(x, kernels), pivots = new Int32Array(n);
  for (let i = 0; i < from.count; i++) {
    const lu = from.columnsOf(i);
    kernels.lu(n, n, lu, pivots);
    visit(i, n, lu, pivots);
  }
}

const runDet = defineOp({
  name: "det",
  forward: ([x]) => {
    const y = zerosOf(x.shape.slice(0, -2), x.dtype), to = numbersOf(y);
    eachLu(x, (i, n, lu, pivots) => {
      let product = 1;
      for (let j = 0; j < n; j++) product *= pivots[j] === j + 1 ? lu[j * n + j] : -lu[j * n + j];
      to.setNumber(i, product);
    });
    return y;
  },
  // d det(A)/dA is the matrix of cofactors
  grad: [(g, [x]) => spread(g).mul(runCofactors([x], undefined)[0])],
});

function spread(x: Tensor): Tensor {
  return x.unsqueeze(-1).unsqueeze(-1);
}

/** det(A)·A⁻ᵀ, continued to singular matrices; and whether each matrix is far enough from those to invert it. */
const runCofactors: (inputs: readonly Tensor[], params: void) => Tensor[] = defineMultiOp({
  name: "cofactors",
  forward: ([x]) => {
    const y = zerosOf(x.shape, x.dtype), regular = zerosOf(x.shape.slice(0, -2), "int32");
    const n = x.shape.at(-1)!, kernels = kernelsFor(n, "float64"); // for nearly singular ones take all digits
    const from = matricesOf(x, kernels), to = matricesOf(y, kernels), toRegular = numbersOf(regular);
    for (let i = 0; i < from.count; i++) {
      const a = from.columnsOf(i);
      toRegular.setNumber(i, cofactors(kernels, n, a) ? 1 : 0);
      to.setColumns(i, a);
    }
    return [y, regular];
  },
  keeps: "both",
  grad: (
    [g],
    [x],
    [, regular],
  ) => [regular.toTypedArray().every(Boolean) ? regularRule(g!, x) : singularRule(g!, x)],
});

/** With K = A⁻ᵀ: dA = det(A)·(⟨g, K⟩·K − K·gᵀ·K). */
function regularRule(g: Tensor, x: Tensor): Tensor {
  const k = invEx(x)[0].mT, along = k.mul(g.mul(k).sum([-2, -1], true));
  return spread(runDet([x], undefined)).mul(along.sub(k.matmul(g.mT).matmul(k)));
}

/**
 * With A = U·diag(s)·Vᵀ, H = ±Uᵀ·g·V and Pᵢⱼ the product of all s but sᵢ and sⱼ, 0 on the diagonal:
 * dA = U·(diag(P·diag(H)) − (H ⊙ P)ᵀ)·Vᵀ, which needs no division.
 */
function singularRule(g: Tensor, x: Tensor): Tensor {
  const [u, s, vh] = linalgSvd(x), sign = u.detach().det().mul(vh.detach().det()).sign();
  const h = spread(sign).mul(u.mT.matmul(g).matmul(vh.mT));
  const n = s.shape.at(-1)!, same = s.newOnes([n]).diagEmbed();
  const left = same.unsqueeze(0).add(same.unsqueeze(1)); // [i, j, k]: whether k is i or j
  const factors = s.unsqueeze(-2).unsqueeze(-2).expand([...s.shape, n, n]).maskedFill(left.gt(0), 1);
  const p = factors.prod(-1).mul(same.neg().add(1));
  const core = p.matmul(h.diagonal(0, -2, -1).unsqueeze(-1)).squeeze(-1).diagEmbed();
  return u.matmul(core.sub(h.mul(p).mT)).matmul(vh);
}

/**
 * The determinants of matrices [..., n, n]; singular ones have gradients too. See
 * {@link https://pytorch.org/docs/stable/generated/torch.linalg.det.html}.
 *
 * @example
 * ```ts
 * import { det, tensor } from "@dinograd/dinograd";
 *
 * console.log(det(tensor([[1, 2], [3, 4]])).item()); // -2
 * ```
 */
export function det(x: Tensor): Tensor {
  return runDet([asSquare("det", "the input", x)], undefined);
}

const runSlogdet = defineMultiOp({
  name: "slogdet",
  forward: ([x]) => {
    const batch = x.shape.slice(0, -2), sign = zerosOf(batch, x.dtype), log = zerosOf(batch, x.dtype);
    const toSign = numbersOf(sign), toLog = numbersOf(log);
    eachLu(x, (i, n, lu, pivots) => {
      let product = 1, sum = 0;
      for (let j = 0; j < n; j++) {
        const u = lu[j * n + j];
        product *= pivots[j] === j + 1 ? Math.sign(u) : -Math.sign(u);
        sum += Math.log(Math.abs(u));
      }
      toSign.setNumber(i, product);
      toLog.setNumber(i, sum);
    });
    return [sign, log];
  },
  // d log|det(A)|/dA = A⁻ᵀ; the sign is constant
  grad: ([, g], [x]) => [g ? spread(g).mul(invEx(x)[0].mT) : x.zerosLike()],
});

/**
 * The sign of the determinants of matrices [..., n, n] and the logarithm of their size: for determinants that are too
 * large or too small for a number. See {@link https://pytorch.org/docs/stable/generated/torch.linalg.slogdet.html}.
 *
 * @example
 * ```ts
 * import { slogdet, tensor } from "@dinograd/dinograd";
 *
 * const [sign, log] = slogdet(tensor([[0, 1], [1, 0]]));
 * console.log(sign.item(), log.item()); // -1 0
 * ```
 */
export function slogdet(x: Tensor): [sign: Tensor, logabsdet: Tensor] {
  const [sign, log] = runSlogdet([asSquare("slogdet", "the input", x)], undefined);
  return [sign, log];
}

/**
 * The logarithms of the determinants of matrices [..., n, n]: NaN where they are negative, −Infinity where they are
 * zero. See {@link https://pytorch.org/docs/stable/generated/torch.logdet.html}.
 *
 * @example
 * ```ts
 * import { eye, logdet } from "@dinograd/dinograd";
 *
 * console.log(logdet(eye(3)).item()); // 0
 * ```
 */
export function logdet(x: Tensor): Tensor {
  const [sign, log] = runSlogdet([asSquare("logdet", "the input", x)], undefined);
  return log.maskedFill(sign.eq(-1), NaN);
}
