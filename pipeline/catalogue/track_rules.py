"""Rules of face tracks and speech tracks: what a reader finds in one, and what becomes of it beside the others."""

from pipeline.catalogue.reader_rules import Rule

LEFT_OUT = "They were left out."
NOT_MEASURED = "They are taken for not measured."
NO_SMILES = "No smiles are measured on it."
UNUSED = "Nothing of this file was used."

SAID_BY_TRACK_READERS = (
    Rule("no_time", "warning", "Frame without a time", "frames have no usable time.", LEFT_OUT),
    Rule("repeated_time", "warning", "Two frames at one time", "frames have the same time.", LEFT_OUT),
    Rule("bad_number", "warning", "Cell of a track not a number", "cells are no numbers.", NOT_MEASURED),
    Rule("beyond_bounds", "warning", "Value of a track beyond all bounds", "values lie beyond bounds.", NOT_MEASURED),
    Rule("no_au12", "error", "Track without AU12", "the file has no AU12_r.", NO_SMILES),
    Rule("no_landmarks", "error", "Track without landmarks", "the file has no 2-D landmarks.", NO_SMILES),
    Rule(
        "no_distance",
        "info",
        "Track without distance of the head",
        "the file has no pose_Tz.",
        "Head movement is not pointed out.",
    ),
    Rule(
        "several_faces",
        "warning",
        "Several faces in a track",
        "the file holds several faces.",
        "One of them is followed. If it is another one, name it in the manifest (face, faces).",
    ),
)
"""Worded by the readers themselves, with their numbers."""

TRACK_RULES = (
    *SAID_BY_TRACK_READERS,
    Rule("no_face", "warning", "No face in a track", "the file holds no frame of any face.", UNUSED),
    Rule(
        "face_absent",
        "error",
        "Face not in the track",
        "the manifest names face {face}, and the file holds {known}.",
        UNUSED + " Correct face or faces in the manifest.",
    ),
    Rule(
        "track_of_unknown_recording",
        "error",
        "Track of an unknown recording",
        "recording '{name}' is not in the observations table.{suggestion}",
        UNUSED + " Add the recording to the table, or map its name in the manifest (corrections, observation_ids), "
        "and import again.",
    ),
    Rule(
        "track_twice",
        "error",
        "Two tracks of one face",
        "{observation_id} has a track of {subject_word} already, from {other_file}.",
        UNUSED + " Keep one of the two files, or say in the manifest whose face each of them is (subject).",
    ),
    Rule(
        "speech_twice",
        "error",
        "Two speech tracks of one recording",
        "{observation_id} has a speech track already, from {other_file}.",
        UNUSED + " Keep one of the two files.",
    ),
    Rule(
        "no_video_for_track",
        "warning",
        "Track without its video",
        "{observation_id} has no video of view '{view}', whose start would tell that of the track.",
        "The track was taken to start with the recording. Add the video to the media table, or give offset_ms.",
    ),
    Rule(
        "track_past_end",
        "info",
        "Track longer than the recording",
        "the track goes on for {seconds} s after the end of the recording.",
        "Smiles are measured on all of it; their phases are shown up to the end.",
    ),
    Rule(
        "length_from_track",
        "info",
        "Length taken from the face track",
        "recordings without a length in a table and without coded behaviour: {count}.",
        "Each was taken to end with its face track. If that is wrong, add a length to the observations table.",
    ),
    Rule(
        "track_lost",
        "error",
        "Stored track lost",
        "the file is gone, and what was stored of it is missing or damaged.",
        "Its smiles were left out. Put the file back and import again.",
    ),
)
