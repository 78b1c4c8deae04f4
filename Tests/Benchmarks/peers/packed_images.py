"""The images as Plateau's workers see them: decoded, resized, in one file of the server's cache."""

import hashlib
import struct

import numpy
import torch

MAGIC = b"PLATEAU-PACK-2\n\0"
HEADER_BYTES = 128


class PackedImages:
    """Layout: magic, four 32-bit numbers (channels, height, width, cases), the data set's hash in hex, the SHA-256 of
    the rest; then for each case of the manifest the planes of its image and its mask, a byte per pixel."""

    def __init__(self, path, manifest):
        content = path.read_bytes()
        magic, channels, height, width, count, data_hash, checksum = struct.unpack_from("<16s4I64s32s", content)
        if magic != MAGIC:
            raise SystemExit(f"{path} is of another layout than this script knows")
        if checksum != hashlib.sha256(content[HEADER_BYTES:]).digest():
            raise SystemExit(f"{path} is damaged")
        if data_hash.decode() != manifest["data_hash"] or count != len(manifest["cases"]):
            raise SystemExit(f"{path} is of another data set")
        pixels = numpy.frombuffer(content, numpy.uint8, offset=HEADER_BYTES)
        self.bytes = torch.from_numpy(pixels.reshape(count, channels + 1, height, width).copy())
        self.channels, self.height, self.width = channels, height, width
        self.places = {case["id"]: place for place, case in enumerate(manifest["cases"])}

    def batch(self, ids):
        """Images [N, C, H, W] as the network takes them and masks [N, 1, H, W] in {0, 1}."""
        chosen = self.bytes[[self.places[id] for id in ids]].float()
        return (chosen[:, :-1] / 255 - 0.5) / 0.25, chosen[:, -1:]


def of_server(server, manifest, height, width):
    path = server.data_directory / "cache" / f"{manifest['data_hash']}-{height}x{width}.pack"
    if not path.exists():
        raise SystemExit(f"{path} is missing: no run at this image size has begun on this machine")
    return PackedImages(path, manifest)
