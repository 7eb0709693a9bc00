"""Names and numbers of the face model: its 52 blendshapes, its mesh points, and which OpenFace points they stand for.

Left and right of a blendshape are the person's own. The mesh and OpenFace number from the viewer: in a picture that is
not mirrored the person's right is on the left of the image, where OpenFace has 48 and the mesh has 61. The inner
nostrils are 32 (person's right, image left) and 34; the row 31 to 35 runs from left to right of the image, as the
mesh's lower edge of the nose does: 98, 97, 2, 326, 327. Source of the constants: the public description of the
MediaPipe face landmarker (graphs of detector, landmarks and blendshapes).
"""

MESH_OF = {31: 98, 32: 97, 33: 2, 34: 326, 35: 327, 48: 61, 54: 291}
"""OpenFace landmark -> point of the 478-point mesh."""
MESH_POINTS = 478
RIGHT_EYE, LEFT_EYE = 33, 263
"""Outer corners of the person's right (image left) and left eye."""
FOREHEAD, CHIN = 10, 152
"""Top and bottom of the face's middle line."""

BLENDSHAPE_POINTS = (
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80),
    *(81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153),
    *(154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249),
    *(251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314),
    *(317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382),
    *(384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473),
    *(474, 475, 476, 477),
)
"""The 146 mesh points that the blendshape net is given, in its order."""

BLENDSHAPES = (
    *("_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"),
    *("cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight"),
    *("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen"),
    *("jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight"),
    *("mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight"),
    *("mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *("mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft"),
    *("mouthUpperUpRight", "noseSneerLeft", "noseSneerRight"),
)
"""What the 52 numbers of the blendshape net are, in its order."""
SMILE_LEFT, SMILE_RIGHT = BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("mouthSmileRight")
AU12_SCALE = 5
"""AU12 runs from 0 to 5, a blendshape from 0 to 1."""
