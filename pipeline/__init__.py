"""Dyadscope's pipeline: files -> rows -> measures -> fits."""

import os

VERSION = "0.1.0"

# Before openpyxl is loaded, by whomever: its other reader of XML (lxml) takes nested entities apart without a limit.
os.environ["OPENPYXL_LXML"] = "False"
