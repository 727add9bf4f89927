"""Trains small models in PyTorch (float64) for tests/models_test.ts: python3 tests/goldens/models.py > tests/goldens/models.json

Weights and data are sines that the test computes as well; what is written is the loss of each step and the state after
the last one.
"""
import json
import math
import torch
from torch import nn

STEPS = 20
torch.set_default_dtype(torch.float64)


def waves(shape, phase):
    """The numbers sin(0.9 k + phase) for k = 0, 1, 2, ..."""
    return torch.tensor([math.sin(0.9 * k + phase) for k in range(math.prod(shape))]).reshape(shape)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, num_layers=2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(6, 4)
        layer = nn.TransformerEncoderLayer(4, 2, 6, 0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(4))
        self.out = nn.Linear(4, 3)

    def forward(self, tokens):
        x = self.encoder(self.embedding(tokens), src_key_padding_mask=tokens == 0)
        return self.out(x.mean(1))


tokens = torch.tensor([[5, 1, 2, 0], [3, 3, 4, 1], [2, 5, 0, 0]])
classes = torch.tensor([0, 2, 1])
models = {
    "mlp": (
        nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 6), nn.GELU(), nn.Linear(6, 2)),
        waves([5, 3], 2),
        nn.functional.mse_loss,
        waves([5, 2], 3),
    ),
    "convolutional": (
        nn.Sequential(
            *[nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2)],
            *[nn.Flatten(), nn.Linear(18, 3)],
        ),
        waves([3, 1, 6, 6], 2),
        nn.functional.cross_entropy,
        classes,
    ),
    "lstm": (Recurrent(), waves([3, 4, 2], 2), nn.functional.mse_loss, waves([3, 2], 3)),
    "transformer": (Classifier(), tokens, nn.functional.cross_entropy, classes),
}


def trained(model, x, loss_of, y):
    with torch.no_grad():
        for i, parameter in enumerate(model.parameters()):
            parameter.copy_(waves(parameter.shape, 1.7 * i) / 2)
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=0.01), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    state = {name: value.flatten().tolist() for name, value in model.state_dict().items()}
    return {"losses": losses, "state": state}


print(json.dumps({"torch": torch.__version__, **{name: trained(*model) for name, model in models.items()}}))
