"""Bad usage and bad input: exit status 2 and one clear line on stderr, nothing on stdout."""

from __future__ import annotations

import pytest

from fsq_theory.cli.main import main

BAD = [
    # usage
    (["accurcy"], 'Unknown command "accurcy". Did you mean "accuracy"?'),
    (["sweep", "x.toml"], 'Unknown command "sweep"'),
    (["accuracy", "fsq:3^2", "--rr", "1"], "Unknown option: --rr. Did you mean --r?"),
    (["accuracy", "fsq:3^2", "--r"], "--r requires an argument"),
    (["accuracy", "fsq:3^2", "--r", "two"], 'Invalid value for --r: "two": expected a number'),
    (
        ["accuracy", "fsq:3^2", "--r", "1", "--samples", "1.5"],
        'Invalid value for --samples: "1.5": expected a whole number',
    ),
    (["accuracy", "fsq:3^2", "--r", "1", "--seed", "0.5"], 'Invalid value for --seed: "0.5": expected a whole number'),
    (["accuracy", "fsq:3^2", "--r", "1", "--seed", "-1"], "seed -1: expected an integer of at least 0"),
    (["kl", "fsq:3^2", "--gamma-eps", "1", "--pair", "0"], "--pair requires 2"),
    (
        ["kl", "fsq:3^2", "--gamma-eps", "1", "--pair", "0", "1.2"],
        'Invalid value for --pair: "1.2": expected a whole number',
    ),
    (["accuracy", "fsq:3^2", "--r", "1", "--r", "x"], 'Invalid value for --r: "x": expected a number'),
    (["accuracy", "fsq:3^2", "--r", "1", "--samples", "1e3"], '"1e3": expected a whole number'),
    (["accuracy", "fsq:3^2", "--r", "1", "--samples", "1_000"], '"1_000": expected a whole number'),
    (["accuracy", "fsq:3^2", "--r", "1", "-q", "-v"], "--quiet with --verbose: expected at most one of them"),
    (["kl", "fsq:3^2", "--gamma-eps", "1", "--T", "x"], 'Invalid value for --T: "x": expected a number'),
    (["kl", "fsq:3^2", "--gamma-eps", "1", "--pair", "3", "3"], "pair 3 3: expected two different tokens"),
    (["report", "-o", "unmade", "extra"], "unexpected argument extra: expected options alone here"),
    # no codebook, or one that is none
    (["codebook"], "no codebook: expected at least one spec"),
    (["accuracy", "--r", "1"], "no codebook: expected at least one spec"),
    (["kl", "--gamma-eps", "1"], "no codebook: expected at least one spec"),
    (["codebook", ""], "codebook spec is empty"),
    (["codebook", "fsk:3^2"], "unknown codebook 'fsk'"),
    (["codebook", "fsq:1^2"], "levels"),
    (["codebook", "fsq:3^2+shake:1"], "unknown transform 'shake'"),
    (["codebook", "file:no-such-file.npy"], "no-such-file.npy"),
    (["codebook", "fsq:3^2\n+shake"], "expected an integer"),
    # noise levels
    (["accuracy", "fsq:3^2"], "expected one of --r, --snr-db, or --schedule with --t; got none of them"),
    (["accuracy", "fsq:3^2", "--r", "1", "--snr-db", "0"], "got --r and --snr-db"),
    (["accuracy", "fsq:3^2", "--r", "1", "--t", "0.5"], "--t needs a schedule"),
    (["accuracy", "fsq:3^2", "--schedule", "flow"], "--schedule flow needs at least one --t"),
    (["accuracy", "fsq:3^2", "--schedule", "flow", "--t", "1.5"], "t = 1.5: expected a time from 0 to 1"),
    (["accuracy", "fsq:3^2", "--schedule", "flow", "--t", "nan"], "t = nan: expected a time from 0 to 1"),
    (["accuracy", "fsq:3^2", "--schedule", "floe", "--t", "0.5"], "floe"),
    (["accuracy", "fsq:3^2", "--r", "-1"], "r = -1: expected a number of at least 0"),
    (["accuracy", "fsq:3^2", "--r", "nan"], "r = nan: expected a number of at least 0"),
    (["accuracy", "fsq:3^2", "--snr-db", "nan"], "SNR of nan dB: expected a number"),
    # settings of accuracy
    (["accuracy", "fsq:3^2", "--r", "1", "--method", "guess"], "guess"),
    (["accuracy", "fsq:3^2", "--r", "1", "--readout", "loud"], "loud"),
    (["accuracy", "fsq:3^2", "--r", "1", "--samples", "0", "--method", "mc"], "samples"),
    (["accuracy", "fsq:3^2", "--r", "1", "--rtol", "0"], "rtol"),
    (["accuracy", "fsq:4^16+perturb:0.1", "--r", "1"], "too large to enumerate: 4294967296 tokens"),
    # settings of kl
    (["kl", "fsq:3^2"], "where paths stop is missing: expected gamma_eps, or schedule and eps"),
    (["kl", "fsq:3^2", "--schedule", "flow", "--gamma-eps", "1"], "SNR is said twice"),
    (["kl", "fsq:3^2", "--schedule", "flow"], "schedule flow without eps: expected the time at which paths stop"),
    (["kl", "fsq:3^2", "--gamma-eps", "1", "--eps", "0.1"], "eps and T are times: expected a schedule with them"),
    (["kl", "fsq:3^2", "--gamma-eps", "-1"], "-1"),
    (["kl", "fsq:3^2", "--gamma-eps", "1", "--pair", "0", "9"], "token 9 is not in fsq:3^2"),
    (["kl", "fsq:3^2", "--gamma-eps", "1", "--method", "guess"], "guess"),
    # report
    (["report"], "no output folder: expected -o DIR"),
    (["report", "-o", ""], "no output folder: expected -o DIR"),
    (["report", "-o", __file__], "test_cli_usage.py is a file: expected a folder"),
    (["report", "-o", "/dev/null/report"], "/dev/null"),
]


@pytest.mark.parametrize(("argv", "message"), BAD, ids=[" ".join(argv) for argv, _ in BAD])
def test_bad_usage_is_one_line_and_status_2(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(argv)
    out, err = capsys.readouterr()
    assert err.startswith("fsq-theory: error: ")
    assert err.count("\n") == 1
    assert message in err
    assert status == 2
    assert out == ""
