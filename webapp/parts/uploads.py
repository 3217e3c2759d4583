"""The services around what visitors bring: taken in, heard, cut and mixed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

from webapp.parts.stores import Stores
from webapp.services.materials import Materials
from webapp.services.studies import Studies
from webapp.services.trailer_style import TrailerStyle
from webapp.services.uploads.bounds import UploadBounds, bounds_of
from webapp.services.uploads.cutting import HighlightFiles
from webapp.services.uploads.hearing import UploadHearing
from webapp.services.uploads.idle_children import IdleChildren
from webapp.services.uploads.mixing import MixService
from webapp.services.uploads.service import UploadService
from webapp.services.uploads.shelf import Shelf
from webapp.services.uploads.taking import UploadTaking
from webapp.store import Uploads


@dataclass(frozen=True)
class UploadParts(Stores):
    """What becomes of visitors' own files; parameters as of `Stores`."""

    @cached_property
    def upload_bounds(self) -> UploadBounds:
        """How much of their own visitors may bring."""
        return bounds_of(self.settings)

    @cached_property
    def upload_shelf(self) -> Shelf:
        """Where visitors' own files lie."""
        return Shelf(self.settings.uploads_path)

    @cached_property
    def uploads(self) -> UploadService:
        """Visitors' own files."""
        return UploadService(
            self.engine,
            uploads=Uploads(self.engine, self.clock),
            studies=self.track_studies,
            jobs=self.jobs,
            shelf=self.upload_shelf,
            bounds=self.upload_bounds,
            clock=self.clock,
        )

    @cached_property
    def upload_taking(self) -> UploadTaking:
        """Taking visitors' own files in."""
        return UploadTaking(
            self.engine,
            service=self.uploads,
            uploads=Uploads(self.engine, self.clock),
            jobs=self.jobs,
            shelf=self.upload_shelf,
            bounds=self.upload_bounds,
            clock=self.clock,
        )

    @cached_property
    def upload_hearing(self) -> UploadHearing:
        """Hearing visitors' own files, within the bounds for strangers."""
        from webapp.services.listening import listen, method

        heard = partial(listen, limits=self.upload_bounds.for_decoding())
        studies = Studies(self.track_studies, heard, method(), uploaded=True)
        kept = Uploads(self.engine, self.clock)
        return UploadHearing(
            self.uploads, kept, self.jobs, self.upload_shelf, studies, self.idle_children
        )

    @cached_property
    def idle_children(self) -> IdleChildren:
        """Lets go of processes that decode, a while after the last file."""
        from webapp.services.listening import close_listeners

        return IdleChildren(close_listeners)

    @cached_property
    def highlight_files(self) -> HighlightFiles:
        """Highlights of visitors' own files, as files."""
        return HighlightFiles(self.upload_shelf, self.upload_bounds, self.idle_children)

    @cached_property
    def mixes(self) -> MixService:
        """Mixes of visitors' own files."""
        from webapp.services.listening import hear, material_method, render

        return MixService(
            self.engine,
            service=self.uploads,
            uploads=Uploads(self.engine, self.clock),
            studies=self.track_studies,
            jobs=self.jobs,
            shelf=self.upload_shelf,
            render=render,
            materials=Materials(self.track_studies, hear, material_method()),
            style=TrailerStyle(
                mixing=self.settings.mixing, no_derivatives=self.settings.no_derivatives
            ),
        )
