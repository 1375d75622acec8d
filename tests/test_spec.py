"""The spec grammar: what every form means, and one clear line for whatever is not one."""

from __future__ import annotations

import string
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsq_theory as ft
from fsq_theory.codebooks.codebook import Codebook
from fsq_theory.codebooks.families import FAMILIES
from fsq_theory.codebooks.spec import codebook, spec_grammar, split_spec
from fsq_theory.codebooks.transforms import TRANSFORMS
from fsq_theory.errors import InputError, TooLargeError


@pytest.mark.parametrize(
    ("spec", "tokens", "dimensions"),
    [
        ("fsq:3^8", 6561, 8),
        ("fsq:8,5,5,5", 1000, 4),
        ("fsq:8,5^3,2", 2000, 5),
        ("fsq:2^2,3^2,4", 144, 5),
        ("fsq:8,5,5,5,convention=rounded", 1000, 4),
        ("fsq:4^16", 4**16, 16),
        ("bits:64", 2**64, 64),
        ("onehot:6561", 6561, 6561),
        ("onehot:9,low=-5,high=5", 9, 9),
        ("simplex:16", 16, 15),
        ("biorthogonal:16", 16, 8),
        ("psk:8", 8, 2),
        ("random:K=25,n=8,law=box,seed=0", 25, 8),
        ("random:25,8", 25, 8),
        ("lattice:E8,K=240", 240, 8),
        ("lattice:D4,box=1,scale=0.5", 313, 4),
        ("hamming8", 481, 8),
        ("digits:8,4", 4096, 32),
        ("digits:base=3,count=2", 9, 6),
        ("fsq:3^4+scale:0.5+permute:seed=3+center", 81, 4),
        ("fsq:3+scale:1e+2", 3, 1),
    ],
)
def test_a_spec_gives_the_codebook_that_it_says_under_its_own_name(spec: str, tokens: int, dimensions: int) -> None:
    built = ft.codebook(spec)
    assert (built.K, built.n, built.name) == (tokens, dimensions, spec)


def test_levels_come_in_the_order_written() -> None:
    assert np.ptp(codebook("fsq:3,2").points[:3, 0]) == 2
    assert sorted(set(codebook("fsq:3,2").points[:, 0])) == [-1, 0, 1]
    assert sorted(set(codebook("fsq:3,2").points[:, 1])) == [-1, 1]


def test_rounded_convention_is_the_reference_codes() -> None:
    assert codebook("fsq:4,convention=rounded").points.ravel().tolist() == [-1, -0.5, 0, 0.5]
    assert codebook("fsq:4").points.ravel() == pytest.approx([-1, -1 / 3, 1 / 3, 1], rel=1e-15)


def test_transforms_apply_from_left_to_right() -> None:
    assert codebook("bits:2+scale:3+normalize:energy").energy == pytest.approx(1, rel=1e-15)
    assert codebook("bits:2+normalize:energy+scale:3").energy == pytest.approx(9, rel=1e-15)


def test_one_hot_between_two_values() -> None:
    assert codebook("onehot:3,low=-5,high=5").points.tolist() == [[5, -5, -5], [-5, 5, -5], [-5, -5, 5]]
    assert codebook("onehot:3,high=2").points.tolist() == [[2, 0, 0], [0, 2, 0], [0, 0, 2]]


def test_every_family_and_transform_shows_an_example_that_works(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("codes.npy", [[0.0], [1.0]])
    np.save("tokens.npy", np.arange(12))
    for family in FAMILIES.values():
        assert codebook(family.signature.example).K >= 2
    for transform in TRANSFORMS.values():
        assert codebook(f"fsq:4,3+{transform.signature.example}").K == 12


def test_fitted_families_take_their_data_from_a_file(tmp_path) -> None:
    file = tmp_path / "a,b=c.npy"
    np.save(file, np.random.default_rng(0).standard_normal((200, 3)))
    assert (codebook(f"vq:K=5,data={file},seed=1").K, codebook(f"vq:K=5,data={file}").n) == (5, 3)
    assert (codebook(f"rvq:4,2,data={file},n=3").K, codebook(f"rvq:4,2,data={file}").n) == (16, 3)
    with pytest.raises(InputError, match=r"vq: n=2, but .* has vectors of dimension 3"):
        codebook(f"vq:K=5,n=2,data={file}")


def test_grammar_lists_everything_once() -> None:
    listed = spec_grammar()
    assert {kind for kind, _ in listed} == {"family", "transform", "preset"}
    examples = [signature.example for _, signature in listed]
    assert len(set(examples)) == len(examples)
    assert all(signature.summary and signature.usage for _, signature in listed)


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("file:a,b=c:d.npy", [("file", "a,b=c:d.npy")]),
        ("file:a+b.npy", [("file", "a+b.npy")]),
        ("file:a+scale.npy", [("file", "a+scale.npy")]),
        ("file:a+scale:2", [("file", "a"), ("scale", "2")]),
        ("file:a+b+center", [("file", "a+b"), ("center", None)]),
        ("bits:3+prior:x+y,z=1+scale:2", [("bits", "3"), ("prior", "x+y,z=1"), ("scale", "2")]),
        ("bits:3+prior:zipf,s=2+scale:2", [("bits", "3"), ("prior", "zipf,s=2"), ("scale", "2")]),
        ("vq:K=4,data=a+b,c=d,seed=1+center", [("vq", "K=4,data=a+b,c=d,seed=1"), ("center", None)]),
        ("fsq:3+scale:1e+2+center", [("fsq", "3"), ("scale", "1e+2"), ("center", None)]),
    ],
)
def test_plus_signs_in_paths_and_exponents(spec: str, parts: list[tuple[str, str | None]]) -> None:
    assert split_spec(spec) == parts


def test_a_path_as_argument_runs_to_the_next_known_key() -> None:
    read = FAMILIES["vq"].signature.read("vq", "K=4,data=a,b=c:d.npy,e,seed=7")
    assert read == {"K": 4, "data": "a,b=c:d.npy,e", "seed": 7}


BAD = [
    ("", "codebook spec is empty: expected NAME[:ARGS]"),
    ("   ", "codebook spec is empty"),
    ("fsp:3", "unknown codebook 'fsp', did you mean 'fsq'?; families: fsq, bits"),
    ("cosyvoice", "unknown codebook 'cosyvoice', did you mean 'cosyvoice"),
    ("fsq", "fsq: missing levels: expected fsq:L1"),
    ("fsq:", "fsq: has a colon and no arguments"),
    ("fsq:3,,4", "fsq: levels is empty: expected L or L^n"),
    ("fsq:3,", "fsq: levels is empty"),
    ("fsq:1", "fsq: levels 1: expected an integer from 2 to"),
    ("fsq:-3", "fsq: levels -3: expected an integer from 2"),
    ("fsq:2.5", "fsq: levels '2.5': expected an integer"),
    ("fsq:x", "fsq: levels 'x': expected an integer"),
    ("fsq:٣", "fsq: levels '٣': expected an integer"),
    ("fsq:3^0", "fsq: levels '3^0': repeat count 0: expected an integer of at least 1"),
    ("fsq:3^", "fsq: levels '3^': repeat count '': expected an integer of at least 1"),
    ("fsq:convention=rounded", "fsq: missing levels"),
    ("fsq:3,convention=round", "convention 'round': expected one of symmetric, rounded, did you mean 'rounded'?"),
    ("fsq:convention=rounded,3", "fsq: '3' follows a key=value argument"),
    ("fsq:3,levels=3", "fsq: unknown argument 'levels'; fsq takes convention"),
    ("fsq:2^100000000", "fsq has 2^1e+08 tokens: expected at most 2^1023"),
    ("bits:1024", "bits has 2^1024 tokens: expected at most 2^1023"),
    ("bits:0", "bits: n 0: expected an integer of at least 1"),
    ("bits:" + "9" * 5000, "codebook spec of 5005 characters: expected at most 4096"),
    ("bits:" + "9" * 50, "bits: n '" + "9" * 50 + "': expected an integer"),
    ("onehot:10^30", "onehot: K '10^30': expected an integer from 2 to 9007199254740992"),
    ("onehot:1", "onehot: K 1: expected an integer from 2"),
    ("onehot:4,low=1", "onehot: low=1 is not below high=1"),
    ("onehot:4,low=nan", "onehot: low 'nan': expected a finite number"),
    ("onehot:4,5", "onehot: unexpected argument '5': expected onehot:K"),
    ("biorthogonal:5", "biorthogonal:5: expected an even number of tokens"),
    ("random:K=4", "random: missing n: expected random:K=K,n=n"),
    ("random:K=4,n=2,K=5", "random: argument K is given twice"),
    ("random:K=4,n=2,low=3", "random: unknown argument 'low', did you mean 'law'?; random takes K, n, law, seed"),
    ("random:K=4,n=2,law=cube", "random: law 'cube': expected one of box, linf, sphere, gauss"),
    ("random:K=4,n=2,seed=-1", "random: seed -1: expected an integer from 0"),
    ("random:K=1000000000000,n=8", "too large to enumerate: 1000000000000 tokens"),
    ("psk:1000000000", "too large to enumerate: 1000000000 tokens"),
    ("digits:1000000,1000000", "digits has 2^1.99316e+07 tokens"),
    ("rvq:K=1024,stages=8,n=128", f"too large to enumerate: {1024**8} tokens"),
    ("vq:K=4", "vq: expected n, the dimension, or data=PATH"),
    ("vq:K=4,n=2,normalize=maybe", "vq: normalize 'maybe': expected true or false"),
    ("vq:K=4,data=", "vq: data is empty: expected a path"),
    ("lattice:E8,K=240,shell=1", "expected exactly one of K, shell, box"),
    ("lattice:E9,K=3", "lattice 'E9': expected"),
    ("hamming8:3", "hamming8:3: hamming8 takes no arguments"),
    ("cosyvoice2:3", "cosyvoice2:3: cosyvoice2 takes no arguments"),
    ("file:/no/such+file+center", "no file /no/such+file: expected .npy"),
    ("fsq:3+", "expected the name of a transform after 'fsq' and its '+'"),
    ("+scale:2", "expected the name of a codebook at its start"),
    ("scale:2", "scale is a transform: expected a codebook before it"),
    ("fsq:3+fsq:3", "unknown transform 'fsq'; transforms: perturb"),
    ("fsq:3+scal:2", "unknown transform 'scal', did you mean 'scale'?"),
    ("fsq:3+scale", "scale: missing factor: expected scale:C"),
    ("fsq:3+scale:0", "scale: factor '0': expected a finite number above 0"),
    ("fsq:3+scale:inf", "scale: factor 'inf': expected a finite number above 0"),
    ("fsq:3+scale:1_0", "scale: factor '1_0': expected a finite number"),
    ("fsq:3+scale:1e200", "expected a result from 1e-100 to 1e+100"),
    ("fsq:3+scale:1e-200", "expected a result from 1e-100 to 1e+100"),
    ("fsq:3+center:1", "center:1: center takes no arguments"),
    ("fsq:3+normalize:l2", "normalize: constraint 'l2': expected one of rms, energy, linf"),
    ("fsq:3+perturb:-1", "perturb: std '-1': expected a finite number at least 0"),
    ("fsq:3+permute:3", "permute: unexpected argument '3': expected permute[:seed=0]"),
    ("fsq:5,4+stagger:1", "stagger: shift '1': expected a finite number at least 0 and below 1"),
    ("fsq:3+prior:zipf,s=-1", "prior: s '-1': expected a finite number at least 0"),
    ("fsq:3+prior:zipf,t=1", "prior: unknown argument 't'"),
    ("fsq:3+prior:", "prior: has a colon and no arguments"),
    ("bits:40+permute", "too large to enumerate: 1099511627776 tokens"),
    ("bits:40+prior:zipf", "too large to enumerate: 1099511627776 tokens"),
]


@pytest.mark.parametrize(("spec", "message"), BAD)
def test_bad_specs_say_what_is_wrong_and_what_is_accepted_in_one_line(spec: str, message: str) -> None:
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        codebook(spec)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert peak < 2**26  # refused before any array is made


@pytest.mark.parametrize("spec", [None, 3, b"fsq:3", ["fsq:3"]])
def test_what_is_not_text_is_refused(spec: object) -> None:
    with pytest.raises(InputError, match="expected text such as"):
        codebook(spec)  # type: ignore[arg-type]


def test_too_large_says_how_many_tokens() -> None:
    with pytest.raises(TooLargeError) as caught:
        codebook("fsq:4^16+swap-origin")
    assert caught.value.tokens == 4**16


def outcome(spec: str) -> Codebook | str:
    """The codebook of a spec, or the message that refuses it."""
    try:
        return codebook(spec)
    except InputError as error:
        return str(error)


@given(st.text(max_size=40))
def test_any_text_is_a_codebook_or_an_input_error(text: str) -> None:
    built = outcome(text)
    assert "\n" not in built if isinstance(built, str) else built.name == text


NAMES = ["fsq", "bits", "onehot", "simplex", "psk", "biorthogonal", "random", "digits", "file", "mimi", "hamming8"]
STEPS = ["prior", "zipf", "scale", "center", "perturb", "permute", "swap-origin", "stagger", "normalize", "rms", "linf"]
MARKS = [*":::,,++=^.-/é \n\0", "K=", "n=", "seed=", "s=", "law=", "low=", "high=", "convention=", "box", "rounded"]
NUMBERS = ["0", "1", "2", "3", "5", "0.5", "1e9", "1e-9", "-1", "nan", "99"]
MOVES = ["scale:0.5", "scale:3", "center", "perturb:0.01", "permute:seed=1", "swap-origin", "stagger:0.25"]
MOVES += ["normalize:rms", "normalize:energy", "normalize:linf", "prior:zipf", "prior:zipf,s=0"]
PIECES = st.sampled_from([*NAMES, *STEPS, *MARKS, *NUMBERS])


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_text_that_resembles_a_spec_is_a_codebook_or_an_input_error(text: str) -> None:
    built = outcome(text)
    assert "\n" not in built if isinstance(built, str) else built.K >= 2


@settings(max_examples=100)
@given(
    st.sampled_from(["fsq:3,2", "bits:3", "onehot:5", "simplex:4", "biorthogonal:6", "psk:5", "digits:2,2"]),
    st.lists(
        st.sampled_from(MOVES),
        max_size=4,
    ),
)
def test_transforms_in_any_order_keep_tokens_and_a_prior(base: str, transforms: list[str]) -> None:
    built = outcome("+".join([base, *transforms]))
    if isinstance(built, str):
        assert {"swap-origin", "stagger:0.25"} & set(transforms)  # the only ones that ask for something
        return
    assert (built.K, built.n) == (codebook(base).K, codebook(base).n)
    assert built.prior.sum() == pytest.approx(1, rel=1e-14)
    assert np.isfinite(built.points).all()


def test_printable_noise_in_arguments_never_escapes() -> None:
    generator = np.random.default_rng(0)
    alphabet = np.array(list(string.printable.replace("9", "").replace("8", "").replace("7", "").replace("6", "")))
    for name in ["fsq", "bits", "onehot", "simplex", "random", "digits", "psk", "biorthogonal", "hamming8", "file"]:
        for _ in range(30):
            noise = "".join(generator.choice(alphabet, size=generator.integers(1, 6)))
            built = outcome(f"{name}:{noise}")
            assert "\n" not in built if isinstance(built, str) else built.K >= 2
