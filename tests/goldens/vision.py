"""Lists the parameters of torchvision's models for tests/vision_test.ts, with initial values and what images become:
python3 tests/goldens/vision.py > tests/goldens/vision.json. Needs python3-torchvision.
"""
import json
import torch
from torchvision import models

SIZES = {"googlenet": 32, "resnet18": 64, "resnet50": 32}
DRAWN = {"googlenet": True, "resnet18": None}


def steps(shape, scale):
    """The numbers ((37 k + 11) mod 101 / 50 - 1) scale for k = 0, 1, 2, ..."""
    count = torch.Size(shape).numel()
    return (((torch.arange(count) * 37 + 11) % 101).double() / 50 - 1).reshape(shape) * scale


def outputs(model, size):
    """The scores of two images, while training and then while predicting."""
    model.double()
    for x in model.parameters():
        x.data = steps(x.shape, 1) * 0.1 + 1 if x.ndim == 1 else steps(x.shape, (x[0].numel() / 4) ** -0.5)
    images = steps([2, 3, size, size], 1)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0
    with torch.no_grad():
        trained = model(images)
        trained = [trained] if torch.is_tensor(trained) else list(trained)
        return [x[:, :4].flatten().tolist() for x in [*trained, model.eval()(images)]]


def shapes(model):
    return {name: list(x.shape) for name, x in model.state_dict().items()}


def beginnings(name, init_weights):
    """The last number of each weight as it is drawn after seed 0."""
    torch.manual_seed(0)
    model = getattr(models, name)(**({} if init_weights is None else {"init_weights": init_weights}))
    return [x.flatten()[-1].item() for x in model.parameters()]


answers = {}
for name in "alexnet vgg11 vgg16_bn googlenet resnet18 resnet34 resnet50".split():
    options = {"init_weights": False} if name.startswith(("vgg", "googlenet")) else {}
    model = getattr(models, name)(**options)
    answers[name] = {"shapes": shapes(model)}
    if name in SIZES:
        answers[name]["outputs"] = outputs(model, SIZES[name])
    if name in DRAWN:
        answers[name]["beginnings"] = beginnings(name, DRAWN[name])
print(json.dumps(answers, separators=(",", ":")))
