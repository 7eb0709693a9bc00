"""What the words of the checks mean, in plain language (markdown)."""

ENGINE = """
- **Effective draws:** the engine draws the variances with weights; so many draws of equal weight would say as much.
- **k-hat:** how uneven the weights are. Below 0.7 they can be trusted; above, a few draws decide everything.
- **Edge of what is possible:** the best estimate of a variance is 0, or of a correlation 1; the prior then decides more
  than usual.
"""
FORETOLD = """
- **Log density of unseen recordings (elpd):** each recording is left out in turn, and the model, fitted to the others,
  says how probable its values are; the logarithms are added up. Higher is better. Only differences count, between
  models of the same values.
- **SE:** how much a difference could change with other recordings. It counts as clear above 2 SE and above 4.
- **Effective parameters (p_loo):** how much better the recordings are described when the model has seen them; near the
  number of coefficients and variances.
- **k-hat:** whether the short way of leaving out (weighting the draws anew) is exact enough; above 0.7 the model is
  fitted anew without that recording.
"""
DEVIANCE = """
- **Deviance:** \u22122 times the log density of the values, given the coefficients and the recordings' own levels, as
  MLwiN counts it. **Mean:** over the posterior (D-bar). **At the means:** at the posterior means.
- **pD** (effective parameters): mean minus at the means. **DIC:** mean plus pD. Smaller is better; differences below
  about 5 mean little.
- **Log-likelihood:** with the recordings' levels integrated out, at the best variances. ML values compare nested
  models; REML values only models with the same coefficients.
"""
