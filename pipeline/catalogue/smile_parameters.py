"""The choices behind a smile: thresholds, landmarks and rules, with the smile paper's reading as default.

Source: Dust, Levitt & Mataric, Behind the Smile (sections III.A and III.B); what it leaves open is marked "ours".
"""

from typing import Literal

from pydantic import Field

from pipeline.catalogue.toml_file import Strict

LANDMARKS = (31, 32, 33, 34, 35, 48, 54)
"""OpenFace points (of 68, from 0) that a smile may need: the row of the nostrils and both lip corners."""


class SmileParameters(Strict):
    """All choices of one smile analysis. Seconds, image landmarks of OpenFace, amplitudes in initial radii (IR).

    `au12_min`, `confidence_min`: a frame counts from these values on. `gate_frames` within `gate_window_s`: that
    many frames open an episode. `margin_s`: how far the search for the phases reaches beyond it (ours). `corner`,
    `nostril`: the two points whose distance is the radius. `smoothing`: frames of a centred mean over the radius.
    `gap_factor`: a step longer than so many median steps ends a run (ours). `offset_amplitude_min`: a smaller
    decrease is no offset (ours). `ir_frame`: where the initial radius is taken, at the first frame of the search or
    at the first that can be trusted (ours: fewer smiles are lost where the face drops out). `head_distance_flag`:
    change of the distance to the camera that is pointed out (ours). `speech_min_s`: shorter speech does not count.
    `speech_method`: how a speech track is read, by the probability of speech (`speech_threshold` and more) or by
    loudness alone, as the library does that the paper names (it takes any noise for speech).
    """

    au12_min: float = Field(default=1.5, ge=0, le=5)
    confidence_min: float = Field(default=0.80, ge=0, le=1)
    gate_frames: int = Field(default=2, ge=1)
    gate_window_s: float = Field(default=1.0, gt=0)
    margin_s: float = Field(default=1.0, ge=0)
    corner: Literal[48, 54] = 48
    nostril: Literal[31, 32, 33, 34, 35] = 34
    smoothing: Literal["raw", "3", "5"] = "raw"
    ir_frame: Literal["first_of_window", "first_sure_of_window"] = "first_of_window"
    gap_factor: float = Field(default=1.5, gt=1)
    offset_amplitude_min: float = Field(default=0.05, ge=0)
    head_distance_flag: float = Field(default=0.10, gt=0)
    speech_min_s: float = Field(default=0.010, ge=0)
    speech_rule: Literal["any_overlap"] = "any_overlap"
    speech_method: Literal["silero", "energy"] = "silero"
    speech_threshold: float = Field(default=0.5, ge=0, le=1)
