"""The row rules of the import, by name: how serious, what it means, what is done. Shown on the data page."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Rule:
    """One named rule. `sentence` is filled with fields of the row; `action` says what was done, and what would do."""

    kind: str
    severity: Severity
    title: str
    sentence: str
    action: str


def _rules(*rules: Rule) -> dict[str, Rule]:
    return {rule.kind: rule for rule in rules}


REFUSED = "The row was refused. Correct it in the coding tool and import again."

OVERLAP = "overlapping codes in group {behaviour_group} for {subject_word}: "

RULES = _rules(
    Rule(
        "unknown_code",
        "error",
        "Code not in the scheme",
        "code '{code_text}' is not in scheme {scheme}.{suggestion} Known codes: {known}.",
        REFUSED,
    ),
    Rule(
        "case_variant",
        "error",
        "Code written with other capitals",
        "code '{code_text}' is not in scheme {scheme}, which distinguishes capitals.{suggestion}",
        REFUSED,
    ),
    Rule("missing_code", "error", "Row without a code", "the row names no code.", REFUSED),
    Rule(
        "ambiguous_code",
        "error",
        "Code in several groups",
        "code '{code_text}' stands in several groups of scheme {scheme} and the file does not say which.",
        "The row was refused. Give the file a column for the behaviour group.",
    ),
    Rule(
        "wrong_group",
        "error",
        "Code of another group",
        "code '{code_text}' does not belong to group {group_text} but to {allowed}.",
        REFUSED,
    ),
    Rule(
        "wrong_role",
        "error",
        "Code not allowed for this person",
        "code '{code_text}' cannot be given to {subject_word}; it belongs to {allowed}.",
        REFUSED,
    ),
    Rule(
        "unknown_subject",
        "error",
        "Subject not recognised",
        "subject '{subject_text}' is not known.{suggestion} Known subjects: {known}.",
        "The row was refused. Map the subject in the manifest (subjects) and import again.",
    ),
    Rule(
        "missing_subject",
        "error",
        "Row without a subject",
        "the row does not say who was coded. Known subjects: {known}.",
        "The row was refused. Fill it in, or say it in the manifest (subject), and import again.",
    ),
    Rule("missing_observation", "error", "Row without a recording", "the row names no recording.", REFUSED),
    Rule(
        "unknown_observation",
        "error",
        "Recording not in the observations table",
        "observation '{observation_text}' is not in the observations table.{suggestion}",
        "The row was refused. Add the recording to the table, or map its name in the manifest (corrections, "
        "observation_ids), and import again.",
    ),
    Rule(
        "unknown_event_type",
        "error",
        "Neither start, stop nor point",
        "event type '{mark_text}' is not known. Expected State start, State stop or Point.",
        REFUSED,
    ),
    Rule("unreadable_time", "error", "Time cannot be read", "{time_text}.", REFUSED),
    Rule(
        "negative_time",
        "error",
        "Time before zero",
        "the time {t0} s lies before the start of the recording.",
        "The row was refused. If the tool counts from another origin, set time_offset_ms in the manifest.",
    ),
    Rule(
        "beyond_a_week",
        "error",
        "More than a week after the start",
        "the time {late} s is more than a week after the start of the recording.",
        "The row was refused. Check the unit of the times in the manifest (ms or s) and import again.",
    ),
    Rule(
        "offset_before_onset",
        "error",
        "Ends before it starts",
        "'{code}' of {subject_word} ends at {t1} s, before it starts at {t0} s.",
        REFUSED,
    ),
    Rule(
        "point_in_state_group",
        "error",
        "Point mark for a code with duration",
        "'{code}' of {subject_word} is a state but is marked as a point at {t0} s.",
        REFUSED,
    ),
    Rule(
        "state_in_point_code",
        "error",
        "Start or stop mark for a point code",
        "'{code}' of {subject_word} is a point event but is coded with a duration at {t0} s.",
        REFUSED,
    ),
    Rule("ragged_row", "error", "Wrong number of cells", "the row does not have as many cells as the header.", REFUSED),
    Rule(
        "unterminated_quote",
        "error",
        "Quotation mark not closed",
        "a quotation mark opens here and never closes.",
        REFUSED,
    ),
    Rule(
        "duplicate_row",
        "warning",
        "Row stands twice",
        "the row for '{code}' of {subject_word} at {t0} s repeats line {other_line}.",
        "The second copy was dropped.",
    ),
    Rule(
        "overlap_in_group",
        "error",
        "Two codes of one group at the same time",
        OVERLAP + "{other_code} {u0}-{u1} s and {code} {t0}-{t1} s.",
        "The event that starts later was refused. Correct one in the coding tool and import again.",
    ),
    Rule(
        "later_onset_wins",
        "warning",
        "Overlap cut at the later start",
        OVERLAP + "{code} starts at {t0} s, before the code before it ends (at {t1} s).",
        "The earlier event was cut at the later start, as the manifest says.",
    ),
    Rule(
        "same_observation_twice",
        "error",
        "Recording coded twice by one coder",
        "observation {observation_id}, group {behaviour_group}, was already read from {other_file} for the same coder.",
        "The rows of this file for that group were refused. Keep one of the two files, or name the coder of each.",
    ),
    Rule(
        "stop_without_start",
        "warning",
        "Stop without a start",
        "the state '{code}' of {subject_word} stops at {t0} s, but no start of it was read.",
        "The row was dropped.",
    ),
    Rule(
        "after_end_whole",
        "warning",
        "After the end of the recording",
        "'{code}' of {subject_word} at {t0} s lies after the end of the recording.",
        "The row was dropped.",
    ),
    Rule(
        "start_without_stop",
        "warning",
        "Start without a stop",
        "the state '{code}' of {subject_word} starts but never stops.",
        "It was closed at the end of the observation ({t1} s).",
    ),
    Rule(
        "start_start",
        "warning",
        "Started twice",
        "the state '{code}' of {subject_word} starts again at {t1} s before it has stopped.",
        "The first one was closed at the second start.",
    ),
    Rule(
        "modifier_changed",
        "warning",
        "Modifier differs between start and stop",
        "the modifier of '{code}' of {subject_word} at {t0} s differs between start and stop.",
        "The modifier of the start was kept.",
    ),
    Rule(
        "after_end",
        "warning",
        "Runs past the end of the recording",
        "'{code}' of {subject_word} ends at {t1} s, after the end of the recording.",
        "It was cut at the end of the recording.",
    ),
    Rule(
        "zero_length_state",
        "warning",
        "State without length",
        "the state '{code}' of {subject_word} at {t0} s starts and stops at the same time.",
        "It was kept; it adds no time.",
    ),
    Rule(
        "gap_closed",
        "info",
        "Tool-made gaps closed",
        "gaps of one tool step between codes of an exclusive group: {count}, together {ms} ms.",
        "They were closed: the earlier code ends where the next begins.",
    ),
    Rule(
        "code_overlaps_itself",
        "warning",
        "Code overlaps itself",
        "events of '{code}' of {subject_word} that begin before one of the same code has ended: {count}.",
        "They were kept; shares count the time once. If this is not meant, correct it in the coding tool.",
    ),
    Rule(
        "hole_in_group",
        "warning",
        "Time without a code",
        "{observation_id} has {seconds} s without any code of group {behaviour_group} for {subject_word}, "
        "though the group leaves no gaps.",
        "The time was kept as uncoded.",
    ),
    Rule(
        "more_of_these",
        "info",
        "More of the same",
        "further rows with the same problem ({title}): {count}.",
        "They are listed with their lines among the raw rows of the file.",
    ),
    Rule(
        "superseded",
        "info",
        "Replaced by a corrected file",
        "this file replaces the coding that was imported before from {other_file}.",
        "The older events of the same recording, coder and group were replaced.",
    ),
    Rule(
        "same_content",
        "info",
        "Same content again",
        "the content equals {other_file}.",
        "It was not imported a second time.",
    ),
    Rule(
        "file_gone",
        "warning",
        "File no longer there",
        "the file was imported before and is no longer found.",
        "What was imported from it was kept.",
    ),
    Rule("unreadable_file", "error", "File could not be read", "{detail}", "Nothing of this file was imported."),
    Rule("kept_older_version", "error", "Corrected file could not be read", "{detail}", "The older version was kept."),
    Rule(
        "length_from_codes",
        "info",
        "Length taken from the codes",
        "recordings without a length in a table or a coded file: {count}.",
        "Each was taken to end with its last code. If that is wrong, add a length to the observations table.",
    ),
    Rule(
        "observation_without_length",
        "error",
        "Recording without length",
        "{observation_id} has no length in the table, and no coded data that tell its length.",
        "The recording was left out. Add its length and import again.",
    ),
    Rule(
        "no_length",
        "error",
        "Row of a recording without length",
        "recording {observation_id} has no length in the table, and its coded data end where they begin.",
        "The row was refused. Add the length of the recording and import again.",
    ),
    Rule(
        "chosen_coder_absent",
        "warning",
        "Chosen coder coded nothing",
        "the manifest chooses coder '{coder}' {where}, who coded nothing there.",
        "The usual rule was used instead. Correct [primary.coders] in the manifest and import again.",
    ),
)
