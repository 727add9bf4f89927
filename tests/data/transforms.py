"""Writes transforms.json: what torchvision 0.14's transforms give, as its source has them, on torch alone.

    python3 tests/data/transforms.py > tests/data/transforms.json
"""
import json
import math

import torch
import torch.nn.functional as F


def affine_matrix(center, angle, translate, scale, shear):
    rot, sx, sy = (math.radians(v) for v in (angle, *shear))
    (cx, cy), (tx, ty) = center, translate
    a = math.cos(rot - sy) / math.cos(sy)
    b = -math.cos(rot - sy) * math.tan(sx) / math.cos(sy) - math.sin(rot)
    c = math.sin(rot - sy) / math.cos(sy)
    d = -math.sin(rot - sy) * math.tan(sx) / math.cos(sy) + math.cos(rot)
    m = [v / scale for v in (d, -b, 0.0, -c, a, 0.0)]
    m[2] += m[0] * (-cx - tx) + m[1] * (-cy - ty) + cx
    m[5] += m[3] * (-cx - tx) + m[4] * (-cy - ty) + cy
    return m


def affine_grid(theta, w, h):
    base = torch.ones(1, h, w, 3, dtype=theta.dtype)
    base[..., 0].copy_(torch.linspace(-w * 0.5 + 0.5, w * 0.5 - 0.5, steps=w))
    base[..., 1].copy_(torch.linspace(-h * 0.5 + 0.5, h * 0.5 - 0.5, steps=h).unsqueeze(-1))
    rescaled = theta.transpose(1, 2) / torch.tensor([0.5 * w, 0.5 * h], dtype=theta.dtype)
    return base.view(1, h * w, 3).bmm(rescaled).view(1, h, w, 2)


def sample(image, grid, mode, fill):
    x = image.unsqueeze(0).float()
    x = torch.cat([x, torch.ones((1, 1) + x.shape[2:])], 1)
    x = F.grid_sample(x, grid.float(), mode=mode, padding_mode="zeros", align_corners=False)
    x, mask = x[0, :-1], x[0, -1:]
    if fill is not None:
        assert mode == "nearest"  # torchvision multiplies by a bilinear mask twice
        x = torch.where(mask.expand_as(x) < 0.5, torch.tensor(float(fill)).expand_as(x), x)
    return torch.round(x).to(image.dtype) if image.dtype == torch.uint8 else x


def affine(image, angle, translate=(0, 0), scale=1.0, shear=(0, 0), mode="nearest", center=None, fill=None):
    h, w = image.shape[-2:]
    middle = [0.0, 0.0] if center is None else [c - s * 0.5 for c, s in zip(center, (w, h))]
    theta = torch.tensor(affine_matrix(middle, angle, translate, scale, shear)).reshape(1, 2, 3)
    return sample(image, affine_grid(theta, w, h), mode, fill)


def rotate(image, angle, mode="nearest", center=None, fill=None):
    return affine(image, -angle, mode=mode, center=center, fill=fill)


def uniform(low, high):
    return float(torch.empty(1).uniform_(float(low), float(high)).item())


def random_affine(image, degrees, translate, scale, shear, mode):
    angle, (h, w) = uniform(*degrees), image.shape[-2:]
    moved = [int(round(uniform(-share * size, share * size))) for share, size in zip(translate, (w, h))]
    factor = uniform(*scale)
    return affine(image, angle, moved, factor, (uniform(*shear[:2]), uniform(*shear[2:])), mode)


def gaussian_blur(x, k, sigma):
    def kernel(s):
        p = torch.exp(-0.5 * (torch.linspace(-(k - 1) * 0.5, (k - 1) * 0.5, steps=k) / s).pow(2))
        return p / p.sum()

    weight = torch.mm(kernel(sigma[1])[:, None], kernel(sigma[0])[None, :]).expand(1, 1, k, k)
    return F.conv2d(F.pad(x, [k // 2] * 4, mode="reflect"), weight)


def elastic(image, alpha, sigma, mode="bilinear", fill=None):
    size = list(image.shape[-2:])

    def field(i):
        d = torch.rand([1, 1] + size) * 2 - 1
        k = int(8 * sigma[i] + 1)
        return gaussian_blur(d, k + 1 - k % 2, sigma) * alpha[i] / size[i]

    moves = torch.concat([field(0), field(1)], 1).permute([0, 2, 3, 1])
    y, x = torch.meshgrid(*[torch.linspace((-s + 1) / s, (s - 1) / s, s) for s in size], indexing="ij")
    return sample(image, torch.stack([x, y], -1).unsqueeze(0) + moves, mode, fill)


def random_crop(image, th, tw):
    h, w = image.shape[-2:]
    i = torch.randint(0, h - th + 1, size=(1,)).item()
    j = torch.randint(0, w - tw + 1, size=(1,)).item()
    return image[..., i : i + th, j : j + tw]


def blend(a, b, ratio):
    return (ratio * a + (1.0 - ratio) * b).clamp(0, 1.0 if a.is_floating_point() else 255.0).to(a.dtype)


def brightness(image, factor):
    return blend(image, torch.zeros_like(image), factor)


def contrast(image, factor):
    x = image
    if image.shape[-3] == 3:
        r, g, b = image.unbind(-3)
        x = (0.2989 * r + 0.587 * g + 0.114 * b).to(image.dtype).unsqueeze(-3)
    x = x if image.is_floating_point() else x.to(torch.float32)
    return blend(image, torch.mean(x, dim=(-3, -2, -1), keepdim=True), factor)


def jitter(image, light, relief):
    order, b, c = torch.randperm(4), uniform(*light), uniform(*relief)
    for step in order:
        image = brightness(image, b) if step == 0 else contrast(image, c) if step == 1 else image
    return image


x = torch.arange(20.0).reshape(1, 4, 5) / 20
batch = torch.arange(48.0).reshape(2, 1, 6, 4) / 48
rgb = ((torch.arange(36).reshape(3, 3, 4) * 37) % 256).to(torch.uint8)
answers = {}


def put(name, make, seed=0):
    """The elements of what `make` gives, and a random number drawn after it."""
    torch.manual_seed(seed)
    y = make().flatten().tolist()
    answers[name] = {"elements": [round(v, 6) for v in y], "next": torch.rand(1).item()}


put("rotate", lambda: rotate(x, 30))
put("rotate bilinear", lambda: rotate(x, 30, "bilinear"))
put("rotate center fill", lambda: rotate(x, -50, center=[0, 1], fill=0.5))
put("rotate bytes", lambda: rotate(rgb, 20, "bilinear"))
put("affine", lambda: affine(x, 20, [1, -1], 1.2, [10, 5], "bilinear"))
put("affine bytes", lambda: affine(rgb, -15, [0, 1], 0.7, [0, -20], center=[1, 1]))
put("randomRotation", lambda: rotate(x, uniform(-40, 40), "bilinear"))
put("randomRotation range", lambda: rotate(x, uniform(10, 20), fill=0.25))
put("randomAffine", lambda: random_affine(x, (-10, 10), (0.3, 0.3), (0.8, 1.2), (-5, 5, -6, 6), "bilinear"))
put("elasticTransform", lambda: torch.stack([elastic(i, [2.0, 3.0], [0.6, 0.4]) for i in batch]))
put("elasticTransform nearest", lambda: elastic(x, [5.0, 5.0], [0.7, 0.7], "nearest", 1.0))
put("randomCrop", lambda: torch.stack([random_crop(i, 2, 3) for i in batch]))
put("randomHorizontalFlip", lambda: torch.stack([i.flip(-1) if torch.rand(1) < 0.5 else i for i in batch]))
put("adjustBrightness", lambda: brightness(rgb, 1.7))
put("adjustContrast bytes", lambda: contrast(rgb, 0.4))
put("adjustContrast grey", lambda: contrast(x, 1.8))
put("adjustContrast", lambda: contrast(rgb / 255.0, 0.5))
put("colorJitter", lambda: torch.stack([jitter(rgb, (0.5, 1.5), (0.2, 3.0)) for _ in range(3)]))
print("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in answers.items()) + "\n}")
