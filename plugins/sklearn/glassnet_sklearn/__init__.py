"""Networks as estimators of scikit-learn: `Classifier` and `Regressor`."""

import glassnet as gn

try:
    from sklearn.utils.validation import validate_data as validate_data  # new in scikit-learn 1.6
except ImportError:
    raise gn.MissingExtraError(
        'gn.Classifier and gn.Regressor need scikit-learn 1.6 or newer: pip install "glassnet[sklearn]"'
    ) from None
