"""Writes images.json: small PNG and JPEG files by Pillow, and the pixels that Pillow reads from them.

    python3 tests/data/images.py > tests/data/images.json
"""
import base64
import io
import json

import numpy as np
from PIL import Image

answers = []


def add(name, image, **options):
    """Keeps the file of an image with its pixels [channels, height, width]."""
    file = io.BytesIO()
    image.save(file, "JPEG" if name.endswith("jpg") else "PNG", **options)
    read = Image.open(io.BytesIO(file.getvalue()))
    if read.mode == "P":
        read = read.convert("RGBA" if "transparency" in read.info else "RGB")
    pixels = np.atleast_3d(np.array(read.convert("L") if read.mode == "1" else read)).astype(int).transpose(2, 0, 1)
    content = base64.b64encode(file.getvalue()).decode()
    answers.append({"name": name, "file": content, "shape": pixels.shape, "elements": pixels.ravel().tolist()})


y, x = np.mgrid[0:5, 0:7]
rgb = np.stack([x * 30, y * 40, 200 - x * 10 - y * 9], -1).astype(np.uint8)
colours = Image.fromarray(rgb)
grey = Image.fromarray(rgb[:, :, 0])
add("gray.png", grey)
add("rgb.png", colours)
add("rgba.png", Image.fromarray(np.dstack([rgb, y * 50]).astype(np.uint8)))
add("gray alpha.png", Image.fromarray(np.dstack([rgb[:, :, 1], x * 9]).astype(np.uint8), "LA"))
add("1 bit.png", Image.fromarray((x + y) % 3 == 0))
add("palette.png", colours.quantize(6))
add("palette of 2 bits.png", colours.quantize(4), bits=2)
add("transparent palette.png", colours.quantize(6), transparency=2)
add("16 bits.png", Image.fromarray((x * 9000 + y).astype(np.uint16)))
add("gray.jpg", grey, quality=95)
add("rgb.jpg", colours, quality=95, subsampling=0)
add("progressive.jpg", colours, quality=95, subsampling=0, progressive=True)
print("[\n" + ",\n".join(map(json.dumps, answers)) + "\n]")
