"""Rules of feature streams: what a reader finds in one, and what becomes of it beside the others."""

from pipeline.catalogue.reader_rules import Rule
from pipeline.catalogue.track_rules import LEFT_OUT, UNUSED

SAID_BY_STREAM_READERS = (
    Rule("frame_before_zero", "warning", "Frame before the start", "frames have a time before zero.", LEFT_OUT),
    Rule(
        "missing_numbers",
        "info",
        "Frames with missing numbers",
        "in some frames a number is missing or not finite.",
        "They count as frames without features: nothing is predicted there.",
    ),
    Rule(
        "random_weights",
        "warning",
        "Numbers of a network with random weights",
        "the numbers come from a network with random weights, so they mean nothing.",
        "They were kept for trying things out; no report is made of them. Extract them again with the real weights.",
    ),
    Rule(
        "sums_missing",
        "warning",
        "Stream without its sums and axes",
        "the file with its sums and axes is not beside it, so that components cannot be fitted on it.",
        "Put it beside this one and import again.",
    ),
    Rule(
        "labels_not_read",
        "info",
        "Labels in a file of streams",
        "the file holds labels of frames too.",
        "They were not read: import the annotations they were made of.",
    ),
    Rule(
        "chunk_times",
        "warning",
        "Times of a stream contradict each other",
        "a chunk does not last as long as its frames, or begins before the one before it ends.",
        "The start of the chunk and the rate count.",
    ),
)
"""Worded by the readers themselves, with their numbers."""

STREAM_RULES = (
    *SAID_BY_STREAM_READERS,
    Rule(
        "stream_of_unknown_recording",
        "error",
        "Stream of an unknown recording",
        "recording '{name}' is not in the observations table.{suggestion}",
        UNUSED + " Add the recording to the table, or map its name in the manifest (corrections, observation_ids), "
        "and import again.",
    ),
    Rule(
        "stream_of_unknown_person",
        "error",
        "Stream of an unknown person",
        "the name of the file or of its view does not say whom {stream} describes.",
        "It was not used. Say it in the manifest (subject).",
    ),
    Rule(
        "stream_twice",
        "error",
        "Stream given twice",
        "{observation_id} has {what} already, from {other_file}.",
        "The second one was not used. Keep one of the two files, or give one another name in the manifest (stream).",
    ),
    Rule(
        "no_video_for_stream",
        "warning",
        "Stream without its video",
        "{observation_id} has no video of view '{view}', whose start would tell that of the stream.",
        "The stream was taken to start with the recording. Add the video to the media table, or give offset_ms.",
    ),
    Rule(
        "stream_other_width",
        "error",
        "Stream with another count of numbers",
        "{what} has {dim} numbers per frame here, and {usual} in most recordings.",
        "It was not used. Extract it as the others were, or give it another name in the manifest (stream).",
    ),
    Rule(
        "stream_other_choices",
        "warning",
        "Stream made in another way",
        "{what} was not made as in most of the {count} recordings that have it.",
        "It was kept; no model is taught on both. Extract all of them with the same choices.",
    ),
    Rule(
        "streams_apart",
        "warning",
        "Streams of a recording do not fit together",
        "{detail}",
        "They were kept; they cannot be used together.",
    ),
    Rule(
        "stream_length",
        "info",
        "Stream does not end with its recording",
        "{what} ends {when} the recording.",
        "Frames after the end are not looked at; without frames nothing is predicted.",
    ),
    Rule(
        "length_from_stream",
        "info",
        "Length taken from the feature streams",
        "recordings without a length in a table, coded behaviour or a face track: {count}.",
        "Each was taken to end with its longest stream. If that is wrong, add a length to the observations table.",
    ),
    Rule(
        "stream_lost",
        "error",
        "Stored stream lost",
        "the file is gone, and what was stored of it is missing or damaged.",
        "It was left out. Put the file back and import again.",
    ),
)
