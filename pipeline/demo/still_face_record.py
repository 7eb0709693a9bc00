"""What truth.json says about the still-face sessions: what they were made from, and what an analysis should find."""

from pipeline.demo.still_face import Session, codes_of, still_face_parameters
from pipeline.demo.still_face_ceiling import stored
from pipeline.demo.still_face_files import StillFace

NOTE = (
    "Synthetic: nobody was filmed, and no stream was extracted from a film. ceiling: what the best possible classifier "
    "reaches, over families drawn at random. frame: from one frame and how often each code is shown. sequence: from "
    "the whole episode and all numbers of the generator. expected_shares: of the time of an episode, over families "
    "drawn at random; the changes are the still-face effect. shares: what is expected in this family, by episode."
)


def still_face_record(still: StillFace) -> dict:
    """The entry `still_face` of truth.json."""
    kept = stored()
    return {
        "generator": still_face_parameters(),
        "note": NOTE,
        "expected_shares": kept["expected_shares"],
        "ceiling": kept["ceiling"],
        "recordings": {session.observation_id: _recording(session, still) for session in still.sessions},
    }


def _recording(session: Session, still: StillFace) -> dict:
    return {
        "length_ms": session.length_ms,
        "episodes": session.episodes,
        "shares": {
            role: {code: shares[:, place].round(4).tolist() for place, code in enumerate(codes_of(role))}
            for role, shares in session.shares.items()
        },
        "labels": session.labels,
        "again": still.again.get(session.observation_id),
    }
