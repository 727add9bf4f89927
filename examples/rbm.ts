/**
 * The restricted Boltzmann machine, which the examples on Boltzmann machines and deep belief networks are made
 * of.
 */
import { bernoulli, cat, eye, F, multinomial, nn, noGrad, randn, type Tensor, zeros } from "../mod.ts";

/**
 * Visible and hidden neurons that are 0 or 1 by chance, all of one side joined with all of the other, none within a
 * side:
 *
 *     E(v, h) = −v W h − a·v − b·h          P(v, h) = exp(−E(v, h)) / Z
 *
 * Given one side the neurons of the other are independent, with chance σ(input), and the sum over all h has a closed
 * form, the free energy F(v) = −log Σₕ exp(−E(v, h)), so that P(v) = exp(−F(v)) / Z.
 */
export class RBM extends nn.Module {
  readonly weight: nn.Parameter;
  readonly visibleBias: nn.Parameter;
  readonly hiddenBias: nn.Parameter;

  constructor(readonly visibles: number, readonly hiddens: number, scale = 0.01) {
    super();
    this.weight = new nn.Parameter(randn([visibles, hiddens]).mul(scale));
    this.visibleBias = new nn.Parameter(zeros([visibles]));
    this.hiddenBias = new nn.Parameter(zeros([hiddens]));
  }

  /** P(h = 1 | v), [n, hiddens]. */
  hidden(v: Tensor): Tensor {
    return v.matmul(this.weight).add(this.hiddenBias).sigmoid();
  }

  /** As a layer: P(h = 1 | v). */
  override forward(v: Tensor): Tensor {
    return this.hidden(v);
  }

  /** P(v = 1 | h), [n, visibles]. */
  visible(h: Tensor): Tensor {
    return h.matmul(this.weight.T).add(this.visibleBias).sigmoid();
  }

  /** F(v) = −a·v − Σⱼ log(1 + exp(v Wⱼ + bⱼ)), [n]. */
  freeEnergy(v: Tensor): Tensor {
    const inside = F.softplus(v.matmul(this.weight).add(this.hiddenBias)).sum(1);
    return v.matmul(this.visibleBias).add(inside).neg();
  }

  /** Visible states drawn with these chances. */
  draw(chances: Tensor): Tensor {
    return bernoulli(chances);
  }

  /** Gibbs sampling: draws the hidden states, then the visible ones again, `steps` times. */
  gibbs(v: Tensor, steps = 1): Tensor {
    return noGrad(() => {
      for (let step = 0; step < steps; step++) v = this.draw(this.visible(bernoulli(this.hidden(v))));
      return v;
    });
  }

  /**
   * What to minimise so that data become likely and dreams unlikely. The gradient of −log P(v) is that of F(v), less
   * its mean over all states by their probability; contrastive divergence takes a few Gibbs steps from the data for
   * that mean, persistent contrastive divergence the last states of chains that go on.
   */
  contrast(data: Tensor, dreams: Tensor): Tensor {
    return this.freeEnergy(data).mean().sub(this.freeEnergy(dreams).mean());
  }

  /** As a picture of each neuron's weights, [hiddens, height, width]. */
  filters(height: number, width: number): Tensor {
    return this.weight.detach().T.narrow(1, 0, height * width).reshape([-1, height, width]);
  }
}

/** A machine some of whose visible neurons, the last ten, are a label: exactly one of them is 1. */
export class LabelRBM extends RBM {
  override visible(h: Tensor): Tensor {
    const input = h.matmul(this.weight.T).add(this.visibleBias), features = this.visibles - 10;
    return cat([input.narrow(1, 0, features).sigmoid(), input.narrow(1, features, 10).softmax(1)], 1);
  }

  override draw(chances: Tensor): Tensor {
    const features = this.visibles - 10;
    const label = multinomial(chances.narrow(1, features, 10), 1).squeeze(1);
    return cat([bernoulli(chances.narrow(1, 0, features)), eye(10).indexSelect(0, label)], 1);
  }

  /** −F(features, label) for each label, [n, 10]; its softmax is P(label | features). */
  scores(features: Tensor): Tensor {
    const size = this.visibles - 10;
    const input = features.matmul(this.weight.narrow(0, 0, size)).add(this.hiddenBias).unsqueeze(1);
    const withLabel = input.add(this.weight.narrow(0, size, 10)); // [n, 10, hiddens]
    return F.softplus(withLabel).sum(2).add(this.visibleBias.narrow(0, size, 10));
  }
}
