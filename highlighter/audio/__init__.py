"""From files to samples, believing neither names nor headers."""

from highlighter.audio.decode import Resampler, decode, to_mono
from highlighter.audio.limits import DEFAULT_LIMITS, UPLOAD_LIMITS, Limits
from highlighter.audio.model import Audio, AudioInfo
from highlighter.audio.stream import AudioStream, probe

__all__ = [
    "DEFAULT_LIMITS",
    "UPLOAD_LIMITS",
    "Audio",
    "AudioInfo",
    "AudioStream",
    "Limits",
    "Resampler",
    "decode",
    "probe",
    "to_mono",
]
