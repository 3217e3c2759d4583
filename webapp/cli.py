"""``hooklist …``: the command line face. Exit status: 0 done, 1 some inputs failed, 2 wrong use."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from hooklist_errors import HooklistError
from webapp.commands.recommend_options import add_options

EXIT_INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="hooklist",
        description="Seed tracks in, a playlist from your own catalogue out, heard in a minute.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_serving(commands)
    _add_catalogue(commands)
    _add_recommend(commands)
    _add_audio(commands)
    _add_genres(commands)
    _add_listening(commands)
    _add_feedback(commands)
    _add_evaluate(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    arguments
        What follows the program's name; `sys.argv` if None.
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.version:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"hooklist {version('hooklist')}")
        except PackageNotFoundError:  # run from a checkout
            print("hooklist (from a checkout)")
        return 0
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        return _load(options.run)(options)
    except HooklistError as error:
        from webapp.faces import face_of

        print(f"hooklist: {error}", file=sys.stderr)
        return face_of(error).exit_status
    except BrokenPipeError:
        # The reader (head, less) has gone; point stdout elsewhere so that exit does not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _load(name: str) -> Callable[[argparse.Namespace], int]:
    """Import a command only when it runs, so that ``analyse`` never pays for the web server."""
    module, _, function = name.partition(":")
    command: Callable[[argparse.Namespace], int] = getattr(import_module(module), function)
    return command


def _add_serving(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="everything on this machine, no credentials needed")
    demo.add_argument("--port", type=int, default=8000, help="port to serve on (default 8000)")
    demo.add_argument("--music", type=Path, metavar="DIR", help="use this folder of audio files")
    demo.set_defaults(run="webapp.commands.demo:demo")

    serve = commands.add_parser("serve", help="the web server, settings from the environment")
    serve.add_argument("--exit-with-parent", action="store_true", help=argparse.SUPPRESS)
    serve.add_argument("--ephemeral", type=Path, help=argparse.SUPPRESS)
    serve.add_argument("--connections-from", type=int, help=argparse.SUPPRESS)
    serve.set_defaults(run="webapp.commands.serving:serve")

    check = commands.add_parser("check", help="whether this could serve people, and what to mend")
    check.add_argument("--offline", action="store_true", help="ask Spotify nothing")
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(run="webapp.commands.check:check")

    sbom = commands.add_parser("sbom", help="what this release is made of, as CycloneDX")
    sbom.add_argument("--lock", type=Path, metavar="FILE", help="a lock other than its own")
    sbom.set_defaults(run="webapp.commands.sbom:sbom")

    worker = commands.add_parser(
        "worker", help="a worker that renders trailers and saves playlists"
    )
    worker.add_argument("--check", action="store_true", help="only tell whether a worker could run")
    worker.add_argument("--exit-with-parent", action="store_true", help=argparse.SUPPRESS)
    worker.add_argument("--ephemeral", type=Path, help=argparse.SUPPRESS)
    worker.set_defaults(run="webapp.commands.serving:worker")


def _add_catalogue(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    catalogue = commands.add_parser("catalogue", help="build the catalogue to recommend from")
    actions = catalogue.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="read tables and music folders into a catalogue")
    build.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="table or folder")
    build.add_argument("--out", required=True, type=Path, metavar="DIR", help="where it is kept")
    build.add_argument(
        "--space",
        choices=["auto", "learned", "base", "reference"],
        default="auto",
        help="form of the taste space (default auto: learned where the catalogue is large enough)",
    )
    build.add_argument("--playlists", type=Path, metavar="FILE.jsonl", help="to learn from, too")
    _add_genre_model(build, "asked for the genre of tracks that name none")
    build.add_argument("--json", action="store_true", help="print the report as JSON")
    build.set_defaults(run="webapp.commands.catalogue:build")

    add = actions.add_parser("add", help="add tables and music folders without building anew")
    add.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="table or folder")
    add.add_argument("--out", required=True, type=Path, metavar="DIR", help="where it is kept")
    _add_genre_model(add, "asked for the genre of tracks that name none")
    add.add_argument("--json", action="store_true", help="print the report as JSON")
    add.set_defaults(run="webapp.commands.catalogue:add")

    remove = actions.add_parser("remove", help="take tracks out without building anew")
    remove.add_argument("ids", nargs="+", metavar="ID", help="of the catalogue or Spotify")
    remove.add_argument("--out", required=True, type=Path, metavar="DIR", help="where it is kept")
    remove.add_argument("--json", action="store_true", help="print the report as JSON")
    remove.set_defaults(run="webapp.commands.catalogue:remove")


def _add_genre_model(command: argparse.ArgumentParser, purpose: str) -> None:
    command.add_argument("--genre-model", type=Path, metavar="DIR", help=purpose)


def _add_recommend(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    recommend = commands.add_parser("recommend", help="a playlist from seeds, on the command line")
    recommend.add_argument("--catalogue", required=True, type=Path, metavar="DIR")
    what = recommend.add_mutually_exclusive_group(required=True)
    what.add_argument("--seeds", metavar="ID,ID…", help="catalogue ids, separated by commas")
    what.add_argument("--batch", type=Path, metavar="FILE.jsonl", help="one request per line")
    recommend.add_argument("--out", type=Path, metavar="FILE.jsonl", help="answers of --batch")
    recommend.add_argument("--json", action="store_true", help="print JSON")
    add_options(recommend)
    recommend.set_defaults(run="webapp.commands.recommend:recommend")


def _add_audio(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    analyse = commands.add_parser("analyse", help="tempo, beats, key, loudness of audio files")
    analyse.add_argument("files", nargs="+", type=Path, metavar="FILE")
    analyse.add_argument("--json", action="store_true", help="one JSON object per line")
    analyse.add_argument(
        "--statistics", action="store_true", help="373 statistics of the sound, too; as JSON"
    )
    _add_genre_model(analyse, "asked for the genre of untagged files")
    analyse.set_defaults(run="webapp.commands.audio:analyse")

    highlight = commands.add_parser("highlight", help="the seconds of a song people remember")
    highlight.add_argument("files", nargs="+", type=Path, metavar="FILE")
    highlight.add_argument("--seconds", type=float, default=30.0, help="length (default 30)")
    highlight.add_argument("--genre", help="what the music is, if known")
    _add_genre_model(highlight, "asked for the genre of untagged files")
    highlight.add_argument("--json", action="store_true", help="one JSON object per line")
    highlight.set_defaults(run="webapp.commands.audio:highlight")

    trailer = commands.add_parser("trailer", help="several songs as one piece of sound")
    trailer.add_argument("files", nargs="+", type=Path, metavar="FILE")
    trailer.add_argument("--out", required=True, type=Path, metavar="FILE.{mp3,opus,m4a}")
    trailer.add_argument("--seconds-per-track", type=float, default=12.0, help="(default 12)")
    trailer.add_argument("--order", choices=["keep", "flow"], default="keep", help="(default keep)")
    trailer.add_argument(
        "--total-seconds", type=float, metavar="N", help="length of the whole, not of each song"
    )
    trailer.add_argument(
        "--mixing", choices=["on", "off"], default="on", help="off: hard cuts (default on)"
    )
    trailer.add_argument(
        "--no-derivatives",
        choices=["cut", "leave-out"],
        default="cut",
        help="songs whose licence forbids mixing: between silences, or left out (default cut)",
    )
    trailer.add_argument("--json", action="store_true", help="print the chapters as JSON")
    trailer.set_defaults(run="webapp.commands.audio:trailer")


def _add_genres(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    genres = commands.add_parser("genres", help="learn genres from a labelled table")
    actions = genres.add_subparsers(dest="action", metavar="ACTION", required=True)
    train = actions.add_parser("train", help="train a classifier, check it by artist, export it")
    train.add_argument("table", type=Path, metavar="TABLE", help=".csv, .csv.gz or .parquet")
    train.add_argument("--label", required=True, metavar="COLUMN", help="the column of genres")
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="the model's folder")
    train.add_argument(
        "--more", action="append", default=[], metavar="TABLE:COLUMN", help="another labelled table"
    )
    train.add_argument(
        "--leave-out", action="append", default=[], metavar="COLUMN", help="do not use this column"
    )
    train.add_argument(
        "--without", action="append", default=[], metavar="STEP", help="switch a step or part off"
    )
    train.add_argument("--attribution", default="", metavar="TEXT", help="kept in the model")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="(default 0)")
    train.set_defaults(run="webapp.commands.genres:train")

    predict = actions.add_parser("predict", help="write a table with genre and confidence")
    predict.add_argument("table", type=Path, metavar="TABLE")
    predict.add_argument("--model", required=True, type=Path, metavar="DIR")
    predict.add_argument("--out", required=True, type=Path, metavar="FILE.csv")
    predict.set_defaults(run="webapp.commands.genres:predict")


def _add_listening(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listening = commands.add_parser("listening", help="what listeners heard, skipped and replayed")
    actions = listening.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write training targets, one line per audio file")
    export.add_argument("--out", required=True, type=Path, metavar="FILE.jsonl")
    export.set_defaults(run="webapp.commands.listening:export")

    show = actions.add_parser("show", help="tell what listeners say of audio files")
    show.add_argument("files", nargs="+", type=Path, metavar="FILE")
    show.add_argument("--json", action="store_true", help="one JSON object per line")
    show.set_defaults(run="webapp.commands.listening:show")

    forget = actions.add_parser("forget", help="forget what was counted")
    what = forget.add_mutually_exclusive_group(required=True)
    what.add_argument("files", nargs="*", default=[], type=Path, metavar="FILE")
    what.add_argument("--all", action="store_true", help="of all audio")
    forget.set_defaults(run="webapp.commands.listening:forget")


def _add_feedback(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    feedback = commands.add_parser("feedback", help="what people said, and what happened")
    actions = feedback.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser("export", help="write all of it, without users, one line each")
    export.add_argument("--out", required=True, type=Path, metavar="FILE.jsonl")
    export.set_defaults(run="webapp.commands.feedback:export")

    forget = actions.add_parser("forget", help="forget some of it, or all")
    for kind, what in (
        ("events", "what happened in visits"),
        ("ratings", "ratings of highlights and trailers"),
        ("messages", "messages to the operator"),
        ("votes", "votes of the blind listening test"),
        ("all", "all of these"),
    ):
        forget.add_argument(f"--{kind}", action="store_true", help=what)
    forget.set_defaults(run="webapp.commands.feedback:forget")


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    evaluate = commands.add_parser("evaluate", help="measure quality, with chance beside it")
    what = evaluate.add_subparsers(dest="what", metavar="WHAT", required=True)
    recommender = what.add_parser("recommender", help="on playlists that people made")
    recommender.add_argument("--data", required=True, type=Path, metavar="DIR")
    recommender.add_argument("--out", required=True, type=Path, metavar="DIR")
    recommender.add_argument("--draws", type=int, default=1, help="seeds per playlist (default 1)")
    recommender.add_argument("--served", action="store_true", help="ask a built catalogue too")
    recommender.set_defaults(run="webapp.commands.evaluate:recommender")

    highlights = what.add_parser("highlights", help="on songs whose choruses people marked")
    highlights.add_argument("--data", required=True, type=Path, metavar="DIR")
    highlights.add_argument("--out", required=True, type=Path, metavar="DIR")
    highlights.add_argument("--seconds", type=float, default=30.0, help="of a clip (default 30)")
    highlights.add_argument("--songs", type=int, metavar="N", help="only the first N of each set")
    highlights.add_argument("--models", type=Path, metavar="DIR", help=".onnx files to ask, too")
    highlights.add_argument(
        "--peer-python", type=Path, metavar="PYTHON", help="an interpreter that has pychorus"
    )
    highlights.add_argument(
        "--rendered", type=Path, metavar="DIR", help="the archive's songs as NAME.wav"
    )
    highlights.add_argument("--processes", type=int, metavar="N", help="songs at once")
    highlights.set_defaults(run="webapp.commands.evaluate:highlights")

    trailer = what.add_parser("trailer", help="on random playlists, beside other ways to join")
    trailer.add_argument("--data", type=Path, metavar="DIR", help="songs, as for highlights")
    trailer.add_argument("--out", required=True, type=Path, metavar="DIR")
    trailer.add_argument(
        "--music", action="append", type=Path, metavar="DIR", default=[], help="a folder of audio"
    )
    trailer.add_argument("--playlists", type=int, default=200, metavar="N", help="default 200")
    trailer.add_argument("--tracks", type=int, default=10, metavar="N", help="of each (default 10)")
    trailer.add_argument("--seconds", type=float, default=12.0, help="per track (default 12)")
    trailer.add_argument("--seed", type=int, default=0, help="of the draws (default 0)")
    trailer.add_argument(
        "--sound", type=int, metavar="N", help="only of the first N are trailers made and heard"
    )
    trailer.add_argument("--pairs", type=Path, metavar="DIR", help="write pairs to hear blind")
    trailer.add_argument(
        "--rendered", type=Path, metavar="DIR", help="the archive's songs as NAME.wav"
    )
    trailer.add_argument("--processes", type=int, metavar="N", help="at once")
    trailer.set_defaults(run="webapp.commands.evaluate:trailer")

    genres = what.add_parser("genres", help="eight models on labelled tables, split by artist")
    genres.add_argument("--data", required=True, type=Path, metavar="DIR")
    genres.add_argument("--out", required=True, type=Path, metavar="DIR")
    genres.add_argument(
        "--tables", metavar="NAME,NAME…", help="only these: six, gtzan, music-genre, all-genres"
    )
    genres.add_argument("--models", metavar="NAME,NAME…", help="only these of the eight")
    genres.add_argument(
        "--budget", type=float, default=20.0, help="seconds of search per model (default 20)"
    )
    genres.set_defaults(run="webapp.commands.genres:evaluate")


if __name__ == "__main__":
    sys.exit(main())
