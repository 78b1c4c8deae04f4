"""A model that Plateau has trained, in MONAI. These lines are all that it takes; the file says the rest itself."""

import json
import struct

import torch
from monai.networks.nets import UNet

TYPES = {"F32": torch.float32, "I64": torch.int64}


def read_safetensors(content):
    """Tensors by name, and the file's metadata (https://github.com/huggingface/safetensors, "Format")."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        body = bytearray(content[8 + length + begin : 8 + length + end])
        tensors[name] = torch.frombuffer(body, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def load(content):
    """The network, ready to be used, and what the file says of it, its JSON read."""
    tensors, metadata = read_safetensors(content)
    about = {key: json.loads(value) if value.startswith("{") else value for key, value in metadata.items()}
    network = UNet(**about["monai_unet"])
    network.load_state_dict(tensors, strict=True)
    return network.eval(), about
