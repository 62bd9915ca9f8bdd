"""What questions are asked about: trained models, from run folders or from files of the user's."""

from paramdyn.analysis.subjects.images import Images, load_images
from paramdyn.analysis.subjects.opening import (
    model_subject,
    names_of_files,
    open_run,
    open_weights,
    tell_apart,
)
from paramdyn.analysis.subjects.standing import Standing, live_note, standing
from paramdyn.analysis.subjects.subject import END, START, UNTRAINED, Moment, State, Subject

__all__ = [
    "END",
    "START",
    "UNTRAINED",
    "Images",
    "Moment",
    "Standing",
    "State",
    "Subject",
    "live_note",
    "load_images",
    "model_subject",
    "names_of_files",
    "open_run",
    "open_weights",
    "standing",
    "tell_apart",
]
