"""Make the trailer that plays on the landing page: generated music, rendered by our own engine.

    python benchmarks/landing_sample.py            # writes static/sample/trailer.{mp3,json}

The music is that of the stand-in (composed and played by a program, ours to ship, CC0); the trailer
is what `make_trailer` makes of it, packed once more so that a visitor of the landing page fetches
less than 400 kB. Run it again when the engine's joins have become better; nothing at run time needs
it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from highlighter.trailer import Trailer, TrailerTrack, make_trailer

STATIC = Path(__file__).resolve().parents[1] / "static" / "sample"
SECONDS_PER_TRACK = 4.5
RATE, BITS = 32_000, 80_000
MOST_BYTES = 400_000

TRACKS = {
    "6FAftiDXvFfJNIvthhne3H": ("Summer at the Boulevard", "Marigold Avenue", "pop"),
    "4avhxAp2eSHcghznz7knoP": ("Back to the Roller Rink", "Sugarfoot Assembly", "funk"),
    "2T1CQZre8oFNDZZLZHyl7T": ("Rue des Acacias", "Sous-Sol Palace", "house"),
    "2VwUn6Pvl5KmDppTscv5G3": ("Grid (Home and Tonight)", "Laser Estate", "synthwave"),
    "1paJRRiu6ypT9nuWCCYrdw": ("Sideways Saxophone", "Oskar Lindgrave Trio", "jazz"),
    "1KJ4r8jKn0im4LegBwmvBQ": ("River", "The Rowan Ferrymen", "folk"),
    "3fd1WMHZW3JTlv3rDAJNxC": ("Version", "Lion Harbour Sound", "reggae"),
    "5vImOyjMuA3Cy0L1YBgzDO": ("back to my room", "Tofu Library", "lo-fi"),
}
"""Eight of the generated library, as unlike each other as they come."""


def render_tracks(folder: Path) -> list[TrailerTrack]:
    """Return the tracks, played by the generator into `folder`."""
    found = []
    for name, (title, artist, genre) in TRACKS.items():
        file = folder / f"{name}.wav"
        command = [sys.executable, "-m", "standin.music", "render", name, "--out", str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(f"  {title}", file=sys.stderr)
        found.append(TrailerTrack(file, title=title, artists=(artist,), genre=genre))
    return found


def pack(sound: Path, out: Path) -> None:
    """Write `sound` as a small MP3 to `out`."""
    import av

    with av.open(str(sound)) as given, av.open(str(out), "w", format="mp3") as packed:
        stream = packed.add_stream("libmp3lame", rate=RATE)
        stream.bit_rate = BITS
        change = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        for frame in given.decode(audio=0):
            for part in change.resample(frame):
                packed.mux(stream.encode(part))
        for part in change.resample(None):
            packed.mux(stream.encode(part))
        packed.mux(stream.encode(None))


def describe(trailer: Trailer) -> dict[str, object]:
    """Return what the page shows of it."""
    genres = {title: genre for title, _, genre in TRACKS.values()}
    return {
        "duration": round(trailer.duration, 2),
        "peaks": [
            round(float(peak), 3) for peak in trailer.peaks[:: max(1, len(trailer.peaks) // 240)]
        ],
        "chapters": [
            {
                "start": round(chapter.start, 2),
                "end": round(chapter.end, 2),
                "title": chapter.title,
                "artist": ", ".join(chapter.artists),
                "genre": genres[chapter.title],
            }
            for chapter in trailer.chapters
        ],
    }


def main() -> int:
    """Render, pack, describe; 1 if the result is too large to be sent to visitors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=STATIC, metavar="DIR")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tracks = render_tracks(Path(folder))
        trailer = make_trailer(
            tracks,
            Path(folder) / "trailer.m4a",
            seconds_per_track=SECONDS_PER_TRACK,
            order="flow",
            title="A trailer by Hooklist",
        )
        pack(trailer.file, out / "trailer.mp3")
    (out / "trailer.json").write_text(
        json.dumps(describe(trailer), ensure_ascii=False) + "\n", "utf-8"
    )
    size = (out / "trailer.mp3").stat().st_size
    print(f"{out}: {trailer.duration:.1f} s, {len(trailer.chapters)} tracks, {size} bytes")
    return 0 if size <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
