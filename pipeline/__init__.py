"""Dyadscope's pipeline: files -> rows -> measures -> fits."""

VERSION = "0.1.0"
