/** From process start to the first gradient; compare.ts times it as a whole process. */
import { tensor } from "../../mod.ts";

const x = tensor([1, 2, 3], { requiresGrad: true });
x.mul(x).sum().backward();
console.log(x.grad!.toArray());
