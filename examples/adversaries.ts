/**
 * What examples share in which one network forges and another tells forgeries from the real: a round of their game.
 */
import { F, type nn, optim, scope, type Tensor } from "../mod.ts";

/** Who plays, and how fast they learn. */
export interface Players {
  /** Makes things of noise, and of whatever else a round is given. */
  readonly generator: nn.Module;
  /** Scores things: above 0 for what it takes to be real. */
  readonly discriminator: nn.Module;
  readonly lr: number;
}

/** The losses of a round, and the share of things that the discriminator was right about. */
export interface Score {
  readonly discriminator: number;
  readonly generator: number;
  readonly right: number;
}

/**
 * Plays rounds: the discriminator D lowers −log D(x) − log (1 − D(G(z))), then the generator lowers −log D(G(z)), the
 * form that Goodfellow et al. 2014 recommend since its slope does not vanish where D is sure. Both learn by Adam with
 * Radford's β₁ = ½. A condition goes to both.
 */
export function game({ generator, discriminator, lr }: Players) {
  const [forger, judge] = [generator, discriminator].map((player) =>
    new optim.Adam(player.parameters(), { lr, betas: [0.5, 0.999] })
  );
  return function round(real: Tensor, noise: Tensor, ...condition: readonly Tensor[]): Score {
    using _ = scope(); // gives memory back at once
    const fake: Tensor = generator.forward(noise, ...condition);
    const ofReal: Tensor = discriminator.forward(real, ...condition);
    const ofFake: Tensor = discriminator.forward(fake.detach(), ...condition);
    const blame = F.softplus(ofReal.neg()).mean().add(F.softplus(ofFake).mean()); // −log σ(s) = softplus(−s)
    judge.zeroGrad();
    blame.backward();
    judge.step();

    const again: Tensor = discriminator.forward(fake, ...condition), caught = F.softplus(again.neg()).mean();
    forger.zeroGrad();
    caught.backward();
    forger.step();
    const right = ofReal.gt(0).float().mean().item() + ofFake.lt(0).float().mean().item();
    return { discriminator: blame.item(), generator: caught.item(), right: right / 2 };
  };
}
