"""`dancelift fit-prior`: learn a pose prior from dancers' 2D keypoints, or from 3D motion."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from dancelift.cli.common import Commands, check_output, file_name, names
from dancelift.errors import InputError
from dancelift.files import check_writable, write
from dancelift.formats.keypoints.corpus import load_corpus
from dancelift.formats.motion import load_motions
from dancelift.priors.prior import PosePrior, get_prior
from dancelift.training.prior_from_2d import fit_prior_from_2d
from dancelift.training.prior_from_3d import DEFAULT_STEPS, fit_prior_from_3d
from dancelift.training.prior_from_both import fit_prior_from_3d_and_2d


def add(commands: Commands) -> None:
    command = commands.add_parser(
        "fit-prior",
        help="learn a pose prior from a corpus",
        description="Learns what dancers' poses look like, for `dancelift lift --prior FILE`.",
        epilog="examples:\n"
        "  dancelift fit-prior --from-2d data/dance --split fit -o prior.npz    no 3D anywhere\n"
        "  dancelift fit-prior --from-3d data/dance:fit data/cmu -o prior.npz   unpaired 3D motion; needs torch\n"
        "  dancelift fit-prior --from-3d mocap/ --from-2d videos/ -o prior.npz  other dancers' 2D besides",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--from-2d", type=Path, metavar="DIR", help="a file or a folder of 2D keypoints")
    command.add_argument(
        "--from-3d",
        nargs="+",
        metavar="DIR",
        help="files or folders of 3D motion: BVH, TRC, C3D, glTF, ASF/AMC, AMASS, AIST++, Human3.6M, npz; DIR:NAME "
        "takes only one list of its splits; with --from-2d the network learns from both",
    )
    command.add_argument(
        "-o", "--output", type=file_name(".npz"), required=True, metavar="OUT", help="npz of the prior"
    )
    command.add_argument("--split", metavar="NAME", help="only the clips of one list of split.json, or of splits/")
    command.add_argument(
        "--match", type=names, default=(), metavar="NAMES", help="only clips that start with one of these, A,B"
    )
    command.add_argument(
        "--steps", type=int, default=DEFAULT_STEPS, metavar="N",
        help=f"of the network's training, from 3D only (default: {DEFAULT_STEPS}, an hour on two cores)",
    )  # fmt: skip
    command.add_argument(
        "--start-from",
        metavar="PRIOR",
        help="from 3D only: a prior whose network is learnt further, 'default' or a file",
    )
    command.add_argument(
        "--upright",
        action="store_true",
        help="from 3D only: an expert in these dances as they were recorded, with the default prior's expert in any "
        "pose beside it; without, the network learns lying, handstands and invented movement too",
    )
    command.add_argument(
        "--strength", type=float, default=1.0, metavar="X",
        help="from 3D only: of the random changes to bodies and movement, 0 to 1; the less, the more precise for "
        "dancers like these (default: 1)",
    )  # fmt: skip
    command.add_argument("--device", metavar="NAME", help="of torch, from 3D only; default: a GPU where there is one")
    command.add_argument("--random-seed", type=int, default=0, metavar="N", help="of the random numbers (default: 0)")
    command.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="from 3D only: from which a training that was stopped goes on"
    )
    command.add_argument("--force", action="store_true", help="replace OUT")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    corpora = [*([arguments.from_2d] if arguments.from_2d else []), *map(Path, arguments.from_3d or ())]
    if not corpora:
        raise InputError("no corpus, expected --from-2d, --from-3d or both")
    for corpus in corpora:
        check_output(arguments.output, corpus, arguments.force)
    if arguments.checkpoint is not None:
        check_writable(arguments.checkpoint)
    prior = _from_3d(arguments) if arguments.from_3d else _from_2d(arguments)
    write(arguments.output, prior.save)
    print(f"{arguments.output}: {prior.name}")
    return 0


def _from_2d(arguments: argparse.Namespace) -> PosePrior:
    tracks = load_corpus(arguments.from_2d, arguments.split, arguments.match)
    with _bar("step") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return fit_prior_from_2d(tracks, random_seed=arguments.random_seed, progress=progress)


def _from_3d(arguments: argparse.Namespace) -> PosePrior:
    motions = []
    for name in arguments.from_3d:
        folder, _, split = (name, "", "") if Path(name).exists() else name.rpartition(":")
        motions += load_motions(folder or name, split or arguments.split, arguments.match)
    tracks = None
    if arguments.from_2d:
        tracks = load_corpus(arguments.from_2d, arguments.split, arguments.match)
    with _bar("step") as bar:

        def progress(done: int, total: int, distance: float) -> None:
            bar.total = total
            bar.set_postfix_str(f"{1000 * distance:.0f} mm off", refresh=False)
            bar.update(done - bar.n)

        learn = fit_prior_from_3d if tracks is None else partial(fit_prior_from_3d_and_2d, tracks=tracks)
        return learn(
            motions,
            n_steps=arguments.steps,
            random_seed=arguments.random_seed,
            device=arguments.device,
            strength=arguments.strength,
            upright=arguments.upright,
            start=None if arguments.start_from is None else get_prior(arguments.start_from),
            checkpoint=arguments.checkpoint,
            progress=progress,
        )


def _bar(unit: str) -> tqdm[NoReturn]:
    return tqdm(total=0, unit=unit, desc="fit-prior", disable=not sys.stderr.isatty())
