"""Rules of trained models whose predictions enter a study: what is left out, and why."""

from pipeline.catalogue.reader_rules import Rule

LEFT_OUT = "They were left out."

MODEL_RULES = (
    Rule(
        "damaged_model",
        "error",
        "Damaged model",
        "files of this trained model are missing or damaged.",
        "Its predictions were left out. Put its folder back from a backup, or move it away and train the model again.",
    ),
    Rule(
        "model_of_other_study",
        "info",
        "Model of another study",
        "this model was trained on the study '{study}'.",
        "Its predictions were left out.",
    ),
    Rule(
        "prediction_without_recording",
        "warning",
        "Predictions of a recording that is gone",
        "predictions of recordings that this study does not have (any more): {names}.",
        LEFT_OUT + " Put the recordings back, or train a new model.",
    ),
    Rule(
        "prediction_by_relatives",
        "info",
        "Predictions taught by the same family",
        "predictions of the network that the family of these recordings taught; people have coded them since: {names}.",
        LEFT_OUT + " Beside the new codes they would look too good. Train the model again: the new one predicts them "
        "without their family.",
    ),
    Rule(
        "prediction_unknown_code",
        "error",
        "Prediction of an unknown code",
        "predictions of codes that no scheme of this study has for this person: {names}.",
        LEFT_OUT + " Use the coding scheme that the model was trained with.",
    ),
    Rule(
        "prediction_unusable",
        "error",
        "Prediction without a usable time",
        "predictions whose times or confidence make no sense.",
        LEFT_OUT + " The file was changed by hand; put it back from a backup.",
    ),
    Rule(
        "prediction_past_end",
        "info",
        "Prediction after the end",
        "predictions that begin after the end of the recording.",
        LEFT_OUT,
    ),
    Rule(
        "prediction_overlaps",
        "error",
        "Predictions overlap",
        "predictions that begin before the one before them has ended.",
        LEFT_OUT + " The file was changed by hand; put it back from a backup.",
    ),
    Rule(
        "predicted_and_coded",
        "error",
        "Coded file under a model's name",
        "a coded file gives events of the coder {coder} for recordings that this model predicted too: {names}.",
        "The predictions for them were left out. Name the person who corrected the file as its coder (coder in the "
        "manifest) and import again.",
    ),
)
