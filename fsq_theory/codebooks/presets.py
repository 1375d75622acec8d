"""Presets: the quantisers of real tokenizers by name, one table.

A quantiser given by a formula (FSQ, bits, one-hot) is exactly the tokenizer's, before any learned projection.  A
learned one (VQ, RVQ) cannot be: its preset is a stand-in of the same K and n, and its note says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A named codebook.

    Attributes:
        spec: the spec that builds it.
        source: where the quantiser is described.
        note: what to know about it; starts with "stand-in" where the real codes are learned.
    """

    spec: str
    source: str
    note: str

    @property
    def summary(self) -> str:
        return f"{self.spec}; {self.note} ({self.source})"

    @property
    def is_stand_in(self) -> bool:
        """Whether the real codes are learned, so that only K and n agree."""
        return self.note.startswith("stand-in")


_FITTED = "stand-in: k-means codes of the same K and n fitted to Gaussian data, not the shipped weights"
_DRAWN = "stand-in: Gaussian codes of the same K and n, not the shipped weights"
_ROUNDED = "the rounded convention of its public code, whose mean is -1/8 on axes of 8 levels"
_TABLE = "the levels that FSQ recommends for"

PRESETS: dict[str, Preset] = {
    "cosyvoice2": Preset("fsq:3^8", "CosyVoice 2, arXiv 2412.10117", "S3 tokenizer v2, 6561 tokens at 25 Hz"),
    "xcodec2": Preset(
        "fsq:4^8,convention=rounded",
        "X-codec2 in Llasa, arXiv 2502.04128",
        "65536 tokens at 50 Hz; the rounded convention of the shipped weights, whose mean is -1/4",
    ),
    "bicodec-global": Preset(
        "fsq:4^6",
        "Spark-TTS, arXiv 2503.01710",
        "BiCodec's global tokens; the symmetric convention, which was not compared with the shipped code",
    ),
    "bicodec-semantic": Preset(
        "vq:K=8192,n=8,normalize=true",
        "Spark-TTS, arXiv 2503.01710",
        f"{_FITTED}; BiCodec's semantic tokens are 8-dimensional and L2-normalised",
    ),
    "cosmos": Preset(
        "fsq:8^3,5^3,convention=rounded", "Cosmos tokenizer DI/DV, arXiv 2501.03575", f"64000 tokens; {_ROUNDED}"
    ),
    "flextok": Preset(
        "fsq:8^3,5^3,convention=rounded",
        "FlexTok, arXiv 2502.13967",
        f"64000 tokens; {_ROUNDED}; the levels are from its issue tracker",
    ),
    "ifsq": Preset("fsq:17^4", "iFSQ", "83521 tokens"),
    "magvit2": Preset("bits:18", "MAGVIT-v2, arXiv 2310.05737; Open-MAGVIT2, arXiv 2409.04410", "LFQ, codes ±1"),
    "bsq": Preset("bits:18+normalize:energy", "BSQ-ViT, arXiv 2406.07548", "codes ±1/√18 on the unit sphere"),
    "cosyvoice1": Preset(
        "random:K=4096,n=1280,law=sphere",
        "CosyVoice, arXiv 2407.05407",
        "stand-in: random unit vectors of the same K and n, not the shipped weights; "
        "n = 1280 is the encoder's width in the public S3 tokenizer v1, whose inputs are L2-normalised",
    ),
    "wavtokenizer": Preset(
        "random:K=4096,n=512,law=gauss",
        "WavTokenizer, arXiv 2408.16532",
        f"{_DRAWN}; n = 512 is the released configurations'",
    ),
    "encodec": Preset(
        "random:K=1024,n=128,law=gauss",
        "EnCodec, arXiv 2210.13438",
        f"{_DRAWN}; one stage of the RVQ (8 stages at 6 kb/s, each of 1024 codes)",
    ),
    "mimi": Preset(
        "random:K=2048,n=256,law=gauss",
        "Mimi in Moshi, arXiv 2410.00037",
        f"{_DRAWN}; one stage of the RVQ (8 stages in use, the first apart, each of 2048 codes)",
    ),
    "ssd-lm": Preset(
        "onehot:50265,low=-5,high=5",
        "SSD-LM, arXiv 2210.17432",
        "one-hot mapped to ±k; k = 5 and RoBERTa's vocabulary",
    ),
    "tess": Preset(
        "onehot:50265,low=-5,high=5",
        "TESS, arXiv 2305.08379",
        "one-hot mapped to ±k; k = 5 and RoBERTa's vocabulary",
    ),
    "analog-bits": Preset("bits:8", "Analog Bits, arXiv 2208.04202", "8 bits, b = 1; write +scale:b for ±b"),
    "rdlm": Preset(
        "digits:32,3",
        "RDLM, arXiv 2502.11564",
        "base-m digits, each one-hot on a sphere; 32^3 covers BERT's 30522 tokens, but the base is our choice",
    ),
    "fsq-256": Preset("fsq:8,6,5", "FSQ, arXiv 2309.15505", f"{_TABLE} 2^8"),
    "fsq-1024": Preset("fsq:8,5^3", "FSQ, arXiv 2309.15505", f"{_TABLE} 2^10"),
    "fsq-4096": Preset("fsq:7,5^4", "FSQ, arXiv 2309.15505", f"{_TABLE} 2^12"),
    "fsq-16384": Preset("fsq:8^3,6,5", "FSQ, arXiv 2309.15505", f"{_TABLE} 2^14"),
    "fsq-65536": Preset("fsq:8^3,5^3", "FSQ, arXiv 2309.15505", f"{_TABLE} 2^16"),
}


def preset_names() -> tuple[str, ...]:
    """The names of all presets, in the order of the table."""
    return tuple(PRESETS)


def preset_of(spec: str) -> Preset | None:
    """The preset that a spec starts from, if any: that of ``cosyvoice2+scale:0.5`` is ``cosyvoice2``'s."""
    return PRESETS.get(spec.strip().partition("+")[0])
