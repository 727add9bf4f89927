/**
 * What the examples on natural images share: whitened photographs, small patches of them, and how directed a
 * filter is.
 */
import { arange, avgPool2d, cat, conv2d, meshgrid, randint, type Tensor } from "../mod.ts";
import { photographs } from "./sources.ts";

/**
 * The photographs at half their size, whitened: since neighbouring pixels are alike, low frequencies f outweigh all
 * else, with amplitudes like 1/f. Olshausen and Field (1996) multiply by R(f) = f exp(−(f / f₀)⁴), f₀ = 0.4 cycles a
 * pixel, which makes them equal and leaves out the highest, where there is noise only. Each has variance 1 afterwards.
 */
export async function whitenedPhotographs(): Promise<Tensor[]> {
  const kernel = whitening(31), border = 15;
  return (await photographs()).map((photograph) => {
    const x = avgPool2d(photograph.to("float32").div(255).unsqueeze(0).unsqueeze(0), 2);
    const y = conv2d(x, kernel).squeeze(0).squeeze(0); // no padding: the edges of the picture are none of its own
    const [height, width] = y.shape;
    const inner = y.narrow(0, border, height - 2 * border).narrow(1, border, width - 2 * border);
    return inner.sub(inner.mean()).div(inner.std());
  });
}

/** R(f) as a kernel of `size` x `size` pixels: its inverse Fourier transform, a sum of cosines as R is symmetric. */
function whitening(size: number): Tensor {
  const middle = (size - 1) / 2, i = arange(size, { dtype: "float64" }).sub(middle);
  const [v, u] = meshgrid([i.div(size), i.div(size)], { indexing: "ij" });
  const f = u.square().add(v.square()).sqrt();
  const r = f.mul(f.div(0.4).pow(4).neg().exp());
  const phase = i.unsqueeze(1).mul(i).mul(2 * Math.PI / size);
  const [cos, sin] = [phase.cos(), phase.sin()];
  // cos(a + b) = cos a cos b − sin a sin b
  const kernel = cos.matmul(r).matmul(cos.T).sub(sin.matmul(r).matmul(sin.T)).div(size ** 2);
  return kernel.to("float32").view([1, 1, size, size]);
}

/** `count` patches at random places, as rows of `size` x `size` pixels without their mean, [count, size²]. */
export function randomPatches(images: readonly Tensor[], count: number, size: number): Tensor {
  const patches = images.map((image, i) => {
    const n = Math.floor((i + 1) * count / images.length) - Math.floor(i * count / images.length);
    const all = image.unfold(0, size, 1).unfold(1, size, 1); // [rows, columns, size, size], a view
    const [rows, columns] = all.shape;
    return all.index([randint(rows, [n]), randint(columns, [n])]).reshape([n, size ** 2]);
  });
  const x = cat(patches);
  return x.sub(x.mean(1, true));
}

/**
 * How much the slopes of each filter [n, size, size] go one way, from 0 (all ways alike, as in noise or a spot) to 1
 * (a straight edge): with the sums of products of the slopes J, √((Jxx − Jyy)² + 4 Jxy²) / (Jxx + Jyy).
 */
export function directedness(filters: Tensor): Tensor {
  const size = filters.shape[1] - 1,
    part = (y: number, x: number) => filters.narrow(1, y, size).narrow(2, x, size);
  const dx = part(0, 1).sub(part(0, 0)).add(part(1, 1)).sub(part(1, 0));
  const dy = part(1, 0).sub(part(0, 0)).add(part(1, 1)).sub(part(0, 1));
  const [xx, yy, xy] = [dx.square(), dy.square(), dx.mul(dy)].map((j) => j.sum([1, 2]));
  return xx.sub(yy).square().add(xy.square().mul(4)).sqrt().div(xx.add(yy));
}
